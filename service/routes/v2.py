"""/v2: the Open Inference Protocol, so that clients and gateways that speak it can ask the run in use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from newsstand import __version__
from newsstand.answers import Answer
from newsstand.documents import LEANINGS, Document
from newsstand.errors import InputError, NewsstandError, RunNotFound
from newsstand.tagger import Tagger
from service import bodies
from service.engine import Engine
from service.gate import RUN
from service.gunzip import gunzip
from service.openapi import schema, spoken
from service.problems import INTERNAL, MEDIA_TYPE, UnsupportedMediaType, printable, problem_type
from service.routes.label import Work, to_json
from service.schemas import Problem
from service.settings import Settings
from service.tensors import InferRequest, Output, Requested, read_request, write_outputs

MODEL = "newsstand"
"""The run in use under a name that stays when the champion changes."""

JSON_LENGTH = "Inference-Header-Content-Length"
BAD_REQUEST = 400

INPUTS = {"text": "the articles", "title": "their headlines; may be left out"}
OUTPUTS: dict[str, tuple[str, list[int]]] = {
    "answer": ("BYTES", [-1]),
    "topics": ("BYTES", [-1]),
    "leaning": ("BYTES", [-1]),
    "leaning_scores": ("FP32", [-1, len(LEANINGS)]),
    "language": ("BYTES", [-1]),
}

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many documents a request may have, and how many characters each title and text."""

    documents: int
    text_chars: int


class OpenInferenceRoutes:
    """The endpoints and what they need."""

    def __init__(self, engine: Engine, work: Work, settings: Settings) -> None:
        self._engine = engine
        self._threads, self._watch = work.threads, work.watch
        self._limits = bodies.Limits(settings.max_body_bytes, settings.max_text_chars, settings.request_seconds)
        self._max_batch = settings.max_batch

    async def server(self, _: Request) -> Response:
        """Name, version and extensions of the service."""
        return _json({"name": MODEL, "version": __version__, "extensions": ["binary_tensor_data"]})

    async def live(self, _: Request) -> Response:
        """Whether the service runs."""
        return _json({"live": True})

    async def ready(self, _: Request) -> Response:
        """Whether the service can label."""
        self._engine.current()
        return _json({"ready": True})

    async def model(self, request: Request) -> Response:
        """Inputs and outputs of a model.

        A model is named 'newsstand', the run in use, or by the name of that run, which is also its only version.
        """
        tagger = self._tagger(request)
        return _json(model_metadata(tagger, request.path_params["model"]))

    async def model_ready(self, request: Request) -> Response:
        """Whether a model can label."""
        self._tagger(request)
        return _json({"name": request.path_params["model"], "ready": True})

    async def infer(self, request: Request) -> Response:
        """Label the articles in the tensor 'text'."""
        tagger, model = self._tagger(request), request.path_params["model"]
        coding = request.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "gzip"):
            raise UnsupportedMediaType("this content coding is not read: send gzip, or leave Content-Encoding out")
        body = await bodies.read_body(request.receive, dict(request.scope["headers"]), self._limits)
        if coding == "gzip":
            body = await self._threads.run(partial(gunzip, body, self._limits.body_bytes))
        length = request.headers.get(JSON_LENGTH)
        if length is not None and not (length.isascii() and length.isdigit() and len(length) < 20):
            raise InputError("expected a number of bytes", JSON_LENGTH)
        bounds = Bounds(self._max_batch, self._limits.text_chars)
        work = partial(infer_body, tagger, model, body, None if length is None else int(length), bounds)
        content, json_length, answers = await self._threads.run(work)
        self._watch.answered(work, answers)
        request.scope[RUN] = tagger.run.name
        if json_length is None:
            return Response(content, media_type=bodies.JSON)
        return Response(content, headers={JSON_LENGTH: str(json_length)}, media_type="application/octet-stream")

    async def nothing(self, _: Request) -> Response:
        """The protocol's own error for everything else below /v2."""
        raise RunNotFound("there is nothing at this path: see /docs")

    def _tagger(self, request: Request) -> Tagger:
        """The tagger in use, if it is the one that the path names."""
        model, version = request.path_params["model"], request.path_params.get("version")
        tagger = self._engine.current()
        run = tagger.run.name
        if model not in (MODEL, run):
            raise RunNotFound(f"there is no such model; the models here: {MODEL}, {run}")
        if version not in (None, run):
            raise RunNotFound(f"the model has no such version; its version: {run}")
        return tagger


def add_routes(app: FastAPI, engine: Engine, work: Work, settings: Settings) -> None:
    """Add the routes of this module."""
    routes = OpenInferenceRoutes(engine, work, settings)
    _add(app, "/v2", routes.server)
    _add(app, "/v2/health/live", routes.live)
    _add(app, "/v2/health/ready", routes.ready)
    for path in ("/v2/models/{model}", "/v2/models/{model}/versions/{version}"):
        _add(app, path, routes.model)
        _add(app, f"{path}/ready", routes.model_ready)
        _add(app, f"{path}/infer", routes.infer, method="POST")
    nothing = _in_own_shape(routes.nothing)
    app.add_api_route("/v2/{path:path}", nothing, methods=_METHODS, include_in_schema=False, response_model=None)


def model_metadata(tagger: Tagger, name: str) -> dict[str, Any]:
    """What the protocol wants to know about a model."""
    return {
        "name": name,
        "versions": [tagger.run.name],
        "platform": MODEL,
        "inputs": [{"name": text, "datatype": "BYTES", "shape": [-1]} for text in INPUTS],
        "outputs": [{"name": name, "datatype": kind, "shape": shape} for name, (kind, shape) in OUTPUTS.items()],
    }


def infer_body(
    tagger: Tagger, model: str, body: bytes, json_length: int | None, bounds: Bounds
) -> tuple[bytes, int | None, list[Answer]]:
    """Answer the body of a request; the second value is the length of the JSON where tensors follow it.

    Raises
    ------
    InputError, TextTooLong
    """
    request = read_request(body, json_length)
    wanted = _wanted(request)
    documents = _documents(request, bounds)
    explain = request.parameters.get("explain", True) is not False and "answer" in [output.name for output in wanted]
    answers = [tagger.label(document, explain=explain) for document in documents]
    outputs, tail = write_outputs([(_output(output.name, answers), output.binary) for output in wanted])
    content = {
        **({} if request.id is None else {"id": request.id}),
        "model_name": model,
        "model_version": tagger.run.name,
        "parameters": {"fingerprint": tagger.run.fingerprint},
        "outputs": outputs,
    }
    head = to_json(content)
    binary = any(output.binary for output in wanted)
    return head + tail if binary else head, len(head) if binary else None, answers


def _wanted(request: InferRequest) -> Sequence[Requested]:
    for output in request.outputs:
        if output.name not in OUTPUTS:
            raise InputError(f"there is an output of an unknown name; the outputs are {', '.join(OUTPUTS)}", "outputs")
    return request.outputs or [Requested(name, request.all_binary) for name in OUTPUTS]


def _documents(request: InferRequest, bounds: Bounds) -> list[Document]:
    tensors = {tensor.name: tensor.values for tensor in request.inputs}
    if "text" not in tensors or tensors.keys() - INPUTS:
        raise InputError(f"the inputs must be {' and '.join(INPUTS)}, of which only 'text' is required", "inputs")
    texts = tensors["text"]
    titles = tensors.get("title", ("",) * len(texts))
    if len(titles) != len(texts):
        raise InputError("'text' and 'title' must have as many elements as each other", "inputs")
    if len(texts) > bounds.documents:
        raise InputError(f"{len(texts)} are more than the limit of {bounds.documents}: send several requests", "inputs")
    return [
        bodies.checked_length(Document(text, title), bounds.text_chars, f"inputs[{n}]")
        for n, (text, title) in enumerate(zip(texts, titles, strict=True))
    ]


def _output(name: str, answers: Sequence[Answer]) -> Output:
    datatype, shape = OUTPUTS[name]
    values = [value for answer in answers for value in _VALUES[name](answer)]
    return Output(name, datatype, (len(answers), *shape[1:]), values)


def _answer(answer: Answer) -> list[str]:
    return [to_json(answer.to_dict()).decode()]


def _topics(answer: Answer) -> list[str]:
    return [to_json({topic.label: round(topic.score, 4) for topic in answer.topics}).decode()]


def _leaning(answer: Answer) -> list[str]:
    return [(answer.leaning and answer.leaning.label) or ""]


def _leaning_scores(answer: Answer) -> list[float]:
    """Left, center, right; zeros where the run does not look."""
    return [round(answer.leaning.scores[name], 4) if answer.leaning else 0.0 for name in LEANINGS]


def _language(answer: Answer) -> list[str]:
    return [answer.language or ""]


_VALUES: dict[str, Callable[[Answer], Sequence[str | float]]] = {
    "answer": _answer,
    "topics": _topics,
    "leaning": _leaning,
    "leaning_scores": _leaning_scores,
    "language": _language,
}


def _in_own_shape(endpoint: Endpoint) -> Endpoint:
    """The endpoint with errors as the protocol has them: an object with ``error``, and 400 for whatever is malformed."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ClientDisconnect:
            return Response(status_code=BAD_REQUEST)  # nobody is left to see it
        except NewsstandError as error:
            problem = problem_type(error)
            if problem is INTERNAL:
                raise
            status = BAD_REQUEST if isinstance(error, InputError) else problem.status
            return Response(to_json({"error": printable(str(error))}), status, media_type=bodies.JSON)

    return answered


def _add(app: FastAPI, path: str, endpoint: Endpoint, method: str = "GET") -> None:
    answer = {"type": "object", "description": "See the specification of the protocol."}
    error = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
    body = {"required": True, "content": {bodies.JSON: {"schema": answer}}}
    names = [name for name in ("model", "version") if f"{{{name}}}" in path]
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    app.add_api_route(
        path,
        _in_own_shape(endpoint),
        methods=[method],
        response_model=None,
        responses={
            200: {"description": "As the protocol has it", "content": {bodies.JSON: {"schema": answer}}},
            "4XX": {"description": "In the protocol's own shape", "content": {bodies.JSON: {"schema": error}}},
            "default": {"description": "Any other problem", "content": {MEDIA_TYPE: {"schema": schema(Problem)}}},
        },
        openapi_extra={"parameters": parameters, **({"requestBody": body} if method == "POST" else {})},
        tags=["open inference protocol"],
        **spoken(endpoint),
    )
    others = [other for other in _METHODS if other != method]
    app.add_api_route(path, _only(method), methods=others, include_in_schema=False, response_model=None)


def _only(method: str) -> Endpoint:
    """What answers the other methods of a path."""
    allowed = "GET, HEAD" if method == "GET" else method

    async def refuse(_: Request) -> Response:
        error = to_json({"error": f"this path takes {allowed} alone"})
        return Response(error, 405, {"Allow": allowed}, media_type=bodies.JSON)

    return refuse


def _json(content: dict[str, Any]) -> Response:
    return Response(to_json(content), media_type=bodies.JSON)

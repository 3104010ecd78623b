"""POST /v1/label and /v1/label/batch: the way every article takes, so nothing here is done that need not be done."""

from __future__ import annotations

import json
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import orjson
from anyio import to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.tagger import Tagger
from service import bodies, schemas
from service.engine import Engine
from service.openapi import RawRoute, answers, schema, spoken
from service.problems import InvalidParameter, NoStanceHead
from service.settings import Settings

INLINE_BYTES = 64 << 10
"""Up to this size one document is labelled at once: that takes two milliseconds at most, and a thread takes time to wake."""

_REQUEST_PROBLEMS = ("too-large", "unsupported-media-type", "invalid-document", "invalid-parameter")
_RUN_PROBLEMS = ("no-stance-head", "no-model")
_USUAL_QUERIES = {b"": True, b"explain=true": True, b"explain=false": False}
_EXPLAIN = {
    "name": "explain",
    "in": "query",
    "description": "Whether to give evidence; an answer without it is several times faster.",
    "schema": {"type": "boolean", "default": True},
}


class LabelRoutes:
    """The two endpoints and what they need."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._max_bytes = settings.max_body_bytes
        self._max_batch = settings.max_batch

    async def label(self, request: Request) -> Response:
        """Label one document.

        Send it as a JSON object, or as plain text in any common charset. Empty texts and texts in other languages are
        answered too: their heads abstain and say why.
        """
        headers = dict(request.scope["headers"])
        explain = wants_evidence(request.scope["query_string"])
        codec = bodies.text_codec(headers, (bodies.JSON, bodies.TEXT))
        body = await bodies.read_body(request.receive, headers, self._max_bytes)
        work = partial(label_body, self._engine.current(), body, codec, explain)
        return _json(work() if len(body) <= INLINE_BYTES else await to_thread.run_sync(work))

    async def batch(self, request: Request) -> Response:
        """Label several documents.

        If one of them cannot be used, none is labelled, and the answer says which.
        """
        headers = dict(request.scope["headers"])
        explain = wants_evidence(request.scope["query_string"])
        bodies.text_codec(headers, (bodies.JSON,))
        body = await bodies.read_body(request.receive, headers, self._max_bytes)
        work = partial(label_batch, self._engine.current(), body, self._max_batch, explain)
        return _json(await to_thread.run_sync(work))  # even a small body may hold hundreds of documents


def add_routes(app: FastAPI, engine: Engine, settings: Settings) -> None:
    """Add the routes of this module."""
    routes = LabelRoutes(engine, settings)
    document = {bodies.JSON: schema(schemas.Document), bodies.TEXT: {"type": "string"}}
    _add(app, "/v1/label", routes.label, document, schemas.Answer)
    _add(app, "/v1/label/batch", routes.batch, {bodies.JSON: schema(schemas.Batch)}, schemas.Answers)


def wants_evidence(query: bytes) -> bool:
    """The value of the query parameter ``explain``.

    Raises
    ------
    InvalidParameter
    """
    if query in _USUAL_QUERIES:
        return _USUAL_QUERIES[query]
    value = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)).get("explain", "true")
    if value not in ("true", "false"):
        raise InvalidParameter("explain must be true or false")
    return value == "true"


def label_body(tagger: Tagger, body: bytes, codec: str | None, explain: bool) -> bytes:
    """Answer one document, a text in some charset or, where ``codec`` is ``None``, JSON.

    Raises
    ------
    InputError, NoStanceHead
    """
    if codec is not None:
        return to_json(tagger.label(Document(bodies.decode(body, codec)), explain=explain).to_dict())
    record = bodies.parse_json(body)
    document = bodies.read_document(record)
    targets = _targets(tagger, record)
    return to_json(tagger.label(document, targets=targets, explain=explain).to_dict())


def label_batch(tagger: Tagger, body: bytes, limit: int, explain: bool) -> bytes:
    """Answer a JSON object with a list of at most ``limit`` documents.

    Raises
    ------
    InputError, NoStanceHead
    """
    batch = bodies.parse_json(body)
    records = batch.get("documents") if isinstance(batch, dict) else None
    if not isinstance(records, list):
        raise InputError("expected an object with a list of documents under 'documents'")
    if len(records) > limit:
        raise InputError(f"{len(records)} are more than the limit of {limit}: send several requests", "documents")
    documents = [bodies.read_document(record, f"documents[{n}]") for n, record in enumerate(records)]
    common = _targets(tagger, batch)
    own = [_targets(tagger, record, f"documents[{n}]") for n, record in enumerate(records)]
    asked = zip(documents, [common if targets is None else targets for targets in own], strict=True)
    answers = [tagger.label(document, targets=targets, explain=explain).to_dict() for document, targets in asked]
    return to_json({"answers": answers})


def _targets(tagger: Tagger, record: Any, place: str | None = None) -> tuple[str, ...] | None:
    """The targets that a document or a batch asks about."""
    targets = bodies.read_targets(record, place)
    if targets and not tagger.run.stance:
        raise NoStanceHead("this run has no stance head: leave 'targets' out")
    return targets


def to_json(content: Any) -> bytes:
    """JSON in UTF-8; where an id holds a lone surrogate, which UTF-8 cannot carry, in ASCII with escapes."""
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError:
        return json.dumps(content).encode()


def _json(content: bytes) -> Response:
    return Response(content, media_type=bodies.JSON)


def _add(app: FastAPI, path: str, endpoint: Any, contents: dict[str, Any], model: type[Any]) -> None:
    body = {"required": True, "content": {kind: {"schema": described} for kind, described in contents.items()}}
    app.router.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        route_class_override=RawRoute,
        response_model=None,
        responses=answers("The labels", model, *_REQUEST_PROBLEMS, *_RUN_PROBLEMS),
        openapi_extra={"parameters": [_EXPLAIN], "requestBody": body},
        tags=["label"],
        **spoken(endpoint),
    )

"""POST /v1/label and /v1/label/batch: the way every article takes, so nothing here is done that need not be done."""

from __future__ import annotations

import json
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.tagger import Tagger
from service import bodies, schemas
from service.engine import Engine
from service.gate import HEADERS
from service.openapi import RawEndpoint, RawRoute, answers, schema, spoken
from service.problems import InvalidParameter
from service.settings import Settings
from service.threads import LabelThreads

INLINE_BYTES = 64 << 10
"""Up to this size one document is labelled at once: that takes two milliseconds at most, and a thread takes time to wake."""

_REQUEST_PROBLEMS = (
    "body-too-slow",
    "too-large",
    "text-too-long",
    "unsupported-media-type",
    "invalid-document",
    "invalid-parameter",
)
_RUN_PROBLEMS = ("no-stance-head", "no-model", "overloaded", "too-slow")
_USUAL_QUERIES = {b"": True, b"explain=true": True, b"explain=false": False}
_EXPLAIN = {
    "name": "explain",
    "in": "query",
    "description": "Whether to give evidence; an answer without it is several times faster.",
    "schema": {"type": "boolean", "default": True},
}


class JsonAnswer:
    """A good answer. Starlette's response would look through headers that are always the same."""

    __slots__ = ("_content",)

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send it."""
        headers = [(b"content-length", b"%d" % len(self._content)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._content})


class LabelRoutes:
    """The two endpoints and what they need."""

    def __init__(self, engine: Engine, threads: LabelThreads, settings: Settings) -> None:
        self._engine = engine
        self._threads = threads
        self._limits = bodies.Limits(settings.max_body_bytes, settings.max_text_chars, settings.request_seconds)
        self._max_batch = settings.max_batch

    async def label(self, scope: Scope, receive: Receive) -> JsonAnswer:
        """Label one document.

        Send it as a JSON object, or as plain text in any common charset. Empty texts and texts in other languages are
        answered too: their heads abstain and say why.
        """
        headers = scope[HEADERS]
        explain = wants_evidence(scope["query_string"])
        codec = bodies.text_codec(headers, (bodies.JSON, bodies.TEXT))
        body = await bodies.read_body(receive, headers, self._limits)
        work = partial(label_body, self._engine.current(), body, codec, self._limits.text_chars, explain)
        return JsonAnswer(work() if len(body) <= INLINE_BYTES else await self._threads.run(work))

    async def batch(self, scope: Scope, receive: Receive) -> JsonAnswer:
        """Label several documents.

        If one of them cannot be used, none is labelled, and the answer says which.
        """
        headers = scope[HEADERS]
        explain = wants_evidence(scope["query_string"])
        bodies.text_codec(headers, (bodies.JSON,))
        body = await bodies.read_body(receive, headers, self._limits)
        work = partial(label_batch, self._engine.current(), body, self._max_batch, self._limits.text_chars, explain)
        return JsonAnswer(await self._threads.run(work))  # even a small body may hold hundreds of documents


def add_routes(app: FastAPI, engine: Engine, threads: LabelThreads, settings: Settings) -> dict[str, RawEndpoint]:
    """Add the routes of this module; returns those of which every microsecond counts, by their path."""
    routes = LabelRoutes(engine, threads, settings)
    document = {bodies.JSON: schema(schemas.Document), bodies.TEXT: {"type": "string"}}
    _add(app, "/v1/label", routes.label, document, schemas.Answer)
    _add(app, "/v1/label/batch", routes.batch, {bodies.JSON: schema(schemas.Batch)}, schemas.Answers)
    return {"/v1/label": routes.label}


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


def label_body(tagger: Tagger, body: bytes, codec: str | None, max_chars: int, explain: bool) -> bytes:
    """Answer one document, a text in some charset or, where ``codec`` is ``None``, JSON.

    Raises
    ------
    InputError, NoStanceHead, TextTooLong
    """
    if codec is None:
        document = bodies.read_document(bodies.parse_json(body), max_chars)
    else:
        document = bodies.checked_length(Document(bodies.decode(body, codec)), max_chars)
    return to_json(tagger.label(document, explain=explain).to_dict())


def label_batch(tagger: Tagger, body: bytes, limit: int, max_chars: int, explain: bool) -> bytes:
    """Answer a JSON object with a list of at most ``limit`` documents.

    Raises
    ------
    InputError, NoStanceHead, TextTooLong
    """
    batch = bodies.parse_json(body)
    records = batch.get("documents") if isinstance(batch, dict) else None
    if not isinstance(records, list):
        raise InputError("expected an object with a list of documents under 'documents'")
    if len(records) > limit:
        raise InputError(f"{len(records)} are more than the limit of {limit}: send several requests", "documents")
    documents = [bodies.read_document(record, max_chars, f"documents[{n}]") for n, record in enumerate(records)]
    return to_json({"answers": [tagger.label(document, explain=explain).to_dict() for document in documents]})


def to_json(content: Any) -> bytes:
    """JSON in UTF-8; where an id holds a lone surrogate, which UTF-8 cannot carry, in ASCII with escapes."""
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError:
        return json.dumps(content).encode()


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

"""POST /v1/feedback and GET /v1/review: corrections in, documents worth a look out. For people, so a thread may wait for a database."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from service import bodies, feedback_schemas
from service.corrections import Correction, read_correction
from service.engine import Engine
from service.gate import KEY
from service.openapi import RawRoute, answers, schema, spoken
from service.problems import InvalidParameter, NotKept
from service.receiving import Receiver
from service.routes.label import to_json
from service.settings import Settings
from service.threads import LabelThreads

if TYPE_CHECKING:
    from service.store import Store

MOST_LOOKED_AT = 100
USUALLY_LOOKED_AT = 20
_LET_IN = ("unauthorized", "insufficient-scope", "admin-only-from-loopback")
_STORE = ("not-kept", "store-unavailable", "overloaded", "too-slow")
_BODY = (
    "invalid-encoding",
    "body-too-slow",
    "too-large",
    "text-too-long",
    "unsupported-media-type",
    "invalid-document",
    "feedback-conflict",
    "no-model",
)
_LIMIT = {
    "name": "limit",
    "in": "query",
    "description": "How many documents at most.",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST_LOOKED_AT, "default": USUALLY_LOOKED_AT},
}


class FeedbackRoutes:
    """The two endpoints; ``store`` is ``None`` where nothing is kept."""

    def __init__(self, engine: Engine, store: Store | None, threads: LabelThreads, settings: Settings) -> None:
        self._engine = engine
        self._store = store
        self._threads = threads
        self._limits = bodies.Limits(settings.max_body_bytes, settings.max_text_chars, settings.request_seconds)
        self._receiver = Receiver(self._limits, threads)
        self._keeps_documents = settings.review_documents > 0

    async def feedback(self, scope: Scope, receive: Receive) -> Response:
        """Keep a correction.

        It is kept with the text of the article, the time and the id of the key. The same correction, sent again, is kept once.
        Needs a key with the scope feedback, or without keys a request from the machine that the service runs on.
        """
        store = self._opened()
        _, body = await self._receiver.body(scope, receive, (bodies.JSON,))
        key = scope.get(KEY)

        def work() -> dict[str, Any]:
            correction = self._read(body)
            return {"id": correction.id, **asdict(store.add(correction, key.id if key else None))}

        return Response(to_json(await self._threads.run(work)), media_type=bodies.JSON)

    async def review(self, request: Request) -> Response:
        """The documents most worth a look.

        Those whose answers were the most doubtful, with their answers, until somebody sends a correction. Needs a key with the
        scope feedback, or without keys a request from the machine that the service runs on.
        """
        store, limit = self._opened(), _limit(request.query_params.get("limit", str(USUALLY_LOOKED_AT)))
        if not self._keeps_documents:
            raise NotKept("texts are not kept: set NEWSSTAND_REVIEW_DOCUMENTS on the server if they may be")
        found = await self._threads.run(partial(store.next_documents, limit))
        return Response(to_json({"documents": found}), media_type=bodies.JSON)

    def _read(self, body: bytes) -> Correction:
        run = self._engine.current().run
        topics = frozenset(run.topics.labels.ids) if run.topics else frozenset()
        return read_correction(bodies.parse_json(body), self._limits.text_chars, topics)

    def _opened(self) -> Store:
        if self._store is None:
            raise NotKept("there is nowhere to keep it: set NEWSSTAND_STORE on the server")
        return self._store


def add_routes(app: FastAPI, routes: FeedbackRoutes) -> None:
    """Add the routes of this module."""
    app.router.add_api_route(
        "/v1/feedback",
        routes.feedback,
        methods=["POST"],
        route_class_override=RawRoute,
        response_model=None,
        responses=answers("The correction is kept", feedback_schemas.Receipt, *_LET_IN, *_STORE, *_BODY),
        openapi_extra={
            "requestBody": {"required": True, "content": {bodies.JSON: {"schema": schema(feedback_schemas.Correction)}}}
        },
        tags=["feedback"],
        **spoken(routes.feedback),
    )
    app.add_api_route(
        "/v1/review",
        routes.review,
        response_model=None,
        responses=answers("The documents", feedback_schemas.ReviewQueue, *_LET_IN, *_STORE, "invalid-parameter"),
        openapi_extra={"parameters": [_LIMIT]},
        tags=["feedback"],
        **spoken(routes.review),
    )


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MOST_LOOKED_AT):
        raise InvalidParameter(f"limit must be a number from 1 to {MOST_LOOKED_AT}")
    return int(text)

"""/health: whether the service runs, and whether it can label. For supervisors and load balancers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response

from service import bodies, schemas
from service.engine import Engine
from service.openapi import answers, spoken
from service.problems import ShuttingDown
from service.routes.label import to_json
from service.stopping import Stopping


def add_routes(app: FastAPI, engine: Engine, stopping: Stopping) -> None:
    """Add the routes of this module."""

    async def live() -> Response:
        """Whether the service runs; says nothing about models."""
        return Response(to_json({"status": "live"}), media_type=bodies.JSON)

    async def ready() -> Response:
        """Whether the service can label, and with which run.

        It can when the champion is loaded and has answered its golden texts as it did when it was trained, until the service
        is told to stop.

        A service that cannot load a new champion goes on with the old one: it stays ready, and 'degraded' says why.
        """
        if stopping.begun:
            raise ShuttingDown("what has begun is finished; send nothing new here")
        run = engine.current().run.name
        return Response(to_json({"status": "ready", "run": run, "degraded": engine.degraded}), media_type=bodies.JSON)

    _add(app, "/health/live", live, answers("The service runs", schemas.Live))
    _add(app, "/health/ready", ready, answers("The service can label", schemas.Ready, "no-model", "shutting-down"))


def _add(app: FastAPI, path: str, endpoint: Callable[[], Awaitable[Response]], responses: dict[int | str, Any]) -> None:
    app.add_api_route(path, endpoint, response_model=None, responses=responses, tags=["health"], **spoken(endpoint))

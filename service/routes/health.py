"""/health: whether the service runs, and whether it can label. For supervisors and load balancers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response

from service import bodies, schemas
from service.engine import Engine
from service.openapi import answers, spoken
from service.routes.label import to_json


def add_routes(app: FastAPI, engine: Engine) -> None:
    """Add the routes of this module."""

    async def live() -> Response:
        """Whether the service runs; says nothing about models."""
        return Response(to_json({"status": "live"}), media_type=bodies.JSON)

    async def ready() -> Response:
        """Whether the service can label, and with which run.

        A service that cannot load a new champion goes on with the old one: it stays ready, and 'degraded' says why.
        """
        run = engine.current().run.name
        return Response(to_json({"status": "ready", "run": run, "degraded": engine.degraded}), media_type=bodies.JSON)

    _add(app, "/health/live", live, answers("The service runs", schemas.Live))
    _add(app, "/health/ready", ready, answers("The service can label", schemas.Ready, "no-model"))


def _add(app: FastAPI, path: str, endpoint: Callable[[], Awaitable[Response]], responses: dict[int | str, Any]) -> None:
    app.add_api_route(path, endpoint, response_model=None, responses=responses, tags=["health"], **spoken(endpoint))

"""GET /metrics: the counts of all workers, for Prometheus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from service.metrics import DriftFigures, Metrics


def add_routes(app: FastAPI, metrics: Metrics, drift: Callable[[], Awaitable[DriftFigures]]) -> None:
    """Add the route of this module; it is no part of the OpenAPI document."""

    async def render() -> Response:
        return Response(metrics.render(await drift()), media_type=CONTENT_TYPE_LATEST)

    app.add_api_route("/metrics", render, include_in_schema=False, response_model=None)

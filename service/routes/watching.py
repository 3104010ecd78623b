"""GET /v1/shadow: what the service has seen of its own answers. For operators and their programs, not for articles."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import Response

from service import bodies, watch_schemas
from service.metrics import Metrics
from service.openapi import answers, spoken
from service.routes.label import to_json
from service.shadow import Shadow, summary


def add_shadow(app: FastAPI, shadow: Shadow | None, metrics: Metrics) -> None:
    """Add the route."""

    async def report() -> Response:
        """How far the run in the shadow agrees with the run in use.

        All workers together, since the service was started. A share of the requests is labelled a second time, after they
        have been answered.
        """
        return Response(to_json(summary(shadow, metrics.total())), media_type=bodies.JSON)

    responses = answers("The agreement", watch_schemas.ShadowReport)
    app.add_api_route("/v1/shadow", report, response_model=None, responses=responses, tags=["models"], **spoken(report))

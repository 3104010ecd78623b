"""GET /v1/shadow and /v1/drift: what the service has seen of its own answers. For operators and their programs, not for articles."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import Response

from newsstand.tagger import Tagger
from service import bodies, drift, watch_schemas
from service.drift import Drift
from service.engine import Engine
from service.metrics import Metrics
from service.openapi import answers, spoken
from service.pinned import PinnedRuns
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


def add_drift(app: FastAPI, engine: Engine, pinned: PinnedRuns, counted: Drift) -> None:
    """Add the route."""

    async def report(run: str | None = None) -> Response:
        """How far the labels and scores of each day are from the training corpus.

        The population stability index of what a run gave on a day, against what it gives to articles of the training corpus that
        its judging models never saw. A run without such a reference says so under 'missing'.
        """
        tagger: Tagger = engine.current() if run is None else await pinned.tagger(run)
        return Response(to_json(drift.report(await counted.total(), tagger.run)), media_type=bodies.JSON)

    problems = ("run-not-found", "run-damaged", "run-foreign", "run-too-new", "no-model")
    responses = answers("The days", watch_schemas.DriftReport, *problems)
    app.add_api_route("/v1/drift", report, response_model=None, responses=responses, tags=["models"], **spoken(report))

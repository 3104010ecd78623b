"""GET /v1/labels: everything that an answer of the run in use can hold."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.responses import Response

from newsstand.answers import ABSTENTION_REASONS
from newsstand.documents import LEANINGS
from newsstand.labels import Topic
from newsstand.stance.targets import Target
from newsstand.tagger import Tagger
from service import bodies, schemas
from service.engine import Engine
from service.openapi import answers, spoken
from service.routes.label import to_json


def add_routes(app: FastAPI, engine: Engine) -> None:
    """Add the route of this module."""

    async def labels() -> Response:
        """Topics, known targets, leanings and reasons to abstain."""
        return Response(to_json(label_description(engine.current())), media_type=bodies.JSON)

    responses = answers("What the run in use can answer", schemas.Labels, "no-model")
    app.add_api_route("/v1/labels", labels, response_model=None, responses=responses, tags=["label"], **spoken(labels))


def label_description(tagger: Tagger) -> dict[str, Any]:
    """The labels of a run as a JSON object."""
    run = tagger.run
    reasons = [{"reason": reason, "meaning": meaning} for reason, meaning in ABSTENTION_REASONS.items()]
    return {
        "label_set": run.topics.labels.name if run.topics else None,
        "topics": [_topic(topic) for topic in run.topics.labels] if run.topics else [],
        "targets": [_target(target) for target in run.stance.targets] if run.stance else [],
        "leanings": list(LEANINGS) if run.leaning else [],
        "abstention_reasons": reasons,
        "model": {"run": run.name, "fingerprint": run.fingerprint},
    }


def _target(target: Target) -> dict[str, Any]:
    return {name: getattr(target, name) for name in ("id", "name", "kind", "description")}


def _topic(topic: Topic) -> dict[str, Any]:
    return {name: getattr(topic, name) for name in ("id", "name", "code", "parent", "kind", "definition")}

"""GET /v1/limits: what the service takes, so that clients can keep to it instead of finding out."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.responses import Response

from service import bodies, schemas
from service.asking import MAX_TARGET_CHARACTERS, MAX_TARGETS
from service.openapi import answers, spoken
from service.rates import parse_rate
from service.routes.label import to_json
from service.settings import Settings

_PUBLISHED = (
    "max_body_bytes",
    "max_text_chars",
    "max_batch",
    "max_requests",
    "label_threads",
    "encoder_threads",
    "max_queue",
    "request_seconds",
)


def add_routes(app: FastAPI, settings: Settings) -> None:
    """Add the route of this module."""
    content = to_json(limits_description(settings))

    async def limits() -> Response:
        """What one request may hold, how many there may be at once, and how often one client may ask."""
        return Response(content, media_type=bodies.JSON)

    responses = answers("The limits", schemas.Limits)
    app.add_api_route("/v1/limits", limits, response_model=None, responses=responses, tags=["label"], **spoken(limits))


def limits_description(settings: Settings) -> dict[str, Any]:
    """The limits as a JSON object."""
    rate = parse_rate(settings.rate)
    return {
        **{name: getattr(settings, name) for name in _PUBLISHED},
        "rate": {"requests": rate.amount, "seconds": rate.get_expiry()} if rate else None,
        "max_targets": MAX_TARGETS,
        "max_target_characters": MAX_TARGET_CHARACTERS,
        "workers": settings.workers,
    }

"""Which routes ask for what: nothing, or a key with a scope. One table, so that a new route is closed until it is opened."""

from __future__ import annotations

from typing import Literal

Scope = Literal["label", "feedback", "admin"]

_CLOSED = ("/v1/", "/v2/", "/metrics")
_OPEN = ("/v2/health/",)
_FEEDBACK = ("/v1/feedback", "/v1/review")
_CHANGES_CHAMPION = ("/promote", "/rollback")


def need_of(method: str, path: str) -> Scope | None:
    """The scope that a request needs where there are keys; ``None`` where it needs no key.

    The pages, the OpenAPI document and the health of the service are open to all. So is OPTIONS, which only names the
    methods of a path, and which browsers send without a key.
    """
    if method == "OPTIONS" or not path.startswith(_CLOSED) or path.startswith(_OPEN):
        return None
    if path.startswith(_FEEDBACK):
        return "feedback"
    if path.startswith("/metrics") or (path.startswith("/v1/models/") and path.endswith(_CHANGES_CHAMPION)):
        return "admin"
    return "label"

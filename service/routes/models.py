"""/v1/models: which runs there are, and which of them is the champion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from starlette.responses import Response

from newsstand.artifact import read_manifest
from newsstand.errors import ArtifactError
from newsstand.registry import Registry
from service import bodies, schemas
from service.engine import Engine
from service.openapi import answers, spoken
from service.routes.label import to_json

_RUN_PROBLEMS = ("run-not-found", "run-damaged", "run-foreign", "run-too-new", "registry-unavailable")

Endpoint = Callable[..., Awaitable[Response]]


class ModelRoutes:
    """The four endpoints and what they need."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def runs(self) -> Response:
        """The runs in the models directory and the champion."""
        champion = await self._engine.champion()
        runs = await to_thread.run_sync(run_summaries, self._engine.registry)
        return _json({"champion": champion, "runs": runs})

    async def run(self, run: str) -> Response:
        """What one run tells about itself; 'champion' stands for the champion."""
        champion = await self._engine.champion()
        return _json(await to_thread.run_sync(run_description, self._engine.registry, run, champion))

    async def promote(self, run: str) -> Response:
        """Make a run the champion.

        The run is loaded and checked first; requests that are being answered finish with the run they began with.
        Needs a key with the scope admin, or a request from the machine that the service runs on.
        """
        before = await self._engine.promote(run)
        return _json({"champion": run, "previous": before})

    async def rollback(self) -> Response:
        """Make the champion before this one the champion again.

        Needs a key with the scope admin, or a request from the machine that the service runs on.
        """
        before = await self._engine.champion()
        return _json({"champion": await self._engine.rollback(), "previous": before})


def add_routes(app: FastAPI, engine: Engine) -> None:
    """Add the routes of this module."""
    routes = ModelRoutes(engine)
    admin: dict[str, Any] = {"methods": ["POST"]}  # the gate lets only admins through to these
    rolled_back = (
        "admin-only-from-loopback",
        "insufficient-scope",
        "unauthorized",
        *_RUN_PROBLEMS,
        "no-earlier-champion",
    )
    back = answers("The new champion", schemas.Promotion, *rolled_back)
    _add(app, "/v1/models", routes.runs, answers("The runs", schemas.Runs, "registry-unavailable"))
    _add(app, "/v1/models/rollback", routes.rollback, back, **admin)  # before {run}, whose methods OPTIONS would name
    _add(app, "/v1/models/{run}", routes.run, answers("The run", schemas.Run, *_RUN_PROBLEMS))
    changed = answers("The new champion", schemas.Promotion, *rolled_back[:-1])
    _add(app, "/v1/models/{run}/promote", routes.promote, changed, **admin)


def run_summaries(registry: Registry) -> list[dict[str, Any]]:
    """Every run in short; one with an unreadable manifest is listed with the reason."""
    return [_summary(registry, name) for name in registry.runs()]


def run_description(registry: Registry, name: str, champion: str | None) -> dict[str, Any]:
    """One run, given by name or as ``champion``, as a JSON object.

    Raises
    ------
    RunNotFound, ArtifactError
    """
    path = registry.resolve(name) if name == "champion" else registry.named(name)
    manifest = read_manifest(path)
    return {
        "name": path.name,
        "champion": path.name == champion,
        "heads": list(_table(manifest, "heads")),
        "languages": [str(language) for language in manifest.get("languages", [])],
        "about": _table(manifest, "about"),
    }


def _summary(registry: Registry, name: str) -> dict[str, Any]:
    try:
        manifest = read_manifest(registry.path / name)
    except ArtifactError as error:
        return {"name": name, "heads": [], "created": None, "metrics": {}, "error": str(error)}
    about = _table(manifest, "about")
    created = about.get("created")
    return {
        "name": name,
        "heads": list(_table(manifest, "heads")),
        "created": created if isinstance(created, str) else None,
        "metrics": _table(about, "metrics"),
        "error": None,
    }


def _table(content: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A JSON object in another, empty where a foreign hand has put something else."""
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _json(content: dict[str, Any]) -> Response:
    return Response(to_json(content), media_type=bodies.JSON)


def _add(app: FastAPI, path: str, endpoint: Endpoint, responses: dict[int | str, Any], **options: Any) -> None:
    described = {"response_model": None, "responses": responses, "tags": ["models"], **spoken(endpoint)}
    app.add_api_route(path, endpoint, **described, **options)

"""The service with two more endpoints, which do nothing with their body: ``python -m bench.http_server MODELS PORT CORE``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from service.app import worker_app
from service.settings import read_settings


def build(models: Path) -> FastAPI:
    """The application with POST /noop, as FastAPI's users write an endpoint, and POST /bare, which does not even parse its body."""
    app = worker_app(read_settings(models=models))

    async def noop(document: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - parsed, and not used: that is what is measured
        return {}

    async def bare(request: Request) -> Response:
        await request.body()
        return Response(b"{}", media_type="application/json")

    app.post("/noop")(noop)
    app.router.add_route("/bare", bare, methods=["POST"])
    for _ in range(2):  # as early in the table as the endpoint they are compared with
        app.router.routes.insert(0, app.router.routes.pop())
    return app


if __name__ == "__main__":
    models, port, core = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    uvicorn.run(build(Path(models)), port=int(port), log_level="warning", access_log=False)

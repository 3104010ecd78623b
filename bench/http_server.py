"""The service with one more endpoint that reads its body and does nothing: ``python -m bench.http_server MODELS PORT CORE``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from service.app import worker_app
from service.settings import read_settings


def build(models: Path) -> FastAPI:
    """The application with POST /noop."""
    app = worker_app(read_settings(models=models))

    async def noop(request: Request) -> Response:
        await request.body()
        return Response(b"{}", media_type="application/json")

    app.router.add_route("/noop", noop, methods=["POST"])
    app.router.routes.insert(0, app.router.routes.pop())  # as early in the table as the endpoint it is compared with
    return app


if __name__ == "__main__":
    models, port, core = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    uvicorn.run(build(Path(models)), port=int(port), log_level="warning", access_log=False)

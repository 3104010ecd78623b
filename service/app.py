"""Puts the service together. Everything it is made of comes in as an argument or is made here; there are no globals."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsstand import __version__
from newsstand.registry import Registry
from service import openapi, problems
from service.engine import Engine
from service.routes import health, label, labels, models, pages, v2
from service.settings import Settings, read_settings


class HeadAsGet:
    """Answers HEAD wherever GET is answered, with the same headers and no body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_without_body)


def create_app(settings: Settings | None = None, *, engine: Engine | None = None) -> FastAPI:
    """The service as an ASGI application.

    Parameters
    ----------
    settings : Settings, optional
        Read from the environment where they are not given.
    engine : Engine, optional
        Made from the settings where it is not given; it is started and stopped with the application.

    Raises
    ------
    SettingError
    """
    settings = settings or read_settings()
    used = engine or Engine(Registry(settings.models), poll_seconds=settings.poll_seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with used.running():
            yield

    app = FastAPI(
        title="Newsstand",
        version=__version__,
        description="Tags news articles by topic and leaning, and shows the passages that made it say so.",
        openapi_url=None,  # FastAPI would put it, and /docs, ahead of all other routes
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    label.add_routes(app, used, settings)  # first: routes are tried in order
    labels.add_routes(app, used)
    models.add_routes(app, used)
    health.add_routes(app, used)
    v2.add_routes(app, used, settings)
    pages.add_routes(app)
    problems.install(app)
    openapi.describe(app)
    app.add_middleware(HeadAsGet)
    return app


def worker_app(settings: Settings | None = None) -> FastAPI:
    """The application of a process that does nothing else.

    What is loaded by now stays to the end, so the garbage collector need not look through it again and again.
    """
    app = create_app(settings)
    gc.collect()
    gc.freeze()
    return app

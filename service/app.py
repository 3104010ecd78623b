"""Puts the service together. Everything it is made of comes in as an argument or is made here; there are no globals."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from newsstand import __version__
from newsstand.registry import Registry
from service import openapi, problems
from service.copies import RunCopies
from service.counts import Counts
from service.drift import Drift, latest
from service.engine import Engine
from service.extraction import Extractor, is_installed
from service.gate import Doorkeepers, Gate, HeadAsGet
from service.keeping import open_store
from service.keyring import Keyring
from service.keys import KeyFile
from service.metrics import AUTO, Metrics, Moment
from service.pinned import PinnedRuns
from service.rates import OFF
from service.review import Review
from service.routes import feedback, health, label, labels, limits, models, pages, v2, watching
from service.routes import metrics as metrics_routes
from service.routes.label import Work
from service.settings import Settings, read_settings
from service.shadow import Shadow
from service.stopping import Stopping
from service.threads import LabelThreads
from service.tracing import Tracing, new_provider
from service.watch import Watch

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from service.store import Store


class Service(FastAPI):
    """FastAPI behind the gate, which must see also what Starlette's own outermost layer answers."""

    gate: Callable[[ASGIApp], ASGIApp]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on without a look for telemetry of FastAPI's own, which takes time and would tell addresses and queries."""
        if scope["type"] == "http":
            await Starlette.__call__(self, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette's layers, and the gate around them."""
        return self.gate(super().build_middleware_stack())


def create_app(
    settings: Settings | None = None,
    *,
    engine: Engine | None = None,
    store: Store | None = None,
    traces: TracerProvider | None = None,
) -> FastAPI:
    """The service as an ASGI application.

    Parameters
    ----------
    settings : Settings, optional
        Read from the environment where they are not given.
    engine : Engine, optional
        Made from the settings where it is not given; it is started and stopped with the application.
    store : Store, optional
        Opened as the settings say where it is not given; it is closed with the application.
    traces : TracerProvider, optional
        Where spans go; made where the settings want it and it is not given.

    Raises
    ------
    SettingError
    """
    settings = settings or read_settings()
    copies = RunCopies(folder_of(settings.copies_folder))
    used = engine or Engine(Registry(settings.models), poll_seconds=settings.poll_seconds, copies=copies)

    keys = Keyring(KeyFile(settings.keys))
    counts = Counts()
    drift = Drift(folder_of(settings.drift_folder))
    shadow = Shadow(used, counts, settings.shadow, settings.shadow_share) if settings.shadow != OFF else None
    store = store or open_store(settings)
    review = Review(store, settings.review_documents) if store and settings.review_documents else None
    work = _make_work(used, settings, Watch(counts, drift, shadow, review), counts)
    corrections = LabelThreads(1, settings.max_queue, settings.request_seconds)
    provider = traces or (new_provider() if settings.traces else None)
    stopping = Stopping(settings.drain_seconds)
    metrics = Metrics(work.counts, partial(_moment, used, work, stopping), folder_of(settings.metrics_folder))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with (
            used.running(),
            following(keys.follow(settings.poll_seconds)),
            following(metrics.keep_writing()),
            following(drift.keep_writing()),
            following(shadow.follow()) if shadow else nullcontext(),
            following(review.keep_writing()) if review else nullcontext(),
        ):
            with stopping.noticed():
                yield
        metrics.write()
        drift.write()
        if review:
            await review.write()
        if provider:
            await to_thread.run_sync(provider.shutdown)  # sends what is left
        work.threads.close()
        work.slow.close()
        corrections.close()
        if store:
            store.close()
        if work.extractor:
            work.extractor.close()

    app = Service(
        title="Newsstand",
        version=__version__,
        description="Tags news articles by topic and leaning, and shows the passages that made it say so.",
        openapi_url=None,  # FastAPI would put it, and /docs, ahead of all other routes
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    lanes = label.add_routes(app, used, work, settings)  # first: routes are tried in order
    labels.add_routes(app, used)
    limits.add_routes(app, settings)
    models.add_routes(app, used)
    watching.add_shadow(app, shadow, metrics)
    watching.add_drift(app, used, work.pinned, drift)
    feedback.add_routes(app, feedback.FeedbackRoutes(used, store, corrections, settings))
    health.add_routes(app, used, stopping)
    v2.add_routes(app, used, work, settings)
    pages.add_routes(app)
    problems.install(app)
    openapi.describe(app)
    app.add_middleware(HeadAsGet)
    app.state.extractor, app.state.counts = work.extractor, work.counts
    metrics_routes.add_routes(app, metrics, partial(_drift_figures, used, drift))
    doorkeepers = Doorkeepers(lanes, keys, work.counts)
    app.gate = partial(_layers, doorkeepers=doorkeepers, settings=settings, provider=provider)
    return app


def _make_work(engine: Engine, settings: Settings, watch: Watch, counts: Counts) -> Work:
    seconds, waiting = settings.request_seconds, settings.max_queue
    return Work(
        threads=LabelThreads(settings.label_threads, waiting, seconds),
        slow=LabelThreads(settings.encoder_threads, waiting, seconds),
        pinned=PinnedRuns(engine, settings.pinned_runs),
        extractor=Extractor(waiting, settings.html_seconds, seconds) if is_installed() else None,
        counts=counts,
        watch=watch,
    )


def _layers(app: ASGIApp, doorkeepers: Doorkeepers, settings: Settings, provider: TracerProvider | None) -> ASGIApp:
    gate: ASGIApp = Gate(app, doorkeepers, settings)
    if provider:
        gate = Tracing(gate, provider, doorkeepers.lanes)
    origins = settings.cors_origin_list()
    return CORSMiddleware(gate, allow_origins=origins, allow_methods=["*"], allow_headers=["*"]) if origins else gate


def _moment(engine: Engine, work: Work, stopping: Stopping) -> Moment:
    run = engine.tagger.run if engine.tagger else None
    return Moment(
        in_flight=work.counts.in_flight,
        waiting=work.threads.waiting + work.slow.waiting,
        run=run.name if run else None,
        fingerprint=run.fingerprint if run else None,
        ready=run is not None and not stopping.begun,
    )


async def _drift_figures(engine: Engine, drift: Drift) -> dict[str, dict[str, float]]:
    """How far the run in use is from its training corpus, by distribution, on the last day with enough documents."""
    return latest(await drift.total(), engine.tagger.run) if engine.tagger else {}


def folder_of(setting: str) -> Path | None:
    """The folder that a setting names; ``None`` where it names none."""
    return None if setting in (AUTO, OFF) else Path(setting)


@asynccontextmanager
async def following(watch: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Let something watch in the background until the block ends."""
    task = asyncio.create_task(watch)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def worker_app(settings: Settings | None = None) -> FastAPI:
    """The application of a process that does nothing else.

    What is loaded by now stays to the end, so the garbage collector need not look through it again and again. The file of a store was
    made before, if it can be made.
    """
    settings = settings or read_settings()
    app = create_app(settings, store=open_store(settings, makes_file=False))
    gc.collect()
    gc.freeze()
    return app

"""Two small runs made by hand, and a client that talks to the service without a network."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import httpx
import numpy as np
import pytest

from newsstand import artifact, kernel
from newsstand.documents import Document
from newsstand.heads.leaning import LeaningHead
from newsstand.heads.topics import TopicHead
from newsstand.labels import LabelSet, Topic
from newsstand.registry import Registry
from newsstand.tagger import Tagger
from newsstand.text.ngrams import NgramSpec
from service.app import create_app
from service.engine import Engine
from service.settings import Settings

ARTICLE = (
    "The council of Harbour Falls voted on Tuesday to raise the rent for its market stalls. Traders said that the "
    "tariff would drive them out, and that the economy of the old town could not bear another tax this year."
)
WORDS = {"economy": 0, "tax": 1, "rent": 0, "tariff": 0, "asylum": 2, "border": 2, "traders": 5, "council": 3}


def build_run(name: str, threshold: float = 0.5) -> artifact.Run:
    spec = NgramSpec(max_n=1, id_bits=16)
    ids = np.concatenate([spec.distinct_ids(Document(word)) for word in WORDS])
    table = np.zeros(len(WORDS), kernel.table_dtype(6))
    table["idf"], table["scale"] = 1, 0.01
    table["weights"][np.arange(len(WORDS)), list(WORDS.values())] = 100
    topics = (
        Topic("economy", "Economy", code="medtop:04000000", definition="Money and work."),
        Topic("taxes", "Taxes", parent="economy"),
        Topic("immigration", "Immigration", code="medtop:20000771", definition="People who move."),
    )
    ones = np.ones(3, np.float32)
    run = artifact.Run(
        name=name,
        spec=spec,
        slots=kernel.build_slots(ids, spec.id_bits),
        table=table,
        topics=TopicHead(LabelSet("small", topics), -0.2 * ones, 9 * ones, 0 * ones, threshold * ones),
        leaning=LeaningHead(0 * ones, 2.0, 0.9),
        about={"created": "2026-11-24T00:00:00Z", "metrics": {"topics": {"micro_f1": 0.5}}, "seed": 0},
    )
    document = {"text": ARTICLE}
    answer = Tagger(run).label(Document.from_dict(document), explain=False).to_dict()
    return replace(run, golden=({"document": document, "answer": answer},))


class Client:
    """The service without a network; a context manager that starts and stops it."""

    def __init__(self, settings: Settings, address: str = "127.0.0.1") -> None:
        self.engine = Engine(Registry(settings.models), poll_seconds=settings.poll_seconds)
        self.app = create_app(settings, engine=self.engine)
        self._address = address

    def __enter__(self) -> Self:
        self._runner = asyncio.Runner()
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(self._address, 50000))
        self._http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")
        self._lifespan = self.app.router.lifespan_context(self.app)
        self._runner.run(self._lifespan.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        self._runner.run(self._lifespan.__aexit__(None, None, None))
        self._runner.run(self._http.aclose())
        self._runner.close()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._runner.run(self._http.request(method, path, **options))

    def together(self, *requests: tuple[str, str, dict[str, Any]]) -> list[httpx.Response]:
        """The answers to requests that are made at the same time, each a method, a path and options."""

        async def ask() -> list[httpx.Response]:
            return await asyncio.gather(*[self._http.request(m, p, **options) for m, p, options in requests])

        return self._runner.run(ask())

    def talk(self, path: str, content_type: str, parts: list[bytes]) -> list[bytes]:
        """What has been answered after each part of a body and after its end, sent and read side by side."""
        answered, seen = bytearray(), []

        async def receive() -> dict[str, Any]:
            if len(seen) < len(parts):
                seen.append(bytes(answered))
                return {"type": "http.request", "body": parts[len(seen) - 1], "more_body": True}
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            answered.extend(message.get("body", b""))

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "state": {},
            "client": (self._address, 50000),
            "server": ("127.0.0.1", 8000),
            "headers": [(b"host", b"127.0.0.1:8000"), (b"content-type", content_type.encode())],
        }
        self._runner.run(self.app(scope, receive, send))
        return [*seen[1:], bytes(answered)]

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def label_text(self, body: bytes | str, content_type: str = "text/plain", query: str = "") -> httpx.Response:
        return self.post(f"/v1/label{query}", content=body, headers={"Content-Type": content_type})

    def label_json(self, body: bytes | str, query: str = "") -> httpx.Response:
        return self.label_text(body, "application/json", query)

    def wait(self, seconds: float) -> None:
        self._runner.run(asyncio.sleep(seconds))

    def get_while(self, busy: threading.Event, path: str, method: str, other: str, **options: Any) -> list[int]:
        """Statuses of a GET that begins once another request has set ``busy``, and of that other request."""

        async def ask() -> list[int]:
            first = asyncio.create_task(self._http.request(method, other, **options))
            while not busy.is_set():
                await asyncio.sleep(0.001)
            meanwhile = await self._http.get(path)
            busy.clear()
            return [meanwhile.status_code, (await first).status_code]

        return self._runner.run(ask())


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs")
    artifact.save(build_run("first"), path / "first")
    artifact.save(build_run("second", threshold=0.4), path / "second")
    return path


@pytest.fixture
def registry(two_runs: Path, tmp_path: Path) -> Registry:
    """A models directory with the runs 'first', the champion, and 'second'."""
    shutil.copytree(two_runs, tmp_path / "models")
    registry = Registry(tmp_path / "models")
    registry.promote("first")
    return registry


@pytest.fixture
def settings(registry: Registry) -> Settings:
    return Settings(models=registry.path, keys=registry.path.parent / "keys.json", poll_seconds=0.02)


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    with Client(settings) as client:
        yield client


@pytest.fixture
def new_client() -> Callable[..., Client]:
    """Makes further clients: for other settings, or as seen from another address."""
    return Client


@pytest.fixture
def article() -> str:
    return ARTICLE


@pytest.fixture
def damage() -> Callable[[Path], None]:
    """Alters one byte of a run's table; the file is replaced, so that a tagger that maps the old one goes on."""

    def alter(run: Path) -> None:
        content = bytearray((run / "table.npy").read_bytes())
        content[-1] ^= 1
        (run / "table.new").write_bytes(content)
        (run / "table.new").rename(run / "table.npy")

    return alter

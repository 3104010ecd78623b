"""Requests a second of the service against an endpoint of the same application that does nothing."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.articles import read_split
from bench.real_service import RealService
from bench.report import Measurement
from newsstand import artifact
from newsstand.registry import Registry

CONNECTIONS = 16
SECONDS = 6.0
ROUNDS = 3
BODY_BYTES = (5_500, 6_500)
MODELS = Path(os.environ.get("NEWSSTAND_MODELS", "models"))

HOW = f"""One worker on one core (uvicorn with uvloop), {CONNECTIONS} connections from a client on the other core, each sending its next request
when the last is answered; articles of about 6 KB as JSON, in turn; topics and leaning, and in the last row stances towards known targets too; {ROUNDS} rounds of {SECONDS:.0f} s, endpoints alternating, the median round
reported. Two endpoints of the same application do nothing with the same body and answer with two bytes: the no-op as FastAPI's users
write one (``async def noop(document: dict) -> dict``), and a bare one that reads the bytes and does not parse them."""


def measure_http(corpus: Path, split: str = "") -> Measurement:
    """Compare the endpoints."""
    articles = [d for d in read_split(corpus, split).judge if BODY_BYTES[0] <= len(d.text.encode()) <= BODY_BYTES[1]][
        :200
    ]
    bodies = [json.dumps({"title": d.title, "text": d.text}).encode() for d in articles]
    paths = {
        "no-op": "/noop",
        "bare": "/bare",
        "label": "/v1/label?explain=false&stance=off",
        "label with evidence": "/v1/label?stance=off",
        "label with known targets": "/v1/label?explain=false",
    }
    cores = sorted(os.sched_getaffinity(0))
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "bench.http_server", str(MODELS), str(port), str(cores[0])])
    try:
        wait_until_ready(port)
        os.sched_setaffinity(0, {cores[-1]})
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in paths}
        for _ in range(ROUNDS):
            for name, path in paths.items():
                rounds[name].append(asyncio.run(drive(port, path, bodies)))
        memory = private_mib(server.pid)
    finally:
        os.sched_setaffinity(0, cores)
        server.terminate()
        server.wait()
    rows: list[dict[str, Any]] = []
    for name, results in rounds.items():
        middle = sorted(results, key=lambda result: result["requests_per_second"])[len(results) // 2]
        rows.append({"endpoint": name, **middle})
    notes = [
        f"{row['endpoint']}: {row['requests_per_second'] / base['requests_per_second']:.2f} of the requests a second of {base['endpoint']}, "
        f"p99 {row['p99_ms'] / base['p99_ms']:.1f} times."
        for row in rows[2:]
        for base in rows[:2]
    ]
    notes.append(
        f"`newsstand serve` with one worker answered /health/ready {seconds_until_ready():.2f} s after its start, "
        f"the median of {ROUNDS} starts, files in the page cache."
    )
    notes.append(f"The run served: {Registry(MODELS).champion()}. Private memory of the worker: {memory:.0f} MiB.")
    notes.append(
        f"Private memory of the second worker of `newsstand serve --workers 2`, both having labelled these articles: "
        f"{second_worker_mib(MODELS, bodies):.0f} MiB; with the same run without its encoder of stances: {second_worker_mib(MODELS, bodies, encoder=False):.0f} MiB."
    )
    return Measurement("HTTP", HOW, rows, notes)


class _Connection(asyncio.Protocol):
    """Sends request after request, and notes how long each took."""

    def __init__(self, requests: list[bytes], start: int, latencies: list[float]) -> None:
        self._requests, self._next, self._latencies = requests, start, latencies
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(body) < int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"unexpected answer: {head[:100]!r}")
        self._latencies.append(time.perf_counter() - self._sent)
        self._buffer = b""
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._requests[self._next % len(self._requests)])
        self._next += 1


async def drive(port: int, path: str, bodies: list[bytes], seconds: float = SECONDS) -> dict[str, float]:
    """Ask a service for so long over all connections; requests a second and latencies in milliseconds."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
    requests = [head.encode() + str(len(body)).encode() + b"\r\n\r\n" + body for body in bodies]
    latencies: list[float] = []
    loop = asyncio.get_running_loop()
    transports = [
        (await loop.create_connection(lambda n=n: _Connection(requests, n * 7, latencies), "127.0.0.1", port))[0]  # type: ignore[misc]
        for n in range(CONNECTIONS)
    ]
    await asyncio.sleep(1)  # warm
    latencies.clear()
    start = time.perf_counter()
    await asyncio.sleep(seconds)
    passed, taken = time.perf_counter() - start, np.array(latencies) * 1000
    for transport in transports:
        transport.abort()
    return {
        "requests_per_second": round(len(taken) / passed, 1),
        "p50_ms": round(float(np.percentile(taken, 50)), 2),
        "p99_ms": round(float(np.percentile(taken, 99)), 2),
    }


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(port: int, path: str = "/health/ready", pause: float = 0.05) -> None:
    """Wait until a service answers a path.

    Raises
    ------
    RuntimeError
    """
    for _ in range(int(30 / pause)):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1):
                return
        except OSError:
            time.sleep(pause)
    raise RuntimeError("the service did not become ready")


def seconds_until_ready() -> float:
    """From the start of ``newsstand serve`` to its first answer that it is ready, the median of some starts."""
    return sorted(_start_seconds(free_port()) for _ in range(ROUNDS))[ROUNDS // 2]


def _start_seconds(port: int) -> float:
    start = time.perf_counter()
    command = [sys.executable, "-m", "newsstand", "serve", "--port", str(port), "--models", str(MODELS)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(port, pause=0.01)
        return time.perf_counter() - start
    finally:
        server.terminate()
        server.wait()


def second_worker_mib(models: Path, bodies: Sequence[bytes], *, encoder: bool = True) -> float:
    """Memory that belongs to one of two workers alone, after both have labelled."""
    with tempfile.TemporaryDirectory(prefix="newsstand-memory-") as folder:
        own = Path(folder, "models")
        shutil.copytree(models, own)
        if not encoder:
            leave_encoder_out(own)
        with RealService(own) as service:
            for _ in range(2):
                asyncio.run(drive(service.port, "/v1/label", list(bodies), seconds=3))
            return max(map(private_mib, service.workers()))


def leave_encoder_out(models: Path) -> None:
    """Make the champion a run without an accurate stance head."""
    folder = models / str(Registry(models).champion())
    run = artifact.load(folder)
    assert run.stance
    shutil.rmtree(folder)
    golden = tuple(entry for entry in run.golden if not entry.get("targets"))
    artifact.save(replace(run, stance=replace(run.stance, accurate=None), golden=golden), folder)


def private_mib(pid: int) -> float:
    """Memory that belongs to a process alone, in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))) / 1024

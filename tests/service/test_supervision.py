"""Workers that end or hang are replaced, and those that only take their time are not."""

from __future__ import annotations

import socket
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from service import supervision
from service.supervision import Workers, ending


class FakeProcess:
    """A worker that says what a test wants it to say."""

    made: list[FakeProcess]

    def __init__(self, *_: Any) -> None:
        self.pid = 100 + len(self.made)
        self.alive, self.answers, self.exitcode = True, True, None
        self.process = SimpleNamespace(is_alive=lambda: self.alive)
        self.made.append(self)

    def ping(self, timeout: float) -> bool:
        return self.answers

    def start(self) -> None:
        pass

    kill = join = start


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which a test moves on."""
    time = [0.0]
    monkeypatch.setattr(supervision, "time", SimpleNamespace(monotonic=lambda: time[0]))
    return time


@pytest.fixture
def workers(now: list[float], monkeypatch: pytest.MonkeyPatch) -> Workers:
    FakeProcess.made = []
    monkeypatch.setattr(supervision, "Worker", FakeProcess)
    made = Workers.__new__(Workers)
    made.should_exit, made.sockets, made.config = threading.Event(), [], None  # type: ignore[assignment]
    made._seen, made._heard = {}, {}
    made.processes = [FakeProcess(), FakeProcess()]  # type: ignore[list-item]
    return made


def pids(workers: Workers) -> list[int | None]:
    workers.keep_subprocess_alive()
    return [process.pid for process in workers.processes]


def test_a_worker_may_take_its_time_to_start_but_not_for_ever(workers: Workers, now: list[float]) -> None:
    FakeProcess.made[0].answers = False
    for now[0] in (0, 6, 60, 119):
        assert pids(workers) == [100, 101]
    now[0] = 121
    assert pids(workers) == [102, 101]


def test_a_worker_that_falls_silent_is_replaced(
    workers: Workers, now: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    assert pids(workers) == [100, 101]
    FakeProcess.made[1].answers = False
    now[0] = 29
    assert pids(workers) == [100, 101]
    now[0] = 31
    assert pids(workers) == [100, 102]
    assert "the worker 101 was silent for 30 seconds: another one takes its place" in caplog.text


def test_a_worker_that_has_ended_is_replaced_unless_the_service_ends(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    dead = FakeProcess.made[0]
    dead.alive, dead.exitcode = False, -9
    assert pids(workers) == [102, 101]
    assert "the worker 100 has ended (killed by SIGKILL)" in caplog.text
    FakeProcess.made[1].alive = False
    workers.should_exit.set()
    assert pids(workers) == [102, 101]


def test_a_worker_that_cannot_start_ends_the_service(workers: Workers) -> None:
    dead = FakeProcess.made[0]
    dead.alive, dead.exitcode = False, supervision.STARTUP_FAILURE
    assert pids(workers) == [100, 101]
    assert workers.should_exit.is_set()


@pytest.mark.parametrize(
    ("code", "words"), [(1, "exit code 1"), (-15, "killed by SIGTERM"), (-99, "killed by signal 99")]
)
def test_the_way_of_ending_is_said_in_words(code: int, words: str) -> None:
    assert ending(code) == words


def test_the_port_closes_with_the_workers(workers: Workers) -> None:
    workers.processes = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        workers.sockets = [listener]
        workers.terminate_all()
        assert listener.fileno() == -1

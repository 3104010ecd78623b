"""Workers that end or hang are replaced, and those that only take their time are not."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn import Config

from service import supervision
from service.supervision import Workers, ending


class FakeProcess:
    """A worker that says what a test wants it to say."""

    made: list[FakeProcess]
    ready = True

    def __init__(self, **_: Any) -> None:
        self.pid = 100 + len(self.made)
        self.alive, self.answers, self.exitcode = True, True, None
        self.made.append(self)

    def is_alive(self) -> bool:
        return self.alive

    def start(self) -> None:
        pass

    kill = join = terminate = start

    def poll(self) -> bool:
        """Whether there are signs of life: one, each time that they are looked for."""
        self.asked = not getattr(self, "asked", False)
        return self.answers and self.asked

    def recv(self) -> bool:
        return self.ready

    def close(self) -> None:
        """What a supervisor does to a worker that it wants no more."""
        self.alive = False


class FakeContext:
    """Makes processes that are their own connections."""

    def set_forkserver_preload(self, _: list[str]) -> None:
        pass

    def Pipe(self) -> tuple[Any, Any]:  # noqa: N802
        made = FakeProcess()
        return made, SimpleNamespace(close=lambda: None)

    def Process(self, **_: Any) -> FakeProcess:  # noqa: N802
        return FakeProcess.made[-1]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which a test moves on."""
    time = [1.0]

    def sleep(seconds: float) -> None:
        time[0] += seconds

    monkeypatch.setattr(supervision, "time", SimpleNamespace(monotonic=lambda: time[0], sleep=sleep))
    return time


@pytest.fixture
def workers(now: list[float], monkeypatch: pytest.MonkeyPatch) -> Workers:
    FakeProcess.made = []
    monkeypatch.setattr(supervision, "multiprocessing", SimpleNamespace(get_context=lambda _: FakeContext()))
    made = Workers(Config("service.app:worker_app", log_config=None), [])
    made.workers = [made._new() for _ in range(2)]
    return made


def pids(workers: Workers) -> list[int | None]:
    workers.look_after()
    return [worker.process.pid for worker in workers.workers]


def test_a_worker_may_take_its_time_to_start_but_not_for_ever(workers: Workers, now: list[float]) -> None:
    FakeProcess.made[0].answers = False
    for now[0] in (1, 7, 61, 120):
        assert pids(workers) == [100, 101]
    now[0] = 122
    assert pids(workers) == [102, 101]


def test_a_worker_that_falls_silent_is_replaced(
    workers: Workers, now: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    assert pids(workers) == [100, 101]
    FakeProcess.made[1].answers = False
    now[0] = 30
    assert pids(workers) == [100, 101]
    now[0] = 32
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
    workers.ends = True
    assert pids(workers) == [102, 101]


def test_a_worker_that_cannot_start_ends_the_service(workers: Workers) -> None:
    dead = FakeProcess.made[0]
    dead.alive, dead.exitcode = False, supervision.CANNOT_START
    assert pids(workers) == [100, 101]
    assert workers.ends


def test_workers_are_replaced_one_by_one_when_that_is_asked_for(workers: Workers) -> None:
    workers.replace_all()
    assert pids(workers) == [102, 103]
    assert [process.alive for process in FakeProcess.made] == [False, False, True, True]


def test_workers_stay_where_no_other_can_start(
    workers: Workers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    poll = FakeProcess.poll
    monkeypatch.setattr(FakeProcess, "poll", lambda process: process.pid < 102 and poll(process))
    workers.replace_all()
    assert [worker.process.pid for worker in workers.workers] == [100, 101]
    assert "the worker 102 could not start: others stay as they are" in caplog.text


def test_a_worker_lost_while_another_takes_its_time_to_end_is_replaced(
    workers: Workers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    glances = [0]

    def is_alive(process: FakeProcess) -> bool:
        glances[0] += process.pid == 100
        return process.alive if process.pid != 100 else glances[0] < 10

    def close(process: FakeProcess) -> None:
        process.alive = FakeProcess.made[1].alive = False

    monkeypatch.setattr(FakeProcess, "is_alive", is_alive)
    monkeypatch.setattr(FakeProcess, "close", close)
    workers.replace_all()
    assert [worker.process.pid for worker in workers.workers] == [102, 104]
    assert "the worker 101 has ended" in caplog.text


@pytest.mark.parametrize(
    ("code", "words"), [(1, "exit code 1"), (-15, "killed by SIGTERM"), (-99, "killed by signal 99")]
)
def test_the_way_of_ending_is_said_in_words(code: int, words: str) -> None:
    assert ending(code) == words


def test_the_port_closes_with_the_workers(workers: Workers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        workers = Workers(workers._config, [listener])
        workers.end()
        assert listener.fileno() == -1

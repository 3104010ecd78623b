"""Keeps the workers of a service running. Not for what they do.

uvicorn's own supervisor waits up to five seconds for a worker's sign of life and kills it otherwise. On a busy machine a worker takes longer
than that to import what it needs, so that it was killed again and again before it had begun. Only uvicorn's configuration and server are
used here.

On Linux, workers are forked from a process that has imported what all of them need and does nothing else: they share the memory of it, and
start at once.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from uvicorn import Config, Server

START_SECONDS = 120.0
"""How long a new worker may take to its first sign of life."""
SILENT_SECONDS = 30.0
"""How long a worker may be silent after that."""
BEAT_SECONDS = 0.5
"""How often a worker gives a sign of life."""
CANNOT_START = 3
"""With which code uvicorn ends where another try would fail in the same way."""
_GLANCE_SECONDS = 0.1
_FORKS = sys.platform == "linux"  # elsewhere, forked libraries of the system may fail
_RESTART = getattr(signal, "SIGHUP", None)
_END = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]

_log = logging.getLogger(__name__)


class Worker:
    """One worker process, which has begun. It ends also when the process that made it is gone.

    Parameters
    ----------
    config : Config
    sockets : sequence of socket
        Where it listens.
    """

    def __init__(self, config: Config, sockets: Sequence[socket.socket]) -> None:
        context = multiprocessing.get_context("forkserver") if _FORKS else multiprocessing.get_context("spawn")
        context.set_forkserver_preload(["service.preload"])
        self._beats, theirs = context.Pipe()
        self._begun, self._heard = time.monotonic(), 0.0
        self.ready = False
        self.process = context.Process(target=_work, args=(config, sockets, theirs))
        self.process.start()
        theirs.close()

    def listen(self) -> None:
        """Take in the signs of life that have come."""
        with suppress(EOFError, OSError):
            while self._beats.poll():
                self.ready = self._beats.recv()
                self._heard = time.monotonic()

    def trouble(self) -> str | None:
        """Why it has to be replaced, ``None`` where it need not be."""
        if not self.process.is_alive():
            return f"has ended ({ending(self.process.exitcode)})"
        self.listen()
        now = time.monotonic()
        if self._heard:
            return f"was silent for {SILENT_SECONDS:.0f} seconds" if now - self._heard > SILENT_SECONDS else None
        return f"did not start within {START_SECONDS:.0f} seconds" if now - self._begun > START_SECONDS else None

    def retire(self) -> None:
        """Let it finish what has begun and end, while others go on: it does not say that the service is about to stop."""
        self._beats.close()

    def terminate(self) -> None:
        """Let it end as the service does."""
        if sys.platform == "win32":  # where terminating is killing
            self.retire()
        else:
            self.process.terminate()

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.join()
        self._beats.close()


class Workers:
    """Worker processes, each replaced when it ends or hangs, and all of them on SIGHUP; their port closes with the last of them.

    Parameters
    ----------
    config : Config
    sockets : list of socket
        Where they listen.
    """

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        self.workers: list[Worker] = []
        self.ends = False
        self._config = config
        self._sockets = sockets
        self._restarts = False
        self._retired: list[Worker] = []

    def run(self) -> None:
        """Keep them running until SIGINT or SIGTERM."""
        for number in [*_END, _RESTART] if _RESTART else _END:
            signal.signal(number, self._note)
        self.workers = [self._new() for _ in range(self._config.workers)]
        while not self.ends:
            self._glance()
            if self._restarts:
                self._restarts = False
                self.replace_all()
        self.end()

    def look_after(self) -> None:
        """Replace those in trouble, without waiting for any: signals, and the other workers, wait meanwhile."""
        for number, worker in enumerate(self.workers):
            trouble = worker.trouble()
            if trouble is None or self.ends:
                continue
            worker.kill()
            if worker.process.exitcode == CANNOT_START:
                _log.error("the worker %s could not start: the service ends", worker.process.pid)
                self.ends = True
                return
            _log.error("the worker %s %s: another one takes its place", worker.process.pid, trouble)
            self.workers[number] = self._new()

    def replace_all(self) -> None:
        """Replace them one by one, each when its successor can label; if one never can, the others stay."""
        for number in range(len(self.workers)):
            successor = self._new()
            while not successor.ready and not self.ends and not successor.trouble():
                self._glance()
            if not successor.ready:
                successor.kill()
                if not self.ends:
                    _log.error("the worker %s could not start: others stay as they are", successor.process.pid)
                return
            former, self.workers[number] = self.workers[number], successor
            former.retire()
            self._retired = [former]
            while former.process.is_alive() and not self.ends:
                self._glance()

    def end(self) -> None:
        """Tell them to end, close the port, at which new clients would wait for an answer that nobody gives, and wait."""
        for worker in (*self.workers, *self._retired):
            worker.terminate()
        for listener in self._sockets:
            listener.close()
        for worker in (*self.workers, *self._retired):
            worker.process.join()

    def _glance(self) -> None:
        time.sleep(_GLANCE_SECONDS)
        self.look_after()

    def _new(self) -> Worker:
        return Worker(self._config, self._sockets)

    def _note(self, number: int, _: object) -> None:
        if number == _RESTART:
            self._restarts = True
        else:
            self.ends = True


def _work(config: Config, sockets: list[socket.socket], supervisor: Connection) -> None:
    """What a worker does."""
    config.configure_logging()
    server = Server(config)
    threading.Thread(target=_keep_telling, args=(server, supervisor), daemon=True).start()
    with suppress(KeyboardInterrupt):  # uvicorn has stopped in good order, and raises the signal anew
        server.run(sockets)


def _keep_telling(server: Server, supervisor: Connection) -> None:
    """Give signs of life until the supervisor wants no more or is gone; then let the server end."""
    with suppress(OSError):
        while not supervisor.poll(BEAT_SECONDS):
            supervisor.send(server.started)
    while not server.started:  # it would end without an end of the application
        time.sleep(BEAT_SECONDS)
    server.should_exit = True


def ending(code: int | None) -> str:
    """Why a process has ended, in words."""
    if code is None or code >= 0:
        return f"exit code {code}"
    return f"killed by {signal.Signals(-code).name}" if -code in set(signal.Signals) else f"killed by signal {-code}"

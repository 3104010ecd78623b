"""Keeps the workers of a service running. Not for what they do.

uvicorn's own supervisor waits up to five seconds for a worker's sign of life and kills it otherwise. On a busy machine a worker takes longer
than that to import what it needs, so that it was killed again and again before it had begun.

On Linux, workers are forked from a process that has imported what all of them need and does nothing else: they share the memory of it, and
start at once.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import sys
import time

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors.multiprocess import Multiprocess, Process

START_SECONDS = 120.0
"""How long a new worker may take to its first sign of life."""
SILENT_SECONDS = 30.0
"""How long a worker may be silent after that."""
_GLANCE_SECONDS = 0.01
_FORKS = sys.platform == "linux"  # elsewhere, forked libraries of the system may fail

_log = logging.getLogger(__name__)


class Worker(Process):
    """One worker process."""

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        if not _FORKS:
            super().__init__(config, sockets)
            return
        self.config = config
        self._server = None
        self.parent_conn, self.child_conn = multiprocessing.Pipe()
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["service.preload"])
        self.process = context.Process(target=self._begin, args=(sockets,))  # type: ignore[assignment]

    def _begin(self, sockets: list[socket.socket]) -> None:
        self.config.configure_logging()
        self.target(sockets)


class Workers(Multiprocess):
    """Worker processes, each replaced when it ends or hangs, whose port closes with the last of them."""

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._seen: dict[int, float] = {}
        self._heard: dict[int, float] = {}

    def init_processes(self) -> None:
        """Start all workers."""
        self.processes = [Worker(self.config, self.sockets) for _ in range(self.processes_num)]
        for process in self.processes:
            process.start()

    def keep_subprocess_alive(self) -> None:
        """Look after each worker, without waiting for any: signals, and the other workers, wait meanwhile."""
        for number, process in enumerate(self.processes):
            trouble = self._trouble(process)
            if trouble is None or self.should_exit.is_set():
                continue
            process.kill()
            process.join()
            if process.exitcode == STARTUP_FAILURE:  # the next one would fail in the same way
                _log.error("the worker %s could not start: the service ends", process.pid)
                self.should_exit.set()
                return
            _log.error("the worker %s %s: another one takes its place", process.pid, trouble)
            self._seen.pop(process.pid or 0, None)
            self._heard.pop(process.pid or 0, None)
            self.processes[number] = Worker(self.config, self.sockets)
            self.processes[number].start()

    def terminate_all(self) -> None:
        """Tell the workers to end, and close the port: new clients would wait at it for an answer that nobody gives."""
        super().terminate_all()
        for listener in self.sockets:
            listener.close()

    def _trouble(self, process: Process) -> str | None:
        """Why a worker has to be replaced, ``None`` where it need not be."""
        if not process.process.is_alive():
            return f"has ended ({ending(process.exitcode)})"
        now, pid = time.monotonic(), process.pid or 0
        if process.ping(_GLANCE_SECONDS):
            self._heard[pid] = now
            return None
        if pid in self._heard:
            return f"was silent for {SILENT_SECONDS:.0f} seconds" if now - self._heard[pid] > SILENT_SECONDS else None
        first = self._seen.setdefault(pid, now)
        return f"did not start within {START_SECONDS:.0f} seconds" if now - first > START_SECONDS else None


def ending(code: int | None) -> str:
    """Why a process has ended, in words."""
    if code is None or code >= 0:
        return f"exit code {code}"
    return f"killed by {signal.Signals(-code).name}" if -code in set(signal.Signals) else f"killed by signal {-code}"

"""The service as an operator runs it, in processes of its own, with its log and its memory. Not for talking to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

_COMMAND = """import sys
from newsstand.__main__ import run_command
sys.exit(run_command("serve", "service.commands.serve", sys.argv[1:]))
"""


class RealService:
    """``newsstand serve`` for the length of a block.

    Parameters
    ----------
    models : Path
    workers : int
    environment : dict
        Settings besides.
    """

    def __init__(self, models: Path, workers: int = 2, environment: dict[str, str] | None = None) -> None:
        self.log: list[dict[str, Any]] = []
        self.port = 0
        self._workers = workers
        self._command = [
            sys.executable,
            "-c",
            _COMMAND,
            "--port",
            "0",
            "--workers",
            str(workers),
            "--models",
            str(models),
        ]
        self._environment = {
            "NEWSSTAND_LOG_FORMAT": "json",
            "NEWSSTAND_KEYS": str(models / "no-keys.json"),
            **(environment or {}),
        }

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command, env=os.environ | self._environment, stderr=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        try:
            self._wait(lambda: self.port, "did not listen")
            self._wait(lambda: self.metric("newsstand_workers_ready") == self._workers, "did not become ready")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._reader.join(5)

    def workers(self) -> list[int]:
        """Process ids of the workers: children of the process that they are forked from."""
        return [
            worker
            for child in _children(self.process.pid)
            if b"forkserver" in _command_line(child)
            for worker in _children(child)
        ]

    def metric(self, name: str, labels: str = "") -> float | None:
        """A sample of ``/metrics``, ``None`` where there is none."""
        with suppress(OSError):
            for line in self.get("/metrics")[1].decode().splitlines():
                if line.startswith(name) and labels in line and line[len(name)] in "{ ":
                    return float(line.split()[-1])
        return None

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and content of a GET."""
        return self._ask(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}"))

    def post(self, path: str) -> tuple[int, bytes]:
        """Status and content of a POST without a body."""
        return self._ask(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=b"", method="POST"))

    def said(self, words: str, since: int = 0) -> str | None:
        """The first line of the log, from a number on, in which these words stand."""
        return next((line["event"] for line in self.log[since:] if words in str(line.get("event"))), None)

    def failures(self, since: int = 0) -> int:
        """Lines of the log about errors that nobody has foreseen."""
        return sum(line.get("event") == "the service failed" for line in self.log[since:])

    def _ask(self, request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def _read_log(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            try:
                self.log.append(json.loads(line))
            except ValueError:
                self.log.append({"event": line.rstrip()})
            listening = re.search(r"Listening on http://127\.0\.0\.1:(\d+) ", line)
            if listening:
                self.port = int(listening.group(1))

    def _wait(self, condition: Any, otherwise: str) -> None:
        for _ in range(600):
            if condition():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the service {otherwise}: {self.log[-3:]}")


def resident_mib(pids: list[int]) -> float:
    """Memory in use by some processes, pages that they share counted once, in MiB (Pss of the Linux kernel)."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return round(total / 1024, 1)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""

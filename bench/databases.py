"""Databases that can be taken away and brought back. Not for what a service does meanwhile (see :mod:`bench.faults`)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

TRIES = 2_000
"""How often the system is asked to let go of a file system that is in use."""


class CannotBeMade(Exception):
    """This machine has no such database, and why."""


class Database(Protocol):
    """What is done to a database; ``name`` and what each fault means, in words."""

    name: str
    read_only: str
    gone: str
    address: str

    def forbid_writing(self) -> None:
        """Let it be read only."""

    def allow_writing(self) -> None:
        """Let it be written again."""

    def leave(self) -> None:
        """Take it away."""

    def come_back(self) -> None:
        """Bring it back as it was."""

    def close(self) -> None:
        """Remove it."""


class MountedSqlite:
    """SQLite on a file system that is mounted where the service looks for it.

    Raises
    ------
    CannotBeMade
        If nothing can be mounted here.
    """

    name = "SQLite"
    read_only = "its file system mounted read-only"
    gone = "its file system unmounted, so that its folder is empty"

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="newsstand-store-"))
        self._disk, self._place = self._folder / "disk", self._folder / "place"
        self._disk.mkdir()
        self._place.mkdir()
        self.address = f"sqlite:///{self._place / 'store.db'}"
        try:
            self.come_back()
        except CannotBeMade:
            shutil.rmtree(self._folder)
            raise

    def forbid_writing(self) -> None:
        """Let it be read only."""
        _insist("mount", "-o", "remount,bind,ro", str(self._place))

    def allow_writing(self) -> None:
        """Let it be written again."""
        _insist("mount", "-o", "remount,bind,rw", str(self._place))

    def leave(self) -> None:
        """Take it away."""
        _insist("umount", str(self._place))

    def come_back(self) -> None:
        """Bring it back as it was."""
        _insist("mount", "--bind", str(self._disk), str(self._place))

    def close(self) -> None:
        """Remove it."""
        _insist("umount", str(self._place))
        shutil.rmtree(self._folder)


class PostgresqlServer:
    """A PostgreSQL server of our own.

    Raises
    ------
    CannotBeMade
        If none is installed, or nobody is there who may run it.
    """

    name = "PostgreSQL"
    read_only = "default_transaction_read_only = on"
    gone = "its server ended at once, as by a crash"

    def __init__(self) -> None:
        self._bin = _installed_postgresql()
        self._user = "postgres" if os.getuid() == 0 else None  # it does not run as root
        self._folder = Path(tempfile.mkdtemp(prefix="newsstand-postgresql-"))
        if self._user:
            shutil.chown(self._folder, self._user)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
        self.address = f"postgresql://newsstand@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "-U", "newsstand", "--auth", "trust")
        self.come_back()

    def forbid_writing(self) -> None:
        """Let it be read only."""
        self._set("default_transaction_read_only = on\n")

    def allow_writing(self) -> None:
        """Let it be written again."""
        self._set("")

    def leave(self) -> None:
        """Take it away."""
        self._run("pg_ctl", "stop", "-m", "immediate", "-w")

    def come_back(self) -> None:
        """Bring it back as it was."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -k {self._folder}"
        self._run("pg_ctl", "start", "-w", "-l", str(self._folder / "log"), "-o", options)

    def close(self) -> None:
        """Remove it."""
        self.leave()
        shutil.rmtree(self._folder)

    def _set(self, settings: str) -> None:
        (self._folder / "postgresql.auto.conf").write_text(settings)  # where ALTER SYSTEM writes
        self._run("pg_ctl", "reload")

    def _run(self, program: str, *options: str) -> None:
        command = [str(self._bin / program), "-D", str(self._folder), *options]
        subprocess.run(command, check=True, user=self._user, cwd="/", stdout=subprocess.DEVNULL)


def _installed_postgresql() -> Path:
    """The folder of PostgreSQL's programs."""
    if find_spec("psycopg") is None:
        raise CannotBeMade("psycopg is not installed here: pip install 'newsstand[postgresql]'")
    found = shutil.which("pg_ctl")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))  # Debian keeps them from the PATH
    if not (found or folders):
        raise CannotBeMade("no PostgreSQL server is installed here")
    return Path(found).resolve().parent if found else folders[-1].parent


def _insist(*command: str) -> None:
    """Ask the system for a change of its mounts until the file system is in use by nobody for a moment."""
    for _ in range(TRIES):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not done.returncode:
            return
        if "busy" not in done.stderr:
            break
        time.sleep(0.005)
    raise CannotBeMade(f"mounting a file system is not possible here ({done.stderr.strip().splitlines()[-1]})")

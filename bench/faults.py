"""Things that go wrong in production, done on purpose to a service under load. Not for load alone (see :mod:`bench.reliability`)."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.corrections import Corrections
from bench.databases import Database
from bench.load import Load, Tally, until_answered
from bench.real_service import RealService
from bench.traffic import Request
from service.store import Store

CONNECTIONS = 4
CHANGES = 100
ASKED = 40
SETTLE_SECONDS = 2.0
RECOVERY_SECONDS = 5.0
Row = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """A service with two runs, ``champion`` and ``other``, and what is sent to it."""

    service: RealService
    models: Path
    champion: str
    other: str
    good: Sequence[Request]
    bad: Sequence[Request]

    @property
    def run(self) -> Path:
        """Directory of the champion."""
        return self.models / self.champion


@asynccontextmanager
async def under_load(scene: Scene) -> AsyncIterator[Tally]:
    """Keep the service busy until the block ends, and for a moment before and after."""
    load = Load(scene.service.port, scene.good, scene.bad)
    load.begin(CONNECTIONS)
    await asyncio.sleep(SETTLE_SECONDS)
    try:
        yield load.tally
    finally:
        await asyncio.sleep(SETTLE_SECONDS)
        await load.end()


def row(scene: Scene, step: str, done: str, tally: Tally, since: int, seen: str, *, good: bool = True) -> Row:
    """What a step has shown; ``since`` is the first line of the log that belongs to it."""
    sound = tally.sound and not scene.service.failures(since)
    return {
        "step": step,
        "done": done,
        "seen": seen,
        "answered": tally.answered,
        "failed": sum(tally.failed.values()) + sum(tally.rude.values()),
        "wrong": tally.wrong,
        "sent_again": tally.broken,
        "p99_ms": tally.percentile(99),
        "passed": bool(good and sound),
    }


async def kill_worker(scene: Scene) -> Row:
    """Kill a worker as the kernel does when memory runs out."""
    since, before = len(scene.service.log), scene.service.workers()
    async with under_load(scene) as tally:
        os.kill(before[0], signal.SIGKILL)
        begun = time.perf_counter()
        answered = await until_answered(scene.service.port, scene.good[0], RECOVERY_SECONDS)
        await _until(lambda: scene.service.said("Application startup complete", since) is not None, 30)
        seconds = time.perf_counter() - begun
    line = scene.service.said(f"the worker {before[0]} has ended", since)
    seen = f"a new client was answered after {answered} s, a new worker ran after {seconds:.1f} s; log: {line!r}"
    return row(
        scene,
        "kill -9 a worker",
        "SIGKILL to one of two workers",
        tally,
        since,
        seen,
        good=answered is not None and line is not None,
    )


async def change_champion(scene: Scene) -> Row:
    """Promote and roll back, over and over."""
    since, statuses = len(scene.service.log), []
    async with under_load(scene) as tally:
        for _ in range(CHANGES):
            statuses.append((await asyncio.to_thread(scene.service.post, f"/v1/models/{scene.other}/promote"))[0])
            statuses.append((await asyncio.to_thread(scene.service.post, "/v1/models/rollback"))[0])
    refused = sum(status != 200 for status in statuses)
    by_run = ", ".join(f"{n:,} by {run}" for run, n in sorted(tally.runs.items()))
    seen = (
        f"{len(statuses)} changes, {refused} refused; answers {by_run}; each is byte for byte that of the run it names"
    )
    good = not refused and len(tally.runs) == 2
    return row(scene, "promote and roll back", f"{CHANGES} times each", tally, since, seen, good=good)


async def alter_champion(scene: Scene) -> Row:
    """Overwrite a piece of the weights where they lie, as a failing disk or a careless copy does."""

    def alter() -> None:
        with (scene.run / "table.npy").open("r+b") as table:
            table.seek(table.seek(0, os.SEEK_END) // 3)
            table.write(os.urandom(1 << 20))

    return await _damage(scene, "corrupt the champion", "1 MiB of its weights overwritten in place", alter)


async def cut_champion(scene: Scene) -> Row:
    """Cut the weights short where they lie."""

    def cut() -> None:
        os.truncate(scene.run / "table.npy", 4096)

    return await _damage(scene, "truncate the champion", "its weights cut to 4 KiB in place", cut)


async def delete_champion(scene: Scene) -> Row:
    """Remove the champion's directory."""

    def delete() -> None:
        shutil.rmtree(scene.run)

    return await _damage(scene, "delete the champion", "its directory removed", delete)


async def _damage(scene: Scene, step: str, done: str, harm: Callable[[], None]) -> Row:
    """Harm the champion's files under load, and lose a worker besides; then bring them back."""
    since = len(scene.service.log)
    with tempfile.TemporaryDirectory() as kept:
        shutil.copytree(scene.run, Path(kept) / "run")
        async with under_load(scene) as tally:
            harm()
            line = await _logged(scene, "the champion cannot be used", since)
            before = scene.service.workers()
            os.kill(before[0], signal.SIGKILL)
            await _until(lambda: scene.service.said("Application startup complete", since) is not None, 60)
            asked = [(await asyncio.to_thread(scene.service.get, "/health/ready"))[0] for _ in range(ASKED)]
            ready = asked.count(200)
            status, _ = await asyncio.to_thread(scene.service.post, f"/v1/models/{scene.champion}/promote")
            shutil.rmtree(scene.run, ignore_errors=True)
            shutil.copytree(Path(kept) / "run", scene.run)
            back = await _logged(scene, "labelling with the run", since, after=line)
    seen = (
        f"log: {line!r}; promoting it anew was refused with {status}; a worker killed meanwhile came back and labelled "
        f"with the run in use ({ready} of {ASKED} new connections found a worker that is ready); with the files back: {back!r}"
    )
    good = bool(line) and status in (404, 409) and ready == ASKED and bool(back)
    return row(scene, step, f"{done}, then a worker killed", tally, since, seen, good=good)


async def fill_disk(folder: Path, start: Callable[[Path, Path], Awaitable[Scene]] | None, reason: str = "") -> Row:
    """Fill the file system that holds the models and the temporary files of a service, and change the champion on it."""
    if start is None:
        return {"step": "fill the disk", "done": "skipped", "seen": reason, "passed": None}
    scene = await start(folder, folder)
    try:
        return await _fill_disk(scene, folder)
    finally:
        scene.service.__exit__()


async def _fill_disk(scene: Scene, folder: Path) -> Row:
    since = len(scene.service.log)
    pointer = (scene.models / "champion.json").read_bytes()
    async with under_load(scene) as tally:
        ballast = folder / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 12))
            except OSError:
                pass
        refused, _ = await asyncio.to_thread(scene.service.post, f"/v1/models/{scene.other}/promote")
        await asyncio.sleep(SETTLE_SECONDS)
        kept = (scene.models / "champion.json").read_bytes() == pointer
        ballast.unlink()
        allowed, _ = await asyncio.to_thread(scene.service.post, f"/v1/models/{scene.other}/promote")
        await asyncio.to_thread(scene.service.post, "/v1/models/rollback")
    line = scene.service.said("the models directory cannot be used", since)
    seen = f"promoting was refused with {refused}, log: {line!r}, and champion.json stayed whole; with space again: {allowed}"
    good = refused == 503 and kept and allowed == 200 and line is not None
    return row(
        scene, "fill the disk", "the file system of models and temporary files filled", tally, since, seen, good=good
    )


async def forbid_database(scene: Scene, database: Database) -> Row:
    """Let the database be read only."""
    step, done = f"{database.name} is read-only", database.read_only
    return await _without_database(scene, database, step, done, database.forbid_writing, database.allow_writing)


async def lose_database(scene: Scene, database: Database) -> Row:
    """Take the database away."""
    return await _without_database(
        scene, database, f"{database.name} is gone", database.gone, database.leave, database.come_back
    )


async def _without_database(
    scene: Scene, database: Database, step: str, done: str, harm: Callable[[], None], mend: Callable[[], None]
) -> Row:
    """Send corrections beside the articles, harm the database, lose a worker besides, and mend it; then count what was kept."""
    since, sent = len(scene.service.log), Corrections(scene.service.port, scene.champion)
    async with under_load(scene) as tally:
        sent.begin(CONNECTIONS)
        await asyncio.sleep(SETTLE_SECONDS)
        await asyncio.to_thread(harm)
        line = await _logged(scene, "the store cannot be used", since)
        await asyncio.sleep(SETTLE_SECONDS)  # answers to what was kept before may still be on their way
        early = len(sent.kept)
        await _replace_worker(scene)
        late = len(sent.kept) - early
        await asyncio.to_thread(mend)
        begun, now = time.perf_counter(), len(sent.kept)
        await _until(lambda: len(sent.kept) > now, 30)
        seconds = time.perf_counter() - begun
        await sent.end()
        accepted = sum([await sent.send() for _ in range(ASKED)])
    lost = len(sent.kept - _ids(database))
    refused = ", ".join(f"{n:,} with 503 /problems/{problem}" for problem, n in sent.refused.items())
    seen = (
        f"{early:,} corrections kept before; meanwhile {late} kept and {refused or 'none refused'}, also by a worker that took the "
        f"place of one killed; log: {line!r}; {seconds:.1f} s after its return corrections were kept again, {accepted} of {ASKED} on "
        f"new connections; of {len(sent.kept):,} that were answered as kept, {lost} are lost"
    )
    good = bool(line and early and sent.refused) and accepted == ASKED and not (late or lost or sent.failed)
    found = row(scene, step, f"{done}, then a worker killed", tally, since, seen, good=good)
    return found | {"failed": found["failed"] + sum(sent.failed.values())}


async def _replace_worker(scene: Scene) -> None:
    """Kill a worker, and wait for the next, and for what it is asked first."""
    since = len(scene.service.log)
    os.kill(scene.service.workers()[0], signal.SIGKILL)
    await _until(lambda: scene.service.said("Application startup complete", since) is not None, 60)
    await asyncio.sleep(SETTLE_SECONDS)


def _ids(database: Database) -> set[str]:
    """The corrections in a database, read as the export does."""
    store = Store(database.address)
    try:
        return {correction.id for correction in store.corrections()}
    finally:
        store.close()


def mounted(size: int) -> tuple[Path | None, str]:
    """A file system in memory of so many bytes, or why there is none."""
    folder = Path(tempfile.mkdtemp(prefix="newsstand-disk-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        folder.rmdir()
        return None, f"mounting a small file system is not allowed here ({done.stderr.strip().splitlines()[-1]})"
    return folder, ""


def unmount(folder: Path) -> None:
    """Let such a file system go."""
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


async def _logged(scene: Scene, words: str, since: int, after: str | None = None) -> str | None:
    """A line of the log with these words, awaited for a while; the last of them, if it has to come after another."""

    def find() -> str | None:
        lines = scene.service.log[since:]
        start = next((n for n, line in enumerate(lines) if line.get("event") == after), 0) if after else 0
        return next((line["event"] for line in lines[start:] if words in str(line.get("event"))), None)

    await _until(lambda: find() is not None, 70)
    return find()


async def _until(condition: Callable[[], bool], most: float) -> None:
    begun = time.perf_counter()
    while not condition() and time.perf_counter() - begun < most:
        await asyncio.sleep(0.1)

"""Load and faults on a real service: ``python -m bench.reliability`` (``make bench-reliability``).

Two workers over sockets answer articles of 1 to 60 KB, 5 % of the requests bad; then four times what they can take; then things that
go wrong in production. Every answer is compared byte for byte with those that the runs give in this process, and every correction is
looked for in its database. Prints a table and a JSON line a step; ``--write`` also writes docs/reliability.md. Exit code 1 if a step
has not passed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import uvloop

from bench import databases, faults
from bench.faults import RECOVERY_SECONDS, Row, Scene, row
from bench.load import Load, Tally
from bench.real_service import RealService, resident_mib
from bench.reliability_page import cell, write_page
from bench.traffic import LARGEST, SMALLEST, bad_requests, mixed_requests
from newsstand.registry import Registry
from newsstand.tagger import Tagger
from train.card import table

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
CONNECTIONS = 16
HEAVY = 20_000
TIMES = 4
OVERLOAD_SECONDS = 15.0
SAMPLE_SECONDS = 2.0
FLAT_SHARE, FLAT_MIB = 0.05, 8.0
STEPS: dict[str, Callable[[Scene], object]] = {
    "kill": faults.kill_worker,
    "change": faults.change_champion,
    "alter": faults.alter_champion,
    "cut": faults.cut_champion,
    "delete": faults.delete_champion,
}
DATABASES: dict[str, type[databases.MountedSqlite | databases.PostgresqlServer]] = {
    "sqlite": databases.MountedSqlite,
    "postgresql": databases.PostgresqlServer,
}
NAMES = ("load", "overload", *STEPS, "disk", *DATABASES)


async def load_step(scene: Scene, seconds: float) -> Row:
    """Steady load, with the workers' memory by time."""
    since, load = len(scene.service.log), Load(scene.service.port, scene.good, scene.bad)
    load.begin(CONNECTIONS)
    warm, samples = min(20.0, seconds / 4), []
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds:
        await asyncio.sleep(SAMPLE_SECONDS)
        if time.perf_counter() - begun >= warm:
            samples.append(resident_mib(scene.service.workers()))
    passed = time.perf_counter() - begun
    tally = await load.end()
    part = max(1, len(samples) // 4)
    first, last = sum(samples[:part]) / part, sum(samples[-part:]) / part
    seen = (
        f"{tally.answered / passed:.0f} good requests a second, p50 {tally.percentile(50)} ms, p99 {tally.percentile(99)} ms; "
        f"{tally.bad:,} bad ones got the status they deserve; memory of both workers {first:.0f} MiB after {warm:.0f} s, "
        f"{last:.0f} MiB at the end, {max(samples):.0f} MiB at most"
    )
    flat = last - first <= max(FLAT_MIB, FLAT_SHARE * first)
    done = f"{CONNECTIONS} connections for {seconds:.0f} s"
    return row(scene, "load", done, tally, since, seen, good=flat and not tally.shed) | {"memory_mib": samples}


async def overload_step(scene: Scene, heavy: Scene) -> Row:
    """Four times what the service can take, and whether it is itself again afterwards."""
    since = len(scene.service.log)
    usual = await Load(scene.service.port, heavy.good, ()).during(2, 4)
    most = await Load(scene.service.port, heavy.good, ()).during(64, 6)
    capacity = most.answered / 6
    begun = time.perf_counter()
    flood = Load(scene.service.port, heavy.good, scene.bad)
    tally = await flood.at_rate(TIMES * capacity, OVERLOAD_SECONDS)
    took = time.perf_counter() - begun
    recovered = await _recovered(heavy, usual)
    offered = (tally.sent + tally.not_sent) / OVERLOAD_SECONDS
    seen = (
        f"takes {capacity:.0f} a second, was offered {offered:.0f}: {tally.answered / took:.0f} a second answered (p99 "
        f"{tally.percentile(99)} ms), {tally.shed:,} refused with 429 or 503 and Retry-After, {tally.not_sent:,} never left the "
        f"client, which has {_connections()} connections; as before {recovered if recovered is not None else 'never'} s later"
    )
    good = tally.shed > 0 and tally.answered / took >= 0.3 * capacity and recovered is not None
    done = f"{TIMES} times as many requests as it can take, articles of 20 to 60 KB, for {OVERLOAD_SECONDS:.0f} s"
    return row(scene, "overload", done, tally, since, seen, good=good) | {"recovered_seconds": recovered}


def _connections() -> int:
    from bench.load import MOST_CONNECTIONS

    return MOST_CONNECTIONS


async def _recovered(scene: Scene, usual: Tally) -> float | None:
    """Seconds until half a second of light load is answered whole, in about the time it took before."""
    begun = time.perf_counter()
    while (passed := time.perf_counter() - begun) <= RECOVERY_SECONDS:
        now = await Load(scene.service.port, scene.good, ()).during(2, 0.5)
        if now.sound and not now.shed and now.percentile(50) <= 2 * usual.percentile(50) + 5:
            return round(passed, 1)
    return None


async def measure(scene: Scene, heavy: Scene, steps: Sequence[str], seconds: float) -> list[Row]:
    """All steps but those of the disk and of databases, which need a service of their own."""
    rows = []
    for name in (name for name in ("load", "overload", *STEPS) if name in steps):
        print(f"step: {name}", file=sys.stderr)
        if name == "load":
            rows.append(await load_step(scene, seconds))
        elif name == "overload":
            rows.append(await overload_step(scene, heavy))
        else:
            rows.append(await STEPS[name](scene))  # type: ignore[misc]
        print(json.dumps(rows[-1]), file=sys.stderr)
    return rows


async def _disk_step(scene: Scene, source: Path) -> Row:
    """On a file system of its own, which has room for the runs, their copies, and the 68 MB that each worker needs for a moment."""
    size = 4 * sum(file.stat().st_size for file in source.rglob("*") if file.is_file()) + (200 << 20)
    folder, reason = faults.mounted(size)
    if folder is None:
        return await faults.fill_disk(Path(), None, reason)

    async def start(models: Path, temporary: Path) -> Scene:
        shutil.copytree(source, models / "models")
        (models / "tmp").mkdir()
        service = RealService(models / "models", 2, {"TMPDIR": str(temporary / "tmp")}).__enter__()
        return replace(scene, service=service, models=models / "models")

    try:
        return await faults.fill_disk(folder, start)
    finally:
        faults.unmount(folder)


async def _database_steps(scene: Scene, name: str) -> list[Row]:
    """On a service that keeps corrections, and documents worth a look, in a database of its own."""
    try:
        database = DATABASES[name]()
    except databases.CannotBeMade as error:
        return [{"step": f"{DATABASES[name].name} fails", "done": "skipped", "seen": str(error), "passed": None}]
    environment = {"NEWSSTAND_STORE": database.address, "NEWSSTAND_REVIEW_DOCUMENTS": "100"}
    try:
        with RealService(scene.models, 2, environment) as service:
            kept = replace(scene, service=service)
            return [await faults.forbid_database(kept, database), await faults.lose_database(kept, database)]
    finally:
        database.close()


def prepare(folder: Path, models: Path) -> tuple[str, str]:
    """A models directory with a copy of the champion and a second run, trained on the sample; returns their names."""
    registry = Registry(models)
    champion = registry.resolve("champion")
    shutil.copytree(champion, folder / "models" / champion.name)
    files = [str(file) for file in sorted(SAMPLE.glob("*.jsonl"))]
    command = [
        sys.executable,
        "-m",
        "newsstand",
        "train",
        *files,
        "--name",
        "second",
        "--models",
        str(folder / "models"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    Registry(folder / "models").promote(champion.name)
    return champion.name, "second"


def main() -> int:
    """Run the steps."""
    parser = argparse.ArgumentParser(prog="python -m bench.reliability", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--seconds", type=float, default=120.0, metavar="N", help="how long the first step loads the service"
    )
    parser.add_argument(
        "--corpus", type=Path, action="append", metavar="FILE", help="articles to send (default: data/sample)"
    )
    parser.add_argument("--models", type=Path, default=Path("models"), metavar="DIR", help="its champion is served")
    parser.add_argument("--only", choices=NAMES, action="append", help="one of the steps; may be repeated")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    arguments = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    steps = arguments.only or NAMES
    with tempfile.TemporaryDirectory(prefix="newsstand-reliability-") as made:
        folder = Path(made)
        champion, other = prepare(folder, arguments.models)
        taggers = [Tagger.load(folder / "models" / name) for name in (champion, other)]
        files = arguments.corpus or sorted(SAMPLE.glob("*.jsonl"))
        good = mixed_requests(files, taggers, 300, SMALLEST)
        heavy = [r for r in mixed_requests(files, taggers, 200, HEAVY, seed=1) if r.size <= 2 * LARGEST]
        rows: list[Row] = []
        with RealService(folder / "models") as service:
            scene = Scene(service, folder / "models", champion, other, good, bad_requests(good))
            rows += uvloop.run(measure(scene, replace(scene, good=heavy), steps, arguments.seconds))
        if "disk" in steps:
            print("step: disk", file=sys.stderr)
            rows.append(uvloop.run(_disk_step(scene, folder / "models")))
        for name in (name for name in DATABASES if name in steps):
            print(f"step: {name}", file=sys.stderr)
            rows += uvloop.run(_database_steps(scene, name))
    columns = ("step", "answered", "failed", "wrong", "sent_again", "p99_ms", "passed")
    print(table([column.replace("_", " ") for column in columns], [[cell(r.get(c)) for c in columns] for r in rows]))
    for result in rows:
        print(json.dumps({"measurement": "reliability", **result}))
    if arguments.write:
        write_page(rows)
    return int(any(result["passed"] is False for result in rows))


if __name__ == "__main__":
    sys.exit(main())

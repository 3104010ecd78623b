"""Which labels and scores were given on which day, counted by every worker, and how far a day is from the training corpus.

Not for the metrics of a service that runs (see :mod:`service.counts`): these counts are kept by day, also over restarts.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anyio import to_thread

from newsstand.answers import Answer
from newsstand.artifact import Run
from newsstand.distributions import DISTRIBUTIONS, classes_of, stability_index, verdict, was_read
from newsstand.errors import InputError
from newsstand.formats.atomic import atomic_path

KEPT_DAYS = 90
KEPT_RUNS = 16
"""How many runs are counted on one day; of further ones nothing is."""
ENOUGH = 200
"""With fewer documents, a day is not compared: chance alone would look like drift."""
WRITE_SECONDS = 5.0
SUFFIX = ".drift.json"
PAST = f"past{SUFFIX}"
REFERENCE = "reference"
"""Where a run's ``about`` has the distributions of its training."""
_DAY = 86_400

_log = logging.getLogger(__name__)


class Tally:
    """What one run has given on one day."""

    __slots__ = ("classes", "documents", "not_read", "run")

    def __init__(self, run: str) -> None:
        self.run = run
        self.documents = 0
        self.not_read = 0
        self.classes: dict[str, defaultdict[str, int]] = {name: defaultdict(int) for name in DISTRIBUTIONS}

    def add(self, answer: Answer) -> None:
        """Count an answer."""
        if not was_read(answer):
            self.not_read += 1
            return
        self.documents += 1
        for distribution, name in classes_of(answer):
            self.classes[distribution][name] += 1

    def to_dict(self) -> dict[str, Any]:
        """The counts as a JSON object."""
        return {"run": self.run, "documents": self.documents, "not_read": self.not_read, "classes": self.classes}

    def merge(self, other: Mapping[str, Any]) -> None:
        """Add counts that were written as a JSON object.

        Raises
        ------
        KeyError, TypeError, ValueError, AttributeError
            If that is something else; nothing was added then.
        """
        classes = {str(name): dict(counts) for name, counts in other["classes"].items()}
        numbers = [other["documents"], other["not_read"], *(n for counts in classes.values() for n in counts.values())]
        if not all(type(n) is int and n >= 0 for n in numbers):
            raise ValueError("a count is no whole number")
        self.documents += other["documents"]
        self.not_read += other["not_read"]
        for distribution, counts in classes.items():
            own = self.classes.setdefault(distribution, defaultdict(int))
            for name, n in counts.items():
                own[name] += n


class Days:
    """Tallies by day, as ``2026-11-24`` in UTC, and by fingerprint of the run; the oldest days go first."""

    def __init__(self) -> None:
        self.tallies: dict[str, dict[str, Tally]] = {}

    def tally(self, day: str, fingerprint: str, run: str) -> Tally | None:
        """Where to count, ``None`` if too many runs are counted on that day already."""
        runs = self.tallies.get(day)
        if runs is None:
            runs = self.tallies[day] = {}
            for old in sorted(self.tallies)[:-KEPT_DAYS]:
                del self.tallies[old]
        found = runs.get(fingerprint)
        if found is None and len(runs) < KEPT_RUNS:
            found = runs[fingerprint] = Tally(run)
        return found

    def to_dict(self) -> dict[str, Any]:
        """All tallies as a JSON object."""
        return {day: {mark: tally.to_dict() for mark, tally in runs.items()} for day, runs in self.tallies.items()}

    def merge(self, other: Mapping[str, Any]) -> None:
        """Add tallies that were written as a JSON object."""
        for day, runs in sorted(other.items()):
            for fingerprint, counts in runs.items():
                tally = self.tally(day, fingerprint, str(counts["run"]))
                if tally is not None:
                    tally.merge(counts)


class Drift:
    """The tallies of this worker, which it leaves in a folder, and those of all workers together.

    Parameters
    ----------
    folder : Path or None
        ``None`` where there is one worker and nothing is kept.
    now : callable
        Seconds since 1970.
    """

    def __init__(self, folder: Path | None, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now
        self._days = Days()
        self._name = f"{os.getpid()}-{time.time_ns()}{SUFFIX}"
        self._day = ("", float(-_DAY))
        self._changed = False
        self._complained = False

    def count(self, answers: Sequence[Answer]) -> None:
        """Count some answers as of now; on the event loop alone."""
        self._changed = True
        day = self._today()
        for answer in answers:
            tally = self._days.tally(day, answer.fingerprint, answer.run)
            if tally is not None:
                tally.add(answer)

    async def keep_writing(self) -> None:
        """Leave the tallies in the folder until cancelled."""
        while self._folder:
            await asyncio.sleep(WRITE_SECONDS)
            if self._changed:
                self._changed = False
                await to_thread.run_sync(self._leave, json.dumps({"days": self._days.to_dict()}))

    def write(self) -> None:
        """Leave the tallies in the folder now."""
        if self._folder and self._changed:
            self._leave(json.dumps({"days": self._days.to_dict()}))

    async def total(self) -> Days:
        """The tallies of all workers, and of former ones."""
        total = await to_thread.run_sync(read_folder, self._folder, self._name) if self._folder else Days()
        total.merge(self._days.to_dict())
        return total

    def _leave(self, content: str) -> None:
        """Write to the folder. If that fails, the log says so once, it is tried again, and labelling goes on."""
        assert self._folder is not None
        try:
            _write(self._folder / self._name, content)
        except (OSError, InputError) as error:
            if not self._complained:
                _log.error("the counts for drift cannot be written to %s (%s)", self._folder, type(error).__name__)
            self._changed = self._complained = True
        else:
            self._complained = False

    def _today(self) -> str:
        """The day in UTC; looked up once a day, since this is on the way of every article."""
        now = self._now()
        if not self._day[1] <= now < self._day[1] + _DAY:
            start = now // _DAY * _DAY
            self._day = (datetime.fromtimestamp(start, UTC).date().isoformat(), start)
        return self._day[0]


def read_folder(folder: Path, without: str = "") -> Days:
    """The tallies in a folder. Files that were added to the past but not yet removed count once."""
    total = Days()
    past = _read(folder / PAST)
    named = past.get("absorbed")
    absorbed = named if isinstance(named, list) else []
    for content in (
        past,
        *(_read(path) for path in _left(folder) if path.name != without and path.name not in absorbed),
    ):
        with suppress(KeyError, TypeError, ValueError, AttributeError):  # written by something else
            total.merge(content.get("days", {}))
    return total


def gather(folder: Path) -> None:
    """Add what former workers have left to one file, before new ones begin.

    Wherever this is interrupted, nothing is lost and nothing counts twice: the new file names those that it contains.

    Raises
    ------
    OSError, InputError
    """
    left = _left(folder)
    if not left:
        return
    content = {"absorbed": [path.name for path in left], "days": read_folder(folder).to_dict()}
    _write(folder / PAST, json.dumps(content))
    for path in left:
        path.unlink(missing_ok=True)


def report(total: Days, run: Run) -> dict[str, Any]:
    """How far each day is from the run's training corpus, as a JSON object, the last day first."""
    reference = run_reference(run)
    missing = None
    if reference is None:
        missing = (
            f"the run {run.name} has no reference: it was trained before Newsstand wrote down what a run gives to articles that it "
            "never saw; its days are counted and cannot be compared, train it anew for that"
        )
    return {
        "run": run.name,
        "fingerprint": run.fingerprint,
        "reference": reference,
        "missing": missing,
        "enough": ENOUGH,
        "days": [
            _day(day, runs[run.fingerprint], reference)
            for day, runs in sorted(total.tallies.items(), reverse=True)
            if run.fingerprint in runs
        ],
    }


def run_reference(run: Run) -> dict[str, dict[str, int]] | None:
    """The distributions of the training of a run, ``None`` where it has none that makes sense."""
    found = run.about.get(REFERENCE)
    if not isinstance(found, Mapping):
        return None
    usable = {
        str(name): {str(label): n for label, n in counts.items()}
        for name, counts in found.items()
        if name in DISTRIBUTIONS and isinstance(counts, Mapping) and _are_counts(counts.values())
    }
    return usable or None


def latest(total: Days, run: Run) -> dict[str, dict[str, float]]:
    """The figures of the last day on which a run labelled enough documents to be compared, by distribution."""
    days = report(total, run)["days"]
    return next((day["distributions"] for day in days if day["distributions"]), {})


def _day(day: str, tally: Tally, reference: Mapping[str, Mapping[str, int]] | None) -> dict[str, Any]:
    compared = {}
    if reference and tally.documents >= ENOUGH:
        for name, counts in tally.classes.items():
            if counts and name in reference:
                index, chance = stability_index(reference[name], counts)
                compared[name] = {
                    "psi": round(index, 4),
                    "by_chance": round(chance, 4),
                    "verdict": verdict(index, chance),
                }
    return {
        "day": day,
        "documents": tally.documents,
        "not_read": tally.not_read,
        "distributions": compared,
        "counts": {
            name: dict(sorted(counts.items(), key=lambda item: -item[1]))
            for name, counts in tally.classes.items()
            if counts
        },
    }


def _are_counts(values: Iterable[Any]) -> bool:
    found = list(values)
    return all(type(n) is int and n >= 0 for n in found) and sum(found) > 0


def _left(folder: Path) -> list[Path]:
    """The files of workers."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.name != PAST and not path.name.startswith("."))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: str) -> None:
    with atomic_path(path) as fresh:
        fresh.write_text(content, encoding="utf-8")

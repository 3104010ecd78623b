"""A second run that labels a share of the traffic, so that its answers can be compared before it is promoted.

It never answers anybody. What it does is off the way of requests, in a thread and behind a bounded queue; what finds no place in it
is dropped and counted. Not for requests that name their run, which compare for themselves.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from newsstand.answers import Answer
from newsstand.errors import NewsstandError
from newsstand.tagger import Tagger
from service.counts import Counts
from service.engine import Engine
from service.options import Options

MOST_WAITING = 64
MOST_DOCUMENTS = 1024
"""How many documents may wait, in so many pieces of work."""
BUSY = 32
"""With so many requests begun and not ended, this worker has no time for a second opinion."""
FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 60.0
_NOT_READ = frozenset(["too_short", "language_not_supported"])

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work that the run in use has done, and what it answered."""

    work: Callable[[Tagger], Any]
    answers: Sequence[Answer]


class Shadow:
    """Compares the answers of a run with those of the run in use.

    Parameters
    ----------
    engine : Engine
    counts : Counts
    name : str
        The run that labels in the shadow.
    share : float
        Of the requests, from 0 to 1.

    Attributes
    ----------
    tagger : Tagger or None
        ``None`` while the run cannot be loaded.
    degraded : str or None
        Why it cannot.
    """

    def __init__(self, engine: Engine, counts: Counts, name: str, share: float) -> None:
        self.name = name
        self.share = share
        self.tagger: Tagger | None = None
        self.degraded: str | None = None
        self._engine = engine
        self._counts = counts
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue(MOST_WAITING)
        self._documents = 0
        self._chance = random.Random()  # noqa: S311 - which requests are compared is no secret

    def offer(self, work: partial[Any], answers: Sequence[Answer]) -> None:
        """Take note of answers that were given, perhaps to compare them later; returns at once.

        Parameters
        ----------
        work : partial
            What gave them; its first argument is the tagger, and the answers are the last thing that it returns.
        answers : sequence of Answer
        """
        if not answers or self._chance.random() >= self.share:
            return
        in_use = self._engine.tagger
        run = answers[0].run
        if run == self.name or in_use is None or run != in_use.run.name:
            return
        if (
            self.tagger is None
            or self._queue.full()
            or self._documents >= MOST_DOCUMENTS
            or self._counts.in_flight > BUSY
        ):
            self._tell("dropped", len(answers))
            return
        self._documents += len(answers)
        self._queue.put_nowait(Waiting(_without_evidence(work), answers))

    async def follow(self) -> None:
        """Load the run, and compare until cancelled."""
        with ThreadPoolExecutor(1, thread_name_prefix="shadow") as pool:
            self.tagger = await self._loaded(pool)
            while True:
                waiting = await self._queue.get()
                self._documents -= len(waiting.answers)
                await self._compare(pool, self.tagger, waiting)

    async def _loaded(self, pool: ThreadPoolExecutor) -> Tagger:
        seconds = FIRST_RETRY_SECONDS
        while True:
            try:
                tagger = await asyncio.get_running_loop().run_in_executor(pool, self._engine.load, self.name)
            except (NewsstandError, OSError) as error:
                if str(error) != self.degraded:
                    _log.error("the run %s cannot label in the shadow: %s", self.name, error)
                self.degraded = str(error)
            else:
                self.degraded = None
                _log.info("the run %s labels in the shadow", self.name)
                return tagger
            await asyncio.sleep(seconds)
            seconds = min(2 * seconds, LAST_RETRY_SECONDS)

    async def _compare(self, pool: ThreadPoolExecutor, tagger: Tagger, waiting: Waiting) -> None:
        given = waiting.answers
        try:
            done = await asyncio.get_running_loop().run_in_executor(pool, waiting.work, tagger)
            if len(done[-1]) != len(given):
                raise ValueError("the run has refused some documents")  # and who knows which
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody waits for it; its message could hold a piece of a text
            _log.error("the run %s failed in the shadow (%s)", self.name, type(error).__name__)
            self._tell("failed", len(given))
            return
        self._tell("compared", len(given))
        for one, other in zip(given, done[-1], strict=True):
            for head, agreement in agreements(one, other).items():
                key = (self.name, one.run, head)
                self._counts.counters["shadow_comparisons"][key] += 1
                self._counts.counters["shadow_agreement"][key] += agreement

    def _tell(self, outcome: str, documents: int) -> None:
        self._counts.counters["shadow_documents"][self.name, outcome] += documents


def agreements(one: Answer, other: Answer) -> dict[str, float]:
    """How far two answers agree, by head, from 0 to 1; heads that one of them lacks, and texts that neither reads, are left out.

    Topics: the share of the topics of either that both give (Jaccard 1901), 1 where neither gives any. Leaning: whether it is the
    same, also where both abstain. Stances: the share of the targets of both towards which they say the same.
    """
    if _unread(one) and _unread(other):
        return {}
    ours, theirs = ({topic.label for topic in answer.topics} for answer in (one, other))
    found = {"topics": len(ours & theirs) / len(ours | theirs) if ours | theirs else 1.0}
    if one.leaning and other.leaning:
        found["leaning"] = float(one.leaning.label == other.leaning.label)
    stances, others = ({s.target: s.stance for s in answer.stances} for answer in (one, other))
    common = stances.keys() & others.keys()
    if common:
        found["stances"] = sum(stances[target] == others[target] for target in common) / len(common)
    return found


def _unread(answer: Answer) -> bool:
    return any(abstention.reason in _NOT_READ for abstention in answer.abstained)


def summary(shadow: Shadow | None, total: Counts) -> dict[str, Any]:
    """What all workers have found, as a JSON object."""
    if shadow is None:
        return {"run": None, "share": 0.0, "degraded": None, "documents": {}, "against": []}
    outcomes = {
        outcome: n for (run, outcome), n in sorted(total.counters["shadow_documents"].items()) if run == shadow.name
    }
    compared = total.counters["shadow_comparisons"]
    against: dict[str, dict[str, Any]] = {}
    for (run, other, head), n in sorted(compared.items()):
        if run == shadow.name and n:
            agreement = total.counters["shadow_agreement"][run, other, head] / n
            against.setdefault(other, {})[head] = {"documents": n, "agreement": round(agreement, 4)}
    return {
        "run": shadow.name,
        "share": shadow.share,
        "degraded": shadow.degraded,
        "documents": {name: outcomes.get(name, 0) for name in ("compared", "dropped", "failed")},
        "against": [{"run": run, "heads": heads} for run, heads in against.items()],
    }


def _without_evidence(work: partial[Any]) -> Callable[[Tagger], Any]:
    """The same work for another run, which need not explain itself."""
    rest = [replace(part, explain=False) if isinstance(part, Options) else part for part in work.args[1:]]
    return lambda tagger: work.func(tagger, *rest, **work.keywords)

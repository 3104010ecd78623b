"""What this worker has done since it began, in plain dictionaries. Not for how it is shown (see :mod:`service.metrics`).

Counting is on the way of every article: an entry of a dictionary takes 0.2 microseconds, a counter of prometheus-client that
several processes share 1.5 to 3.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from newsstand.answers import Answer

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper ends of the classes of duration, in seconds."""
COUNTERS: dict[str, tuple[str, ...]] = {
    "requests": ("method", "route", "status"),
    "documents": ("run",),
    "topics": ("topic",),
    "leanings": ("leaning",),
    "abstentions": ("head", "reason"),
    "refused": ("type",),
    "shadow_documents": ("run", "outcome"),
    "shadow_comparisons": ("run", "against", "head"),
    "shadow_agreement": ("run", "against", "head"),
}
"""What is counted, and by what."""

Labels = tuple[str, ...]


class Counts:
    """Counters and classes of duration. Used on the event loop alone, so nothing is lost without a lock.

    Attributes
    ----------
    in_flight : int
        Requests begun and not ended.
    """

    def __init__(self) -> None:
        self.counters: dict[str, defaultdict[Labels, float]] = {name: defaultdict(int) for name in COUNTERS}
        self.durations: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * (len(BOUNDS) + 2))
        self.in_flight = 0
        self._requests = self.counters["requests"]

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that has ended."""
        self._requests[method, route, str(status)] += 1
        classes = self.durations[route]
        classes[bisect_left(BOUNDS, seconds)] += 1
        classes[-1] += seconds

    def refused(self, slug: str) -> None:
        """Count a problem by its type."""
        self.counters["refused"][(slug,)] += 1

    def answers(self, answers: Iterable[Answer]) -> None:
        """Count the labels of some documents."""
        topics, abstentions = self.counters["topics"], self.counters["abstentions"]
        for answer in answers:
            self.counters["documents"][(answer.run,)] += 1
            for topic in answer.topics:
                topics[(topic.label,)] += 1
            for abstention in answer.abstained:
                abstentions[abstention.head, abstention.reason] += 1
            if answer.leaning and answer.leaning.label:
                self.counters["leanings"][(answer.leaning.label,)] += 1

    def to_dict(self) -> dict[str, Any]:
        """The counts as a JSON object."""
        counters = {name: [[*labels, n] for labels, n in counted.items()] for name, counted in self.counters.items()}
        return {"counters": counters, "durations": dict(self.durations)}

    def add(self, other: Mapping[str, Any]) -> None:
        """Add the counts that another worker has written as a JSON object."""
        for name, rows in other["counters"].items():
            for *labels, n in rows:
                self.counters[name][tuple(labels)] += n
        for route, classes in other["durations"].items():
            own = self.durations[route]
            self.durations[route] = [a + b for a, b in zip(own, classes, strict=True)]

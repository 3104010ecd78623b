"""The counts of all workers together, as Prometheus reads them. Not for counting (see :mod:`service.counts`).

Every worker leaves its counts in a folder once a second, and whenever it is asked for the metrics; whoever is asked adds up
the files. Files of workers that have ended stay, so that no counter ever goes back.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from service.counts import BOUNDS, COUNTERS, Counts

AUTO = "auto"
DriftFigures = Mapping[str, Mapping[str, Any]]
SUFFIX = ".counts.json"
WRITE_SECONDS = 1.0
STALE_SECONDS = 15.0
"""A worker that has written nothing for so long has ended, and uses no run any more."""
_HELP = {
    "requests": "Requests answered, by route and status; 499 is a client that went away",
    "documents": "Documents labelled, by run",
    "topics": "Topics given",
    "leanings": "Leanings given",
    "abstentions": "Heads that gave no label, by reason",
    "refused": "Problems that the gate answered with: limits, keys and load",
    "shadow_documents": "Documents for the run in the shadow: compared, dropped because the service was busy, or failed",
    "shadow_comparisons": "Documents on which the run in the shadow and the run in use were compared, by head",
    "shadow_agreement": "Sum of their agreement, from 0 to 1 for each document; over the comparisons it is the mean",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """How a worker is doing right now.

    ``in_flight`` and ``waiting`` are requests begun and not ended, and long work that has no thread yet.
    """

    in_flight: int
    waiting: int
    run: str | None
    fingerprint: str | None
    ready: bool


class Metrics:
    """Collects what all workers have counted.

    Parameters
    ----------
    counts : Counts
        Those of this worker.
    moment : callable
    folder : Path or None
        Where workers leave their counts; ``None`` where there is one worker.
    """

    def __init__(self, counts: Counts, moment: Callable[[], Moment], folder: Path | None) -> None:
        self._counts = counts
        self._moment = moment
        self._folder = folder
        self._name = f"{os.getpid()}-{time.time_ns()}"

    async def keep_writing(self) -> None:
        """Leave the counts in the folder until cancelled."""
        while self._folder:
            await asyncio.sleep(WRITE_SECONDS)
            self.write()

    def write(self) -> None:
        """Leave the counts in the folder now. If that fails, the disk is full or the folder gone, and labelling goes on."""
        if self._folder is None:
            return
        content = {"time": time.time(), "moment": asdict(self._moment()), **self._counts.to_dict()}
        temporary = self._folder / f"{self._name}.tmp"
        with suppress(OSError):
            temporary.write_text(json.dumps(content), encoding="utf-8")
            temporary.replace(self._folder / f"{self._name}{SUFFIX}")

    def render(self, drift: DriftFigures | None = None) -> bytes:
        """All metrics in the text format of Prometheus.

        Parameters
        ----------
        drift : mapping, optional
            Distance from the training corpus by distribution (see :func:`service.drift.latest`).
        """
        total, moments = self._sum()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Families(total, moments, drift or {}))
        return generate_latest(registry)

    def total(self) -> Counts:
        """The counts of all workers."""
        return self._sum()[0]

    def _sum(self) -> tuple[Counts, list[Moment]]:
        self.write()  # else the next worker that is asked would know less of this one, and counters would go back
        total, moments = Counts(), [self._moment()]
        total.add(self._counts.to_dict())
        for content in self._others():
            total.add(content)
            if content["time"] > time.time() - STALE_SECONDS:
                moments.append(Moment(**content["moment"]))
        return total, moments

    def _others(self) -> Iterator[dict[str, Any]]:
        for path in sorted(self._folder.glob(f"*{SUFFIX}")) if self._folder else ():
            if path.name != f"{self._name}{SUFFIX}":
                with suppress(OSError, ValueError):
                    yield json.loads(path.read_bytes())


class _Families(Collector):
    """Counts of all workers as families of metrics."""

    def __init__(self, total: Counts, moments: Iterable[Moment], drift: DriftFigures) -> None:
        self._total = total
        self._drift = drift
        self._moments = list(moments)

    def collect(self) -> Iterator[Metric]:
        """The families, as prometheus-client asks for them."""
        for name, labels in COUNTERS.items():
            family = CounterMetricFamily(f"newsstand_{name}", _HELP[name], labels=labels)
            for values, n in sorted(self._total.counters[name].items()):
                family.add_metric(values, n)
            yield family
        yield self._durations()
        yield from self._gauges()
        yield from self._distances()

    def _durations(self) -> Metric:
        family = HistogramMetricFamily("newsstand_request_seconds", "How long requests took", labels=["route"])
        for route, classes in sorted(self._total.durations.items()):
            buckets, below = [], 0.0
            for bound, n in zip((*map(str, BOUNDS), "+Inf"), classes, strict=False):
                below += n
                buckets.append((bound, below))
            family.add_metric([route], buckets, classes[-1])
        return family

    def _distances(self) -> Iterator[Metric]:
        families = {
            "psi": "Population stability index of the last day with enough documents, against the training corpus",
            "by_chance": "What that index would be by chance alone",
        }
        for figure, meaning in families.items():
            family = GaugeMetricFamily(f"newsstand_drift_{figure}", meaning, labels=["distribution"])
            for distribution, figures in sorted(self._drift.items()):
                family.add_metric([distribution], figures[figure])
            yield family

    def _gauges(self) -> Iterator[Metric]:
        moments = self._moments
        sums = {
            "requests_in_flight": ("Requests begun and not ended", sum(moment.in_flight for moment in moments)),
            "queue_depth": ("Long work that waits for a thread", sum(moment.waiting for moment in moments)),
            "workers": ("Workers that run", len(moments)),
            "workers_ready": ("Workers that can label", sum(moment.ready for moment in moments)),
        }
        for name, (meaning, value) in sums.items():
            yield GaugeMetricFamily(f"newsstand_{name}", meaning, value=value)
        runs = GaugeMetricFamily("newsstand_run_in_use", "Workers that use a run", labels=["run", "fingerprint"])
        used = [(moment.run, moment.fingerprint or "") for moment in moments if moment.run]
        for run, fingerprint in sorted(set(used)):
            runs.add_metric([run, fingerprint], used.count((run, fingerprint)))
        yield runs

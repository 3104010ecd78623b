"""One measurement in a process of its own, so that peak memory and imports are its own: ``python -m bench.measure``."""

from __future__ import annotations

import json
import os
import pickle
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

MIB = 1 << 20


def in_own_process(what: str, system: str, folder: Path, articles: Path, cores: int) -> dict[str, Any]:
    """Run one measurement and return what it prints."""
    command = [sys.executable, "-m", "bench.measure", what, system, str(folder), str(articles), str(cores)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def peak_mib() -> float:
    """Peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_fit(system: str, folder: Path, articles: Path) -> dict[str, Any]:
    """Seconds and peak memory of training and saving; the articles' own memory is counted, too, for every system alike."""
    from bench.systems import SYSTEMS

    split = pickle.loads(articles.read_bytes())
    split.judge.clear()
    start = time.perf_counter()
    SYSTEMS[system]().fit(split.learn, folder)
    seconds = time.perf_counter() - start
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {"fit_seconds": round(seconds, 1), "fit_peak_mib": round(peak_mib()), "model_mib": round(size / MIB, 1)}


def measure_cold_start(system: str, folder: Path, articles: Path) -> dict[str, Any]:
    """Seconds from the start of the interpreter's own work to the first label: import, load, label."""
    first = json.loads(articles.with_suffix(".first.json").read_text())
    start = time.perf_counter()
    from bench.systems import SYSTEMS

    ready = SYSTEMS[system]()
    ready.load(folder)
    ready.label(first["title"], first["text"])
    return {"cold_start_seconds": round(time.perf_counter() - start, 3), "label_peak_mib": round(peak_mib())}


def measure_rate(system: str, folder: Path, articles: Path) -> dict[str, Any]:
    """Articles and megabytes a second, one article a call, best of five rounds; and quality on all held-out articles."""
    from sklearn.metrics import f1_score

    from bench.systems import SYSTEMS, first_topic

    judge = pickle.loads(articles.read_bytes()).judge
    ready = SYSTEMS[system]()
    ready.load(folder)
    timed = judge[: 300 if system == "scikit-learn" else 2000]
    size = sum(len(d.title.encode()) + len(d.text.encode()) for d in timed)
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for document in timed:
            ready.label(document.title, document.text)
        best = min(best, time.perf_counter() - start)
    ranked = [ready.rank(d.title, d.text) for d in judge]
    gold = [first_topic(d) for d in judge]
    return {
        "articles_per_second": round(len(timed) / best),
        "mb_per_second": round(size / best / 1e6, 1),
        "hit_at_1": round(sum(g == topics[0] for g, (topics, _) in zip(gold, ranked, strict=True)) / len(gold), 4),
        "hit_at_3": round(sum(g in topics for g, (topics, _) in zip(gold, ranked, strict=True)) / len(gold), 4),
        "leaning_macro_f1": round(
            float(f1_score([d.leaning for d in judge], [leaning for _, leaning in ranked], average="macro")), 4
        ),
    }


MEASUREMENTS = {"fit": measure_fit, "cold": measure_cold_start, "rate": measure_rate}

if __name__ == "__main__":
    what, system, folder, articles, cores = sys.argv[1:]
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
    print(json.dumps(MEASUREMENTS[what](system, Path(folder), Path(articles))))

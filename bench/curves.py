"""How the rate of the engine depends on the length of an article and on the number of labels."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.articles import read_split
from bench.report import IMAGES, Measurement
from newsstand.artifact import Run
from newsstand.documents import Document
from newsstand.heads.topics import TopicHead
from newsstand.kernel import table_dtype
from newsstand.labels import LabelSet
from newsstand.registry import Registry
from newsstand.tagger import Tagger

LENGTHS = (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000)
LABELS = (2, 10, 50, 100, 200, 500, 1_000, 2_000)
ROUNDS = 5

HOW = """One core, one article a call, topics without evidence, best of five rounds. By length: the default run on articles cut from held-out
texts. By number of labels: articles of about 6 KB, and runs with the n-grams of the default run and random weights."""


def measure_curves(corpus: Path, split: str = "") -> Measurement:
    """Measure both curves and draw them."""
    registry = Registry(Path("models"))
    tagger = Tagger.load(registry.resolve("champion"))
    texts = [d.text for d in read_split(corpus, split).judge][:600]
    pool = " ".join(texts)
    rows: list[dict[str, Any]] = []
    for length in LENGTHS:
        count = max(20, min(500, 2_000_000 // length))
        articles = [pool[n * length : (n + 1) * length] for n in range(min(count, len(pool) // length))]
        rows.append({"curve": "length", "characters": length, "labels": tagger.run.n_labels, **_rate(tagger, articles)})
    articles = [text for text in texts if 5_000 < len(text) < 7_000][:150]
    for n_labels in LABELS:
        random = Tagger(_with_labels(tagger.run, n_labels))
        rows.append({"curve": "labels", "characters": 6_000, "labels": n_labels, **_rate(random, articles)})
    return Measurement(
        "Length and labels", HOW, rows, [], {"Articles a second by length and by number of labels": _draw(rows)}
    )


def _rate(tagger: Tagger, texts: list[str]) -> dict[str, float]:
    documents = [Document(text) for text in texts]
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for document in documents:
            tagger.label(document, stance="off", explain=False)
        best = min(best, time.perf_counter() - start)
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    return {"articles_per_second": round(len(texts) / best), "mb_per_second": round(megabytes / best, 1)}


def _with_labels(run: Run, n_labels: int) -> Run:
    """The run with so many topics of random weights, none of them ever given."""
    random = np.random.default_rng(0)
    table = np.zeros(len(run.table), table_dtype(n_labels))
    table["idf"], table["scale"] = run.table["idf"], run.table["scale"]
    table["weights"][:, :n_labels] = random.integers(-20, 20, size=(len(table), n_labels), dtype=np.int8)
    ones = np.ones(n_labels, np.float32)
    labels = LabelSet.from_ids("random", [f"label_{n}" for n in range(n_labels)])
    return replace(run, table=table, topics=TopicHead(labels, 0 * ones, ones, -20 * ones, 0.99 * ones), leaning=None)


def _draw(rows: list[dict[str, Any]]) -> Path:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for axis, curve, key, name in zip(
        axes, ("length", "labels"), ("characters", "labels"), ("characters", "labels"), strict=True
    ):
        points = [row for row in rows if row["curve"] == curve]
        axis.loglog(
            [row[key] for row in points], [row["articles_per_second"] for row in points], marker="o", color="#1f6f8b"
        )
        axis.set(xlabel=name, ylabel="articles a second, one core")
        axis.grid(visible=True, which="major", alpha=0.3)
    IMAGES.mkdir(parents=True, exist_ok=True)
    image = IMAGES / "rate.svg"
    figure.savefig(image, metadata={"Date": None})
    return image

"""How good each topic is, with intervals. Not for the figures of all topics together."""

from __future__ import annotations

import numpy as np

from newsstand.metrics import Floats, with_intervals
from train.report.html import Section, interval, joined, paragraph, table
from train.report.judged import Judged
from train.report.svg import bar

NOTE = """Precision: of the articles that were given the topic, the share in which it is gold. Recall: of the articles in which it is gold, the
share that were given it. F1 is their harmonic mean. In brackets and as whiskers: 95 % bootstrap intervals."""


def section(judged: Judged) -> Section:
    """A row a topic, those with the most articles first."""
    names, gold = judged.labels.ids, (judged.gold > 0).sum(axis=0)
    found = with_intervals(_rows(judged), judged.clusters, _figures)
    ends = found.get("intervals", {})
    rows = []
    for n in sorted(np.flatnonzero(gold).tolist(), key=lambda column: -gold[column]):
        own = [interval(found[key], ends.get(key)) for key in (f"{n} f1", f"{n} precision", f"{n} recall")]
        rows.append([names[n], int(gold[n]), bar(found[f"{n} f1"], ends.get(f"{n} f1")), *own])
    header = ["Topic", "Articles", "", "F1", "Precision", "Recall"]
    return Section("topics", "Topic by topic", joined([paragraph(NOTE), table("Figures by topic", header, rows)]))


def _rows(judged: Judged) -> Floats:
    """What each article adds to the outcomes of each topic."""
    return np.concatenate(list(judged.outcomes), axis=1).astype(np.float64)


def _figures(sums: Floats) -> dict[str, float]:
    true, false, missed = sums.reshape(3, -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        figures = {
            "f1": 2 * true / (2 * true + false + missed),
            "precision": true / (true + false),
            "recall": true / (true + missed),
        }
    return {f"{n} {name}": float(value) for name, values in figures.items() for n, value in enumerate(values)}

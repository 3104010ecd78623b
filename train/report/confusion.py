"""Which topics are taken for which. Not for judging which of the two an editor would agree with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train.report.html import Section, joined, paragraph, table
from train.report.judged import Judged
from train.report.svg import bar

MOST = 20
NOTE = """Articles whose likeliest topic is not gold, by what they were taken for. Share: of the articles with the gold topic. Where only the main topic was
annotated, many of these are second topics that an editor would agree with."""


def section(judged: Judged) -> Section | None:
    """The commonest pairs, ``None`` where there are none."""
    counts, gold = pairs(judged), judged.annotated.sum(axis=0)
    names = judged.labels.ids
    rows = []
    for place in np.argsort(-counts, axis=None, kind="stable")[:MOST].tolist():
        topic, taken_for = divmod(place, len(names))
        if counts[topic, taken_for]:
            share = float(counts[topic, taken_for] / gold[topic])
            rows.append([names[topic], names[taken_for], int(counts[topic, taken_for]), bar(share), share])
    if not rows:
        return None
    header = ["Gold topic", "Taken for", "Articles", "", "Share"]
    body = joined([paragraph(NOTE), table("Pairs of topics by the number of mistakes", header, rows, texts=2)])
    return Section("confusion", "Which topics are taken for which", body)


def pairs(judged: Judged) -> NDArray[np.intp]:
    """In how many articles with each gold topic (rows) each topic (columns) is the likeliest and wrong; (n_labels, n_labels)."""
    n = len(judged.labels)
    counts = np.zeros((n, n), np.intp)
    wrong = np.flatnonzero(judged.gold[np.arange(len(judged)), judged.likeliest] < 0)
    article, topic = np.nonzero(judged.annotated[wrong])
    np.add.at(counts, (topic, judged.likeliest[wrong[article]]), 1)
    return counts

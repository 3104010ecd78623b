"""Do scores mean what they say? Not for choosing thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from newsstand.metrics import BINS, wilson
from train.report.html import Html, Section, joined, paragraph, side_by_side
from train.report.judged import Judged
from train.report.svg import Plane

DIAGONAL = ((0.0, 0.0), (1.0, 1.0))
LEAST = 20
"""Scores in a bin from which it is drawn."""

NOTE = """Dots on the diagonal are honest: of the answers with a score near 0.8, eight in ten are right. Below it the run is too sure, above it not sure
enough. Upright lines: 95 % intervals of the share, as if articles were independent."""
MAIN_TOPIC = """Where only the main topic was annotated, the left picture asks how likely the likeliest topic is that one. The right picture takes
every topic that was not annotated for wrong, so there its dots lie below the diagonal by design."""


def section(judged: Judged) -> Section:
    """Two diagrams: of the likeliest topic, and of every score of every topic."""
    notes = [NOTE, MAIN_TOPIC] if judged.main_topic_only.any() else [NOTE]
    pictures = side_by_side([_of_likeliest(judged), _of_scores(judged)])
    return Section("reliability", "Do the scores mean what they say", joined([*map(paragraph, notes), pictures]))


def _of_likeliest(judged: Judged) -> Html:
    confidence = judged.scored.confidence
    parts = np.array_split(np.argsort(confidence, kind="stable"), BINS)
    bins = [(confidence[part], judged.right[part]) for part in parts if len(part)]
    return _diagram(f"The likeliest topic, {BINS} bins of equally many articles", bins)


def _of_scores(judged: Judged) -> Html:
    """Every score of every topic, in bins of equal width since nearly all of them are next to 0."""
    known = judged.gold != 0
    scores, right = judged.scored.probabilities[known], judged.gold[known] > 0
    bin_of = np.minimum(scores * BINS, BINS - 1).astype(np.intp)
    chosen = [np.flatnonzero(bin_of == number) for number in range(BINS)]
    bins = [(scores[part], right[part]) for part in chosen if len(part) >= LEAST]
    return _diagram(f"Every score of every topic, {BINS} bins of equal width", bins)


def _diagram(title: str, bins: Sequence[tuple[NDArray[np.float32], NDArray[np.bool_]]]) -> Html:
    plane = Plane("score", "share that is right")
    marks = [plane.line(DIAGONAL, "guide")]
    dots = []
    for scores, right in bins:
        score, share, n = float(scores.mean()), float(right.mean()), len(right)
        marks.append(plane.whisker(score, *wilson(share, n)))
        dots.append(plane.dot(score, share, f"score {score:.3f}, right {share:.3f}, of {n:,}"))
    return plane.draw(title, marks + dots)

"""What abstaining buys: mistakes against articles answered. Not for choosing thresholds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train.report.html import Section, joined, paragraph, table
from train.report.judged import Judged
from train.report.svg import Plane

POINTS = 200
SHARES = (0.25, 0.5, 0.75, 0.9, 1.0)
NOTE = """If the run answered only the articles that it is surest about, with one topic each, how often would that topic be wrong? The lower the curve
starts and the later it rises, the more a score is worth. The dot is where articles stand that the run gives a topic as it is."""


def section(judged: Judged) -> Section:
    """The curve, and a few of its points as a table."""
    order = np.argsort(-judged.scored.confidence, kind="stable")
    n = len(order)
    risk = np.cumsum(~judged.right[order]) / np.arange(1, n + 1)
    plane = Plane("share of articles answered", "share of answers that are wrong", _top(float(risk.max())))
    ends = np.unique(np.linspace(max(1, n // 50), n, POINTS).astype(np.intp))
    marks = [plane.line([(end / n, float(risk[end - 1])) for end in ends.tolist()])]
    answered = judged.scored.given.any(axis=1)
    if answered.any():
        here, wrong = float(answered.mean()), float((~judged.right[answered]).mean())
        marks.append(plane.dot(here, wrong, f"as it is: {here:.3f} answered, {wrong:.3f} of them wrong", 5))
    rows = [[_per_cent(share), *_at(judged, order, risk, share)] for share in SHARES]
    header = ["Surest articles", "Score from", "Wrong"]
    parts = [paragraph(NOTE), plane.draw("Mistakes against articles answered", marks)]
    return Section("coverage", "What abstaining buys", joined([*parts, table("Points of the curve", header, rows)]))


def _at(judged: Judged, order: NDArray[np.intp], risk: NDArray[np.float64], share: float) -> tuple[float, float]:
    last = max(1, round(share * len(order))) - 1
    return float(judged.scored.confidence[order[last]]), float(risk[last])


def _per_cent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _top(highest: float) -> float:
    """The end of the upright axis: a round number above all there is to draw."""
    return next(top for top in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if highest <= top)

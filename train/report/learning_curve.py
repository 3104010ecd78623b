"""Would more labels help? The curve, its points and an answer. Not for judging (see :mod:`train.learning_curve`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from train.report.html import Section, interval, joined, paragraph, plain_interval, table
from train.report.svg import Plane

TITLE = "Would more labels help"
HOW = """The same articles, judged on outlets never seen by models that learned from a part of the rest, drawn at random, with the recipe of the
run. *all* are all that one such model may learn from: the articles of the other outlets. In brackets and as whiskers: 95 % bootstrap intervals."""
COLUMNS = {"hit@1": "hit_at_1", "hit@3": "hit_at_3", "micro-F1": "micro_f1"}
WORTH_IT = 0.005
"""What a doubling must bring to be worth the work of annotators."""

Curve = Mapping[str, Any]


def section(curve: Curve | None) -> Section | None:
    """The picture and the table; nothing where the training was not asked for it."""
    if not curve:
        return None
    plane = Plane("share of the articles learned from", "hit@1")
    points = [(point["share"], point["hit_at_1"] or 0.0) for point in curve["points"]]
    marks = [plane.line(points)]
    for (share, hit), point in zip(points, curve["points"], strict=True):
        if ends := point["intervals"].get("hit_at_1"):
            marks.append(plane.whisker(share, *ends))
        marks.append(plane.dot(share, hit, f"{point['articles']:,} articles: hit@1 {hit:.3f}"))
    lines = [
        [_share(point), point["articles"], *(interval(*pair) for pair in _figures(point))] for point in curve["points"]
    ]
    drawn = plane.draw("Articles learned from and hit@1", marks)
    body = [paragraph(answer(curve)), paragraph(HOW), drawn, table("Points of the curve", header(), lines)]
    return Section("learning-curve", TITLE, joined(body))


def markdown(curve: Curve) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of the table, for the card and the terminal."""
    return header(), [
        [_share(point), f"{point['articles']:,}", *(plain_interval(*pair) for pair in _figures(point))]
        for point in curve["points"]
    ]


def header() -> list[str]:
    """Names of the columns."""
    return ["Learned from", "Articles", *COLUMNS]


def answer(curve: Curve) -> str:
    """Whether the last doubling of the articles was worth it, and so whether another one may be."""
    gain = curve["last_doubling"]
    value, ends = gain["hit_at_1"], gain.get("intervals", {}).get("hit_at_1")
    if value is None or ends is None:
        return "There are too few articles to tell."
    measured = f"Learning from all rather than half of the articles changed hit@1 by {value:+.3f} [{ends[0]:+.3f}, {ends[1]:+.3f}]"
    if ends[0] <= 0:
        return f"{measured}, which may be chance: more labels of the same kind are not likely to help much. Look at the mistakes first."
    if value < WORTH_IT:
        return (
            f"{measured}: more labels of the same kind would help a little, but hardly pay. Look at the mistakes first."
        )
    return f"{measured}: more labels of the same kind would help. As a rule, the next doubling brings somewhat less than the last."


def _figures(point: Mapping[str, Any]) -> list[tuple[float | None, Sequence[float] | None]]:
    return [(point[key], point["intervals"].get(key)) for key in COLUMNS.values()]


def _share(point: Mapping[str, Any]) -> str:
    return "all" if point["share"] == 1 else f"1/{round(1 / point['share'])}"

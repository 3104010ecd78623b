"""One training judged three ways, side by side. Not for judging it (see :mod:`train.splits`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from train.report.html import Section, interval, joined, paragraph, plain_interval, table

WAYS = {"outlet": "By outlet", "random": "At random", "time": "By time"}
COLUMNS = {
    "hit@1": ("topics", "hit_at_1"),
    "hit@3": ("topics", "hit_at_3"),
    "micro-F1": ("topics", "micro_f1"),
    "ECE": ("topics", "ece"),
    "leaning macro-F1": ("leaning", "macro_f1"),
}
TITLE = "By outlet, at random, by time"
NOTE = """At random, the models have met the outlets and the running stories that they are judged on, so they are asked partly who wrote an
article; by outlet they know neither its house style nor its bylines, by time none of the new stories. The difference is the story: what the
random split promises above the split by outlet is not to be had from an outlet that joins tomorrow, and what it promises above the split by
time not from next month's news."""
HOW = """By outlet and at random, every article is judged by models of the other folds, as many in both; by time, the newest fifth by models of the
older articles. Near-duplicates of what is judged are not learned from. In brackets: 95 % bootstrap intervals."""

Splits = Mapping[str, Mapping[str, Any]]


def section(splits: Splits | None) -> Section | None:
    """A row a way; nothing where the training was not asked for it."""
    if not splits:
        return None
    names, cells = rows(splits)
    lines = [[way, n, *(interval(value, ends) for value, ends in figures)] for way, n, figures in cells]
    parts = [table("The same training, judged three ways", ["Held out", "Articles", *names], lines)]
    return Section("splits", TITLE, joined([*parts, *map(paragraph, notes(splits))]))


def markdown(splits: Splits) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of the same table, for the card and the terminal."""
    names, cells = rows(splits)
    lines = [[way, f"{n:,}", *(plain_interval(value, ends) for value, ends in figures)] for way, n, figures in cells]
    return ["Held out", "Articles", *names], lines


def rows(splits: Splits) -> tuple[list[str], list[tuple[str, int, list[tuple[float | None, Sequence[float] | None]]]]]:
    """Names of the figures, and for each way that was not skipped its articles, figures and intervals."""
    shown = {name: place for name, place in COLUMNS.items() if place[0] in splits["outlet"]}
    found = []
    for way, title in WAYS.items():
        heads = splits.get(way, {})
        if "skipped" in heads or not heads:
            continue
        n = max(figures["n"] for figures in heads.values() if isinstance(figures, Mapping))
        own = [
            (heads[head][key], heads[head]["intervals"].get(key)) if head in heads else (None, None)
            for head, key in shown.values()
        ]
        found.append((title, n, own))
    return list(shown), found


def notes(splits: Splits) -> list[str]:
    """What the table says, how it came about, and what is missing in it."""
    skipped = [
        f"{WAYS[way]}: not judged, as {heads['skipped']}." for way, heads in splits.items() if "skipped" in heads
    ]
    since = splits.get("time", {}).get("from")
    return [NOTE, HOW + (f" The newest fifth is from {since} on." if since else ""), *skipped]

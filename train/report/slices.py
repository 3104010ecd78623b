"""Where the run is better and where worse: by corpus, outlet, year, length and language. Not for figures by topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from newsstand.metrics import Floats, clusters_of, with_intervals
from train.report.html import Html, Section, interval, joined, paragraph, table
from train.report.judged import Judged
from train.report.svg import bar

MOST = 15
LENGTHS = (500, 1000, 2000, 4000, 8000, 16000)
UNKNOWN = "not stated"
NOTE = """Too sure: the mean score of the likeliest topic less the share of articles in which it is right; above 0 the run promises too much, below 0
too little. Intervals come from resampling outlets where a slice has at least twenty, articles otherwise."""


def section(judged: Judged) -> Section:
    """A table for each way to cut the articles that gives more than one slice."""
    rows, tables = _rows(judged), []
    for title, name_of in CUTS.items():
        names = name_of(judged)
        if len(set(names)) > 1:
            tables.append(_table(title, names, rows, judged))
    return Section("slices", "Where it is better and where worse", joined([paragraph(NOTE), *tables]))


def _table(title: str, names: Sequence[str], rows: Floats, judged: Judged) -> Html:
    counts = Counter(names)
    kept = [name for name, _ in counts.most_common(MOST)]
    if title in IN_ORDER:
        kept = sorted(kept, key=lambda name: (name == UNKNOWN, _number(name), name))
    lines = []
    for name in kept:
        chosen = np.array([other == name for other in names])
        clusters = clusters_of([judged.outlets[row] for row in np.flatnonzero(chosen).tolist()])
        found = with_intervals(rows[chosen], clusters, _figures)
        ends = found.get("intervals", {})
        own = [interval(found[key], ends.get(key)) for key in ("micro_f1", "hit_at_1", "too_sure")]
        lines.append([name, counts[name], bar(found["micro_f1"] or 0.0, ends.get("micro_f1")), *own, found["coverage"]])
    left_out = f"; the largest {MOST} of {len(counts):,}" if len(counts) > MOST else ""
    header = [title, "Articles", "", "micro-F1", "hit@1", "Too sure", "Given a topic"]
    return table(f"By {title.lower()}{left_out}", header, lines)


def _rows(judged: Judged) -> Floats:
    """What each article adds to the sums of its slice."""
    annotated = judged.annotated.any(axis=1)
    hit = judged.annotated[np.arange(len(judged)), judged.likeliest]
    parts = [annotated, hit, judged.scored.given.any(axis=1), judged.scored.confidence, judged.right]
    columns = [np.ones(len(judged)), *parts, *judged.outcomes.sum(axis=2)]
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def _figures(sums: Floats) -> dict[str, float]:
    n, annotated, hit, given, confidence, right, true, false, missed = sums.tolist()
    return {
        "micro_f1": 2 * true / (2 * true + false + missed) if true + false + missed else float("nan"),
        "hit_at_1": hit / annotated if annotated else float("nan"),
        "coverage": given / n,
        "too_sure": (confidence - right) / n,
    }


def _years(judged: Judged) -> list[str]:
    return [date[:4] if (date := article.date) and date[:4].isdigit() else UNKNOWN for article in judged.articles]


def _lengths(judged: Judged) -> list[str]:
    bounds = (0, *LENGTHS)
    names = [f"{low:,} to {high - 1:,}" for low, high in zip(bounds, LENGTHS, strict=False)]
    names.append(f"{LENGTHS[-1]:,} or more")
    sizes = np.array([len(article.title) + len(article.text) for article in judged.articles])
    return [names[n] for n in np.digitize(sizes, LENGTHS).tolist()]


def _number(name: str) -> int:
    digits = name.split(" ")[0].replace(",", "")
    return int(digits) if digits.isdigit() else 0


CUTS: dict[str, Callable[[Judged], Sequence[str]]] = {
    "Corpus": lambda judged: judged.corpora,
    "Outlet": lambda judged: [outlet or UNKNOWN for outlet in judged.outlets],
    "Year": _years,
    "Characters": _lengths,
    "Language": lambda judged: [article.language or UNKNOWN for article in judged.articles],
}
IN_ORDER = frozenset({"Year", "Characters"})

"""The summary of a corpus as text for a terminal. Not for counting (see train.corpus_stats)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from newsstand.documents import STANCES
from train.corpus_stats import NOT_MENTIONED

_BAR = 30  # characters, for the largest count of a table
_NAME = 40
_STANCES = (*STANCES, NOT_MENTIONED)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # names come from files: none may steer the terminal


def format_stats(summary: Mapping[str, Any]) -> str:
    """Lay out the tables of ``newsstand corpus stats``, for the object that ``--json`` prints."""
    parts = [_files(summary["files"]), _overview(summary), _lengths(summary)]
    for title, counts in (
        ("Topics", summary["topics"]),
        ("Leanings", summary["leanings"]),
        ("Outlets", summary["outlets"]),
        ("Languages", summary["languages"]),
    ):
        parts.append(_named(title, counts))
    parts += [_stances(summary["stances"]), _dates(summary["dates"])]
    return "\n\n".join(part for part in parts if part)


def _files(files: Sequence[Mapping[str, Any]]) -> str:
    rows: list[tuple[str, ...]] = [("File", "Corpus", "Documents", "Malformed")]
    rows += [(f["path"], _shorten(f["corpus"] or "–"), f"{f['documents']:,}", f"{f['malformed']:,}") for f in files]
    return _table(rows, left=2)


def _overview(summary: Mapping[str, Any]) -> str:
    total = summary["documents"]
    rows = [("Documents", f"{total:,}", "")]
    for name, count in [*summary["annotated"].items(), *summary["known"].items()]:
        rows.append((f"  with {name}", f"{count:,}", f"{count / total:.1%}" if total else ""))
    duplicates = summary["duplicates"]
    rows.append(("  identical to an earlier text", f"{duplicates['identical_text']:,}", ""))
    if duplicates["at_least"]:
        rows.append(("    (at least: only the first texts are compared)", "", ""))
    rows.append(("Malformed records left out", f"{summary['malformed']:,}", ""))
    return _table(rows, left=1)


def _lengths(summary: Mapping[str, Any]) -> str:
    rows: list[tuple[str, ...]] = [("", "min", "median", "mean", "max")]
    sampled = False
    named = (
        ("Characters", summary["characters"]),
        ("Words", summary["words"]),
        ("Topics each", summary["topics"]["per_document"]),
    )
    for name, lengths in named:
        if lengths:
            values = (lengths[key] for key in ("min", "median", "mean", "max"))
            rows.append((name, *(f"{value:,.10g}" for value in values)))
            sampled = sampled or not lengths["median_exact"]
    note = "\n(medians of a random sample of the documents)" if sampled else ""
    return _table(rows, left=1) + note if len(rows) > 1 else ""


def _named(title: str, counts: Mapping[str, Any]) -> str:
    shown = counts["counts"]
    if not shown:
        return ""
    rest = f", the first {len(shown)}" if counts["distinct"] > len(shown) else ""
    return f"{title} ({counts['distinct']:,}{rest})\n{_bars(shown)}"


def _stances(stances: Mapping[str, Any]) -> str:
    if not stances["by_target"]:
        return ""
    rows: list[tuple[str, ...]] = [("Target", *(name.replace("_", " ") for name in _STANCES))]
    for target, counts in stances["by_target"].items():
        rows.append((target, *(f"{counts.get(name, 0):,}" for name in _STANCES)))
    rest = f", the first {len(rows) - 1}" if stances["distinct"] > len(rows) - 1 else ""
    title = f"Stances ({stances['annotations']:,} towards {stances['distinct']:,} targets{rest})"
    return f"{title}\n{_table(rows, left=1)}"


def _dates(dates: Mapping[str, Any]) -> str:
    other = f"{dates['other_form']:,} dates are not of the form YYYY-MM-DD" if dates["other_form"] else ""
    if dates["first"] is None:
        return other
    return f"Dates ({dates['first']} to {dates['last']})\n{_bars(dates['by_year'])}" + (f"\n{other}" if other else "")


def _bars(counts: Mapping[str, int]) -> str:
    largest = max(counts.values())
    rows = [(name, f"{count:,}", "█" * max(1, round(_BAR * count / largest))) for name, count in counts.items()]
    width = max(len(count) for _, count, _ in rows)
    return _table([(name, f"{count:>{width}}  {bar}") for name, count, bar in rows], left=2)


def _table(rows: Sequence[tuple[str, ...]], left: int) -> str:
    """Columns of equal width, the first ``left`` of them flush left."""
    printable = [
        tuple(_shorten(cell) if i < left - 1 or i == 0 else cell for i, cell in enumerate(row)) for row in rows
    ]
    widths = [max(len(row[column]) for row in printable) for column in range(len(printable[0]))]
    lines = []
    for row in printable:
        cells = [f"{c:<{w}}" if i < left else f"{c:>{w}}" for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _shorten(name: str) -> str:
    name = _CONTROL.sub("�", name)
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"

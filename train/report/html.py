"""HTML by the piece: text is escaped unless it says that it is HTML already. Not for whole pages (see :mod:`train.report.page`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any


class Html(str):
    """HTML that may stand on the page as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report, with a heading of its own."""

    anchor: str
    title: str
    body: Html


def text(value: Any) -> Html:
    """A value for people: counts whole, shares with three digits, a dash where there is nothing."""
    if isinstance(value, Html):
        return value
    if value is None or value != value:
        return Html("–")
    if isinstance(value, float):
        return Html(f"{value:z.3f}")
    return Html(f"{value:,}" if isinstance(value, int) else escape(str(value)))


def paragraph(content: str) -> Html:
    """A paragraph."""
    return Html(f"<p>{text(content)}</p>")


def joined(parts: Iterable[Html]) -> Html:
    """One piece after the other."""
    return Html("\n".join(parts))


def side_by_side(parts: Iterable[Html]) -> Html:
    """Pieces beside each other where there is room."""
    return Html(f'<div class="row">{joined(parts)}</div>')


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[Any]], texts: int = 1) -> Html:
    """A table in a box that scrolls by itself on narrow screens.

    Parameters
    ----------
    caption : str
    header : sequence of str
    rows : iterable of sequences
        Cells as :func:`text` takes them; the first names its row.
    texts : int
        How many columns, from the first on, hold words and stand to the left.
    """
    head = "".join(f'<th scope="col"{_side(n, texts)}>{text(name)}</th>' for n, name in enumerate(header))
    lines = []
    for first, *others in rows:
        cells = "".join(f"<td{_side(n, texts)}>{text(cell)}</td>" for n, cell in enumerate(others, 1))
        lines.append(f'<tr><th scope="row">{text(first)}</th>{cells}</tr>')
    label = escape(caption)
    return Html(
        f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table><caption>{label}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def interval(value: float | None, ends: Sequence[float] | None) -> Html:
    """A figure, and its interval in brackets in small type."""
    if value is None or not ends:
        return text(value)
    return Html(f"{value:z.3f} <small>[{ends[0]:z.3f}, {ends[1]:z.3f}]</small>")


def plain_interval(value: float | None, ends: Sequence[float] | None) -> str:
    """The same without HTML, for Markdown."""
    if value is None:
        return "–"
    return f"{value:z.3f}" + (f" [{ends[0]:z.3f}, {ends[1]:z.3f}]" if ends else "")


def _side(column: int, texts: int) -> str:
    return ' class="words"' if column < texts else ""

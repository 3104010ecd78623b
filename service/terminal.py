"""What a person sees on a terminal: an answer in words, how far a command is. Not for output that programs read."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Sequence
from typing import Any, Self

from newsstand.answers import ABSTENTION_REASONS, Answer, HeadName, Span
from newsstand.documents import Document
from newsstand.errors import InputError

BAR = 10
MAX_LABEL = 32
MIN_WIDTH = 40
ERRORS_SHOWN = 10


def harmless(text: str) -> str:
    """The text on one line, without what steers a terminal: controls, escapes, bidirectional marks, lone surrogates."""
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return " ".join(shown.split())


def columns_of(text: str) -> int:
    """Columns that a harmless text takes: two for a wide character, none for one that combines."""
    return sum(_columns(character) for character in text)


def cut(text: str, columns: int) -> str:
    """A harmless text, shortened to so many columns with an ellipsis at its end."""
    if columns_of(text) <= columns:
        return text
    kept, used = [], 1
    for character in text:
        used += _columns(character)
        if used > columns:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…" if columns > 0 else ""


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table whose columns are as wide as their widest cell; all cells are made harmless."""
    safe = [[harmless(cell) for cell in row] for row in rows]
    widths = [max(map(columns_of, column)) for column in zip(*safe, strict=True)]
    return ["  ".join(map(_pad, row, widths)).rstrip() for row in safe]


def render_answer(answer: Answer, document: Document, heads: Sequence[HeadName], width: int) -> str:
    """One answer in words, every line at most ``width`` columns (or 40) wide, with a newline at the end.

    Parameters
    ----------
    answer : Answer
    document : Document
        What was labelled; the passages are cut out of it.
    heads : sequence of str
        The heads that the run has.
    width : int
        Columns of the terminal.
    """
    width = max(MIN_WIDTH, width)
    why = {entry.head: ABSTENTION_REASONS[entry.reason] for entry in answer.abstained}
    lines = [f"language  {answer.language or 'unknown'}"]
    if "topics" in heads:
        lines += _topic_lines(answer, document, width) if answer.topics else _none("topics  ", why.get("topics"), width)
    if answer.stances:
        lines += _stance_lines(answer, document, width)
    elif "stance" in heads:
        lines += _none("stances ", why.get("stance") or "no known target is mentioned; name one with --target", width)
    if "leaning" in heads:
        lines += _leaning_lines(answer, document, why.get("leaning"), width)
    lines.append(f"run       {harmless(answer.run)}")
    return "".join(cut(line, width) + "\n" for line in lines)


class Progress:
    """How far a long command has come, on stderr: a bar if that is a terminal, the first errors, and a closing line.

    Parameters
    ----------
    quiet : bool
        Neither bar nor closing line; errors are shown all the same.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.documents = 0
        self.malformed = 0
        self._quiet = quiet
        self._start = time.perf_counter()
        self._bar: Any = None

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(unit=" documents", file=sys.stderr, leave=False, dynamic_ncols=True)
        return self

    def __exit__(self, *failure: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def add(self, documents: int, malformed: int, errors: Sequence[InputError], share: float | None) -> None:
        """Take the account of one chunk; ``share`` is how much of the input is read, 0 to 1, ``None`` if unknown."""
        for error in errors[: max(0, ERRORS_SHOWN - self.malformed)]:
            self._report(harmless(f"malformed: {error}"))
        if self.malformed <= ERRORS_SHOWN < self.malformed + malformed:
            self._report("further malformed records are only counted")
        self.documents += documents
        self.malformed += malformed
        if self._bar is not None:
            self._bar.total = round(self.documents / share) if share else None
            self._bar.update(documents)

    def close(self) -> None:
        """Say what was done and how fast."""
        if self._quiet:
            return
        seconds = time.perf_counter() - self._start
        rate = f"{self.documents / max(seconds, 1e-9):,.0f}/s"
        line = f"labelled {_count(self.documents, 'document')} in {seconds:.1f} s ({rate})"
        if self.malformed:
            line += f", {_count(self.malformed, 'malformed record')}"
        self._report(line)

    def _report(self, line: str) -> None:
        if self._bar is not None:
            self._bar.clear()
        sys.stderr.write(line + "\n")


def _pad(cell: str, width: int) -> str:
    return cell + " " * (width - columns_of(cell))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _bar(score: float) -> str:
    filled = round(min(1.0, max(0.0, score)) * BAR)
    return "█" * filled + "░" * (BAR - filled)


def _none(what: str, why: str | None, width: int) -> list[str]:
    return [cut(f"{what}  none: {why or 'no label reaches its threshold'}", width)]


def _topic_lines(answer: Answer, document: Document, width: int) -> list[str]:
    names = [cut(harmless(topic.label), MAX_LABEL) for topic in answer.topics]
    column = max(columns_of(name) for name in names)
    lines = ["topics"]
    for name, topic in zip(names, answer.topics, strict=True):
        padding = " " * (column - columns_of(name))
        lines.append(f"  {name}{padding}  {_bar(topic.score)} {topic.score:.2f}  {harmless(topic.code or '')}".rstrip())
        lines += _passages(topic.evidence, document, width)
    return lines


def _leaning_lines(answer: Answer, document: Document, why: str | None, width: int) -> list[str]:
    if answer.leaning is None:
        return _none("leaning ", why, width)
    scores = "  ".join(f"{name} {score:.2f}" for name, score in answer.leaning.scores.items())
    if answer.leaning.label is None:
        return [*_none("leaning ", why, width), f"  {scores}"]
    score = answer.leaning.scores[answer.leaning.label]
    lines = ["leaning", f"  {answer.leaning.label}  {_bar(score)} {score:.2f}  ({scores})"]
    return lines + _passages(answer.leaning.evidence, document, width)


def _stance_lines(answer: Answer, document: Document, width: int) -> list[str]:
    lines = ["stances"]
    for label in answer.stances:
        target = cut(harmless(label.target), MAX_LABEL)
        if not label.mentioned or label.scores is None:
            lines.append(f"  {target}: none, the article does not mention it")
            continue
        scores = "  ".join(f"{name} {score:.2f}" for name, score in label.scores.items())
        if label.stance is None:
            lines.append(f"  {target}: none, no stance is likely enough  ({scores})")
            continue
        score = label.scores[label.stance]
        lines.append(f"  {target}: {label.stance}  {_bar(score)} {score:.2f}  ({scores})")
        lines += _passages(label.evidence, document, width)
    return lines


def _passages(spans: Sequence[Span], document: Document, width: int) -> list[str]:
    """The quoted passages, a plus before what speaks for the label and a minus before what speaks against it."""
    lines = []
    for span in spans:
        text = document.title if span.field == "title" else document.text
        start = f"    {'+' if span.weight >= 0 else '-'} {'title: ' if span.field == 'title' else ''}“"
        lines.append(start + cut(harmless(text[span.start : span.end]), width - len(start) - 1) + "”")
    return lines


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"

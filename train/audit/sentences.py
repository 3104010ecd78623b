"""Where the sentences of a text begin and end, roughly, for counting those that recur. Not for evidence."""

from __future__ import annotations

import re
from collections.abc import Collection

Span = tuple[int, int]

# A stop, perhaps with closing quotes, before something that may begin a sentence; not the stop of an initial or a title.
_STOP = re.compile(
    r"[.!?](?<!\b[A-Z]\.)(?<!\b(?:Mr|Ms|Dr|Jr|Sr|St|Lt)\.)(?<!\b(?:Mrs|Sen|Rep|Gov|Gen|Sgt|Rev|Col)\.)"
    r"[\"'”’)\]]*(?=\s+[\"'“‘(\[]*[A-Z0-9])"
)


def sentence_spans(text: str) -> list[Span]:
    """Start and end of every line and every sentence within a line; those of white space only are left out."""
    spans = []
    start = 0
    for line in text.split("\n"):
        cut = start
        for found in _STOP.finditer(line):
            end = start + found.end()
            spans.append((cut, end))
            cut = end
        spans.append((cut, start + len(line)))
        start += len(line) + 1
    return [span for begin, end in spans if (span := _trimmed(text, begin, end))]


def is_line(text: str, span: Span) -> bool:
    """Whether a sentence has a line to itself."""
    before, after = text[: span[0]].rstrip(" \t\r"), text[span[1] :].lstrip(" \t\r")
    return before[-1:] in ("", "\n") and after[:1] in ("", "\n")


def _trimmed(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def without(text: str, spans: Collection[Span]) -> str:
    """The text without some of its sentences, and without the white space that followed each."""
    kept, position = [], 0
    for start, end in sorted(spans):
        kept.append(text[position:start])
        position = end + len(text[end:]) - len(text[end:].lstrip())
        if "\n" in text[end:position] and kept[-1] and not kept[-1].endswith("\n"):
            kept.append(text[end:position])
    return ("".join(kept) + text[position:]).strip()

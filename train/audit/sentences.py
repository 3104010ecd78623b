"""Where the sentences of a text begin and end, roughly, for counting those that recur. Not for evidence."""

from __future__ import annotations

import re
from collections.abc import Collection

Span = tuple[int, int]

_BREAK = re.compile(r"\s*\n\s*|(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9])")


def sentence_spans(text: str) -> list[Span]:
    """Start and end of every line and every sentence within a line; those of white space only are left out."""
    spans = []
    start = 0
    for found in _BREAK.finditer(text):
        end = found.start() + len(found.group().rstrip())
        if end > start:
            spans.append((start, end))
        start = found.end()
    end = len(text.rstrip())
    if end > start:
        spans.append((start, end))
    return spans


def without(text: str, spans: Collection[Span]) -> str:
    """The text without some of its sentences, and without the white space that followed each."""
    kept, position = [], 0
    for start, end in sorted(spans):
        kept.append(text[position:start])
        position = end + len(text[end:]) - len(text[end:].lstrip())
        if "\n" in text[end:position] and kept[-1] and not kept[-1].endswith("\n"):
            kept.append(text[end:position])
    return ("".join(kept) + text[position:]).strip()

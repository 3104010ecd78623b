"""From what each word adds to a score to the few passages worth showing. Not for computing the contributions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from newsstand.answers import FieldName, Span

MAX_SPANS = 5
MIN_SHARE = 0.02

FieldContributions = tuple[FieldName, NDArray[np.uint32], NDArray[np.float32]]
"""A field, the spans of its words (n_words, 2), and what each adds to a label's log-odds (n_words,)."""


def evidence(fields: Sequence[FieldContributions]) -> tuple[Span, ...]:
    """The passages with the largest weight either way, strongest first.

    A passage is a run of neighbouring words that push the label the same way; its weight is the sum of what they add. Words
    that add next to nothing (less than 2 % of the strongest of their field) end a run.
    """
    found: list[tuple[float, FieldName, int, int]] = []
    for field, spans, contributions in fields:
        if not len(spans):
            continue
        floor = MIN_SHARE * np.abs(contributions).max()
        signs = (contributions > floor).view(np.int8) - (contributions < -floor).view(np.int8)
        starts = np.flatnonzero(np.diff(signs, prepend=np.int8(2)))
        sums = np.where(signs[starts] != 0, np.add.reduceat(contributions, starts), 0)
        strongest = np.argsort(-np.abs(sums), kind="stable")[:MAX_SPANS]
        ends = np.append(starts[1:], len(signs))
        found += [
            (float(sums[n]), field, int(spans[starts[n], 0]), int(spans[ends[n] - 1, 1]))
            for n in strongest.tolist()
            if sums[n]
        ]
    found.sort(key=lambda passage: -abs(passage[0]))
    return tuple([Span(field, start, end, weight) for weight, field, start, end in found[:MAX_SPANS]])

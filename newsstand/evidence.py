"""From what each word adds to a score to the few passages worth showing. Not for computing the contributions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from newsstand.answers import FieldName, Span

MAX_SPANS = 5
MIN_SHARE = 0.02


def passages(field: FieldName, spans: NDArray[np.uint32], contributions: NDArray[np.float32]) -> list[Span]:
    """Runs of neighbouring words that push a label the same way, as spans with the sum of their contributions.

    Parameters
    ----------
    spans : array of shape (n_words, 2)
        Start and end of each word, in code points.
    contributions : array of shape (n_words,)
        What each word adds to the label's log-odds.

    Returns
    -------
    list of Span
        In the order of the text. Words that add next to nothing (less than 2 % of the strongest) end a run.
    """
    if not len(spans):
        return []
    floor = MIN_SHARE * float(np.abs(contributions).max())
    signs = np.where(contributions > floor, 1, np.where(contributions < -floor, -1, 0))
    starts = np.flatnonzero(np.diff(signs, prepend=2))
    ends = np.append(starts[1:], len(signs))
    sums = np.add.reduceat(contributions, starts)
    return [
        Span(field, int(spans[start, 0]), int(spans[end - 1, 1]), float(total))
        for start, end, total, sign in zip(starts, ends, sums, signs[starts], strict=True)
        if sign
    ]


def strongest(spans: list[Span]) -> tuple[Span, ...]:
    """The few spans with the largest weight either way, strongest first."""
    return tuple(sorted(spans, key=lambda span: -abs(span.weight))[:MAX_SPANS])

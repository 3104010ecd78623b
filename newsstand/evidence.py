"""From what each word adds to a score to the few passages worth showing. Not for computing the contributions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from newsstand import kernel
from newsstand.answers import Span

MAX_SPANS = 5
MIN_SHARE = 0.02


def evidence(
    spans: NDArray[np.uint32], contributions: NDArray[np.float32], in_title: int, slopes: NDArray[np.float32]
) -> list[tuple[Span, ...]]:
    """For each label the passages with the largest weight either way, strongest first.

    A passage is a run of neighbouring words that push the label the same way; its weight is the sum of what they add. Words
    that add next to nothing (2 % of the strongest of their field, or less) end a run.

    Parameters
    ----------
    spans : array of uint32, shape (n_words, 2)
        Of each word, those of the title first.
    contributions : array of float32, shape (n_words, n_labels)
        What each word adds to the score of each label.
    in_title : int
        How many words are the title's.
    slopes : array of float32, shape (n_labels,)
        Log-odds a unit of score.
    """
    found = kernel.passages(spans, contributions, in_title, slopes, least_share=MIN_SHARE, most=MAX_SPANS)
    return [
        tuple([Span("text" if field else "title", start, end, weight) for field, start, end, weight in row if weight])
        for row in found.tolist()
    ]

"""Which topics one document is given, decided in the kernel. Not for what the numbers mean (see ``newsstand.heads.topics``)."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref, c_double, c_uint32

import numpy as np
from numpy.typing import ArrayLike, NDArray

from newsstand.kernel import Scores
from newsstand.kernel.library import TopicsStruct, library

Knots = tuple[Sequence[float], Sequence[float]]
"""Log-odds at the knots of a curve, before and after it; none where there is no curve."""


class Topics:
    """What decides on each topic, one a column.

    Parameters
    ----------
    slope, bias : arrays of float32, shape (n_topics,)
        The log-odds of a topic by itself are ``slope * score + bias``.
    threshold, least : arrays, shape (n_topics,)
        Log-odds from which a topic is given, and from which its parent is given too, before the curves.
    parents : sequence of int
        Column of each topic's parent, or its own where it has none.
    curves : sequence of Knots
        What corrects the log-odds.
    """

    def __init__(
        self,
        slope: NDArray[np.float32],
        bias: NDArray[np.float32],
        threshold: ArrayLike,
        least: ArrayLike,
        parents: Sequence[int],
        curves: Sequence[Knots],
    ) -> None:
        ends = np.cumsum([0, *(len(before) for before, _ in curves)])
        self._kept = (
            np.ascontiguousarray(slope, np.float32),
            np.ascontiguousarray(bias, np.float32),
            np.ascontiguousarray(threshold, np.float64),
            np.ascontiguousarray(least, np.float64),
            np.array(parents, np.uint32),
            ends.astype(np.uint32),
            np.array([knot for before, _ in curves for knot in before], np.float64),
            np.array([knot for _, after in curves for knot in after], np.float64),
        )
        self._struct = TopicsStruct(*(array.ctypes.data for array in self._kept), len(parents))
        self._reference = byref(self._struct)
        self._new_columns, self._new_probabilities = c_uint32 * len(parents), c_double * len(parents)

    def given(self, scores: Scores) -> list[tuple[int, float]]:
        """Columns and probabilities of the topics that a document is given, the likeliest first; no parent is less likely than a child."""
        columns, probabilities = self._new_columns(), self._new_probabilities()
        count = library.ns_given_topics(self._reference, scores, columns, probabilities)
        return list(zip(columns[:count], probabilities[:count], strict=True))

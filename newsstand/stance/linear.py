"""A linear scorer of stances: one weight a feature and stance. Not for fitting it (see ``train.stance``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from newsstand.documents import STANCES
from newsstand.kernel import stance as kernel
from newsstand.stance.features import BITS, n_dense, read_pairs
from newsstand.stance.passages import Pair
from newsstand.stance.words import WordTable

N_STANCES = len(STANCES)


@dataclass(frozen=True)
class LinearScorer:
    """Scores are sums of weights, so what each sentence adds is exact.

    Parameters
    ----------
    words : WordTable
    weights : array of float16, shape (2 ** BITS * 3,)
        Of the hashed features, the three stances of a feature side by side; may be memory-mapped.
    dense : array of float32, shape (n_dense * 3,)
        Of the dense features, laid out alike.
    intercept : tuple of float
        One a stance.
    """

    words: WordTable
    weights: NDArray[np.float16]
    dense: NDArray[np.float32]
    intercept: tuple[float, float, float]

    @property
    def rounding(self) -> float:
        """By how much the arithmetic of another processor may change a probability of its head."""
        return 0.002

    def __post_init__(self) -> None:
        if self.weights.shape != (N_STANCES << BITS,) or self.weights.dtype != np.float16:
            raise ValueError("the weights of the stance head do not fit its features")
        if self.dense.shape != (N_STANCES * n_dense(self.words.size),) or self.dense.dtype != np.float32:
            raise ValueError("the dense weights of the stance head do not fit its word vectors")

    def load(self) -> None:
        """Nothing is left to load."""

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Log-odds of favor, against and neutral, each up to a constant a pair; shape (n_pairs, 3)."""
        if not pairs:
            return np.zeros((0, N_STANCES), np.float32)
        return self._kernel.score(read_pairs(pairs, self.words))

    def explain(self, pairs: Sequence[Pair]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        """The scores, and what each sentence of each passage adds to them: shape (n_sentences, 3) for each pair."""
        if not pairs:
            return self.score(pairs), []
        read = read_pairs(pairs, self.words)
        scores, added = self._kernel.explain(read)
        ends = list(accumulate(read.n_sentences))
        return scores, [added[end - count : end] for count, end in zip(read.n_sentences, ends, strict=True)]

    @cached_property
    def _kernel(self) -> kernel.StanceScorer:
        dense = self.dense.reshape(-1, N_STANCES).T
        return kernel.StanceScorer(self.words.kernel, self.weights, dense, self.intercept)

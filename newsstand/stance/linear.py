"""A linear scorer of stances: one weight a feature and stance. Not for fitting it (see ``train.stance``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from newsstand.documents import STANCES
from newsstand.stance.features import BITS, Features, features, n_dense
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
        found = features(pairs, self.words)
        return self._scores(found, self._added(found))

    def explain(self, pairs: Sequence[Pair]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        """The scores, and what each sentence of each passage adds to them: shape (n_sentences, 3) for each pair."""
        if not pairs:
            return self.score(pairs), []
        found = features(pairs, self.words)
        added, placed = self._added(found), found.token >= 0
        by_token = found.dense_tokens @ self._dense
        by_token += _sums(found.token[placed], added[placed], len(by_token))
        result = []
        bounds = np.searchsorted(found.token_row, np.arange(len(pairs) + 1))
        for row, (_, passage) in enumerate(pairs):
            own = slice(bounds[row], bounds[row + 1])
            starts = [start for start, _ in passage.sentences]
            sentence = np.maximum(np.searchsorted(starts, found.token_start[own], side="right") - 1, 0)
            result.append(_sums(sentence, by_token[own], len(starts)))
        return self._scores(found, added), result

    def _scores(self, found: Features, added: NDArray[np.float32]) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = found.dense_rows @ self._dense + np.array(self.intercept, np.float32)
        return scores + _sums(found.row, added, found.n_pairs)

    @property
    def _dense(self) -> NDArray[np.float32]:
        return self.dense.reshape(-1, N_STANCES)

    @cached_property
    def _hashed(self) -> NDArray[np.float16]:
        # The same memory, without what a memmap costs each time.
        return np.asarray(self.weights).view(np.ndarray).reshape(-1, N_STANCES)

    def _added(self, found: Features) -> NDArray[np.float32]:
        taken: NDArray[np.float32] = self._hashed[found.index].astype(np.float32)
        taken *= found.value[:, None]
        return taken


def _sums(group: NDArray[np.intp], values: NDArray[np.float32], n_groups: int) -> NDArray[np.float32]:
    columns = [np.bincount(group, weights=values[:, n], minlength=n_groups) for n in range(N_STANCES)]
    return np.stack(columns, axis=1).astype(np.float32)

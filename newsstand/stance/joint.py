"""A scorer that adds an encoder and a linear one up. Not for choosing how much the linear one counts (see ``train.encoder``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newsstand.stance.encoder import EncoderScorer
from newsstand.stance.linear import LinearScorer
from newsstand.stance.passages import Pair


@dataclass(frozen=True)
class JointScorer:
    """What the encoder says, and a part of what the linear scorer says: they err on different passages.

    Parameters
    ----------
    encoder : EncoderScorer
    linear : LinearScorer
    weight : float
        Of the linear scores beside the 1 of those of the encoder.
    """

    encoder: EncoderScorer
    linear: LinearScorer
    weight: float

    def __post_init__(self) -> None:
        if not 0 < self.weight <= 100:
            raise ValueError("the weight of the linear scores must be positive")

    @property
    def rounding(self) -> float:
        """By how much the arithmetic of another processor may change a probability of its head."""
        return self.encoder.rounding

    def load(self) -> None:
        """Load the encoder."""
        self.encoder.load()

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Log-odds of favor, against and neutral, each up to a constant a pair; shape (n_pairs, 3)."""
        return np.asarray(self.encoder.score(pairs) + self.weight * self.linear.score(pairs), np.float32)

    def explain(self, pairs: Sequence[Pair]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        """The scores, and what each sentence of each passage adds to them: shape (n_sentences, 3) for each pair."""
        scores, added = self.encoder.explain(pairs)
        linear_scores, linear_added = self.linear.explain(pairs)
        both = [np.asarray(a + self.weight * b, np.float32) for a, b in zip(added, linear_added, strict=True)]
        return np.asarray(scores + self.weight * linear_scores, np.float32), both

"""From raw scores to a leaning, or to an abstention. Not for fitting (see ``train.fit``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.documents import LEANINGS, LeaningName


@dataclass(frozen=True)
class LeaningHead:
    """Decides whether an article leans left, center or right.

    Parameters
    ----------
    intercept : array of float32, shape (3,)
    slope : float
        Probabilities are ``softmax(slope * (score + intercept))`` (temperature scaling, Guo et al. 2017).
    threshold : float
        Below this probability of the likeliest leaning the head abstains.
    """

    intercept: NDArray[np.float32]
    slope: float
    threshold: float

    def probabilities(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities from scores without intercept, shape (…, 3)."""
        logits = self.slope * (scores + self.intercept)
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        result: NDArray[np.float32] = odds / odds.sum(axis=-1, keepdims=True)
        return result

    def decide(self, scores: NDArray[np.float32]) -> tuple[LeaningName | None, dict[str, float]]:
        """The likeliest leaning of one document, ``None`` where it is not likely enough, and the probability of each."""
        slope, exp = self.slope, math.exp
        (left, center, right), (first, second, third) = scores.tolist(), self._intercept
        logits = slope * (left + first), slope * (center + second), slope * (right + third)
        highest = max(logits)
        odds = exp(logits[0] - highest), exp(logits[1] - highest), exp(logits[2] - highest)
        total = odds[0] + odds[1] + odds[2]
        probabilities: dict[str, float] = {
            LEANINGS[0]: odds[0] / total,
            LEANINGS[1]: odds[1] / total,
            LEANINGS[2]: odds[2] / total,
        }
        best = LEANINGS[logits.index(highest)]
        return best if probabilities[best] >= self.threshold else None, probabilities

    @cached_property
    def _intercept(self) -> list[float]:
        return [float(value) for value in self.intercept]

    def to_dict(self) -> dict[str, Any]:
        """The head as it stands in a manifest."""
        return {
            "intercept": self.intercept.tolist(),
            "slope": self.slope,
            "threshold": self.threshold,
        }

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> LeaningHead:
        """Rebuild a head from a manifest; KeyError, TypeError or ValueError if it is not what :meth:`to_dict` wrote."""
        intercept = np.array(entry["intercept"], np.float32)
        if intercept.shape != (len(LEANINGS),):
            raise ValueError("the leaning head needs three intercepts")
        return cls(intercept, float(entry["slope"]), float(entry["threshold"]))

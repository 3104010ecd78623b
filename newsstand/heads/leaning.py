"""From raw scores to a leaning, or to an abstention. Not for fitting (see ``train.fit``)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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

    def decide(self, scores: Sequence[float]) -> tuple[LeaningName | None, dict[str, float]]:
        """The likeliest leaning of one document, ``None`` where it is not likely enough, and the probability of each."""
        slope, (of_left, of_center, of_right) = self.slope, self._intercept
        left, center, right = scores
        logits = slope * (left + of_left), slope * (center + of_center), slope * (right + of_right)
        highest = max(logits)
        left, center, right = map(math.exp, (logits[0] - highest, logits[1] - highest, logits[2] - highest))
        total = left + center + right
        probabilities = {"left": left / total, "center": center / total, "right": right / total}
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
        slope, threshold = float(entry["slope"]), float(entry["threshold"])
        if np.isnan([*intercept, slope, threshold]).any():
            raise ValueError("an intercept, the slope or the threshold of the leaning head is no number")
        return cls(intercept, slope, threshold)

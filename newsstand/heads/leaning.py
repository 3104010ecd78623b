"""From raw scores to a leaning, or to an abstention. Not for fitting (see ``train.fit``)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import add
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

    def decide(self, scores: Iterable[float]) -> tuple[LeaningName | None, dict[str, float]]:
        """The likeliest leaning of one document, ``None`` where it is not likely enough, and the probability of each."""
        slope = self.slope
        logits = [slope * value for value in map(add, scores, self._intercept)]
        highest = max(logits)
        odds = [math.exp(logit - highest) for logit in logits]
        total = sum(odds)
        best = LEANINGS[logits.index(highest)]
        probabilities: dict[str, float] = dict(zip(LEANINGS, [value / total for value in odds], strict=True))
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

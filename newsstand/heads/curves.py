"""What is learned about probabilities on top of a sigmoid or softmax. Not for fitting it (see ``train.curves``, ``train.heads``)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_KNOTS = 64
LARGEST_LOG_ODDS = 10.0
"""Beyond it a 32-bit probability tells no more."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What isotonic regression makes of a sigmoid's log-odds: straight between knots, a constant shift outside them.

    Parameters
    ----------
    before, after : tuple of float
        Log-odds at the knots, both strictly ascending, so that the curve can be read backwards.

    Raises
    ------
    ValueError
        If they are not, or differ in length.
    """

    before: tuple[float, ...]
    after: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.before) == len(self.after) <= MAX_KNOTS:
            raise ValueError(f"a curve needs 2 to {MAX_KNOTS} knots, as many before as after")
        for knots in (self.before, self.after):
            if not all(map(math.isfinite, knots)) or any(a >= b for a, b in pairwise(knots)):
                raise ValueError("the knots of a curve must be finite and ascending")

    def __call__(self, log_odds: float) -> float:
        """The corrected log-odds of one value."""
        return _along(log_odds, self.before, self.after)

    def inverse(self, log_odds: float) -> float:
        """The value whose correction is ``log_odds``."""
        return _along(log_odds, self.after, self.before)

    def apply(self, log_odds: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """The corrected log-odds of an array, same shape."""
        inside = np.interp(log_odds, self.before, self.after)
        below = np.minimum(log_odds - self.before[0], 0)
        return np.asarray(inside + below + np.maximum(log_odds - self.before[-1], 0), np.float64)

    def to_dict(self) -> dict[str, list[float]]:
        """The curve as it stands in a manifest."""
        return {"before": list(self.before), "after": list(self.after)}

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Curve:
        """Rebuild a curve from a manifest; KeyError, TypeError or ValueError if it is none."""
        return cls(tuple(map(float, entry["before"])), tuple(map(float, entry["after"])))


@dataclass(frozen=True, slots=True)
class Certainty:
    """How likely the likeliest topic of a document is right, from its log-odds and those of the next.

    Parameters
    ----------
    weights : tuple of three floats
        Of the log-odds of the likeliest topic, of those of the next, and a constant.
    curve : Curve, optional
        Corrects what they add up to.

    Raises
    ------
    ValueError
        If a weight is not finite.
    """

    weights: tuple[float, float, float]
    curve: Curve | None = None

    def __post_init__(self) -> None:
        if len(self.weights) != 3 or not all(map(math.isfinite, self.weights)):
            raise ValueError("certainty needs three finite weights")

    def probability(self, first: float, second: float) -> float:
        """That of one document, from the log-odds of its two likeliest topics."""
        first, second = (max(-LARGEST_LOG_ODDS, min(LARGEST_LOG_ODDS, value)) for value in (first, second))
        z = self.weights[0] * first + self.weights[1] * second + self.weights[2]
        z = self.curve(z) if self.curve else z
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, z))))

    def probabilities(self, evidence: NDArray[np.float64]) -> NDArray[np.float32]:
        """Those of many documents, from ``likeliest_evidence`` of shape (n_documents, 3)."""
        z = evidence @ np.array(self.weights)
        z = self.curve.apply(z) if self.curve else z
        return np.asarray(1 / (1 + np.exp(-np.clip(z, -50, 50))), np.float32)

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {"weights": list(self.weights)} | ({"curve": self.curve.to_dict()} if self.curve else {})

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Certainty:
        """Rebuild it from a manifest; KeyError, TypeError or ValueError if it is none."""
        first, second, constant = map(float, entry["weights"])
        return cls((first, second, constant), Curve.from_dict(entry["curve"]) if "curve" in entry else None)


def _along(value: float, start: Sequence[float], end: Sequence[float]) -> float:
    if value <= start[0]:
        return end[0] + value - start[0]
    if value >= start[-1]:
        return end[-1] + value - start[-1]
    n = bisect_right(start, value)
    share = (value - start[n - 1]) / (start[n] - start[n - 1])
    return end[n - 1] + share * (end[n] - end[n - 1])

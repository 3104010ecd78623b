"""Whether a text is like those that a run learned from, by how much of it the run knows. Not a topic and not a language."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Familiarity:
    """The least that a text of some length must have of what a run knows.

    What a text has is the squared length of its vector of n-grams, before it is normalised, for each of its words: every known
    n-gram adds to it, every word that the run does not know dilutes it. It is there anyway when a text is scored.

    Parameters
    ----------
    words : tuple of int
        Lengths of texts, ascending.
    least : tuple of float
        What a text of each length must have; between two lengths the mean of both, weighted by the logarithm of the length.

    Raises
    ------
    ValueError
        If they differ in number, or are not what is said above.
    """

    words: tuple[int, ...]
    least: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.words) == len(self.least) <= 64 or self.words[0] < 1:
            raise ValueError("familiarity needs as many lengths as values, 1 to 64")
        if any(a >= b for a, b in pairwise(self.words)) or not all(0 <= v < math.inf for v in self.least):
            raise ValueError("the lengths of familiarity must ascend, its values be finite and not negative")

    def is_strange(self, words: int, norm: float) -> bool:
        """Whether a text of so many words, whose vector has that length, is unlike the training corpus."""
        return words > 0 and norm * norm / words < self._at(words)

    def _at(self, words: int) -> float:
        n = bisect_right(self.words, words)
        if n == 0 or n == len(self.words):
            return self.least[max(0, n - 1)]
        low, high = math.log(self.words[n - 1]), math.log(self.words[n])
        share = (math.log(words) - low) / (high - low)
        return self.least[n - 1] + share * (self.least[n] - self.least[n - 1])

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {"words": list(self.words), "least": list(self.least)}

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Familiarity:
        """Rebuild it from a manifest; KeyError, TypeError or ValueError if it is none."""
        return cls(tuple(map(int, entry["words"])), tuple(map(float, entry["least"])))

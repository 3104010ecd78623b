"""How much of an article reports what others say. Not for what it says of a target, or who speaks in a passage."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from newsstand.stance.lexicon import hash_of
from newsstand.stance.reading import Reading

SHORTEST = 200  # words; in a shorter text, one word of reporting counts as in one of so many
MOST = 4.0  # in a hundred words

_WORDS = (
    *("said", "say", "saying", "told", "according", "added", "announced", "asked", "interview", "reported", "reporter"),
    *("spokesman", "spokesperson", "spokeswoman", "statement"),
)
_HASHES = np.array([hash_of(word) for word in _WORDS], np.uint32)  # of stems: "say" stands for "says" too


def reporting_of(readings: Sequence[Reading]) -> float:
    """The square root of how many words of reporting (said, told, according, spokesman, …) the text has in a hundred, at most 2.

    Reports take sides less often than columns, letters and commentary do, whatever they are about.

    Parameters
    ----------
    readings : sequence of Reading
        The fields of the article, the text last.
    """
    reading = readings[-1]
    return math.sqrt(min(MOST, 100 * reading.count(_HASHES) / max(len(reading), SHORTEST)))

"""How an article is written: as a report of what others say, or in a voice of its own. Not for what it says of a target."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from newsstand.stance.lexicon import hash_of
from newsstand.stance.reading import Reading

SHORTEST = 200  # words; a shorter text is taken for one that says nothing in the rest, so that one word of a sentence does not decide
MOST = 4.0  # in a hundred words

_REPORTING = (
    *("said", "say", "saying", "told", "according", "added", "announced", "asked", "interview", "reported", "reporter"),
    *("spokesman", "spokesperson", "spokeswoman", "statement"),
)
_PERSONAL = ("i", "me", "my", "we", "our", "you", "your")  # not "us", which in lower case is a country too
_REPORTING_HASHES, _PERSONAL_HASHES = (
    np.array([hash_of(word) for word in words], np.uint32) for words in (_REPORTING, _PERSONAL)
)
_QUOTATION = re.compile('"[^"]{0,2000}"|“[^”]{0,2000}”')


@dataclass(frozen=True, slots=True)
class Manner:
    """How an article is written; news takes sides less often than columns and letters do, whatever it is about.

    Parameters
    ----------
    reported : float
        The square root of how many words of reporting (said, told, according, spokesman, …) it has in a hundred, at most 2.
    personal : float
        The same of the first and second person outside quotations.
    """

    reported: float = 0.0
    personal: float = 0.0


NO_MANNER = Manner()


def manner_of(readings: Sequence[Reading]) -> Manner:
    """How the text of an article is written, whatever its title.

    Parameters
    ----------
    readings : sequence of Reading
        The fields of the article, the text last.
    """
    reading = readings[-1]
    words = max(len(reading), SHORTEST)
    personal = reading.starts_of(_PERSONAL_HASHES)
    if len(personal):
        quotations = np.array([match.span() for match in _QUOTATION.finditer(reading.text)], np.intp).reshape(-1, 2)
        before = np.searchsorted(quotations[:, 0], personal, side="right")
        ends = np.concatenate(([0], quotations[:, 1]))
        personal = personal[personal >= ends[before]]
    return Manner(_root(len(reading.starts_of(_REPORTING_HASHES)), words), _root(len(personal), words))


def _root(count: int, words: int) -> float:
    return math.sqrt(min(MOST, 100 * count / words))

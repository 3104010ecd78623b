"""The parts of an article that speak of a target, and what a scorer of stances is. Not for finding the target in the article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from newsstand.answers import FieldName
from newsstand.stance.mentions import Mention
from newsstand.stance.reading import Reading

SHORT_TEXT = 1200  # characters: a comment, a report of a few sentences; read as a whole
LONGEST = 600  # characters of a passage of a longer text
BEGINNING = 8  # sentences
MOST_PASSAGES = 16  # of one article; a longer one gives them evenly from start to end


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one field of an article.

    Parameters
    ----------
    field : {"title", "text"}
    start : int
        Where it begins, in code points of the field.
    text : str
    mentions : tuple of (int, int)
        Where it mentions the target, in code points of the passage; empty where the article does not.
    sentences : tuple of (int, int)
        Its sentences, in code points of the passage.
    """

    field: FieldName
    start: int
    text: str
    mentions: tuple[tuple[int, int], ...] = ()
    sentences: tuple[tuple[int, int], ...] = ()


Pair = tuple[str, Passage]
"""A target and a passage to read for the stance towards it."""


class StanceScorer(Protocol):
    """What can tell the stance of a passage towards a target."""

    @property
    def rounding(self) -> float:
        """By how much the arithmetic of another processor may change a probability of its head."""
        ...

    def load(self) -> None:
        """Load now what is needed to score; an ArtifactError if that cannot be done."""
        ...

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Log-odds of favor, against and neutral, each up to a constant a pair; shape (n_pairs, 3)."""
        ...

    def explain(self, pairs: Sequence[Pair]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        """The scores, and what each sentence of each passage adds to them: shape (n_sentences, 3) for each pair."""
        ...


def passages(readings: Sequence[Reading], mentions: Sequence[Mention]) -> list[Passage]:
    """What has to be read for the stance of an article towards a target: title, lead and every later mention.

    A short text is one passage. Of a longer one, every sentence with a mention is taken with the one behind it, which
    often says what the target did; neighbours are joined up to 600 characters. Without mentions, it is the beginning.

    Parameters
    ----------
    readings : sequence of Reading
        The fields of the article.
    mentions : sequence of Mention
        Of the target in them.
    """
    found: list[Passage] = []
    for reading in readings:
        own = [mention for mention in mentions if mention.field == reading.field]
        if own:
            found += [_passage(reading, group, own) for group in _groups(reading, [m.sentence for m in own])]
    if not found:
        found = [
            _passage(reading, group, [])
            for reading in readings[-1:]
            for group in _groups(reading, range(BEGINNING))[:1]
        ]
    if len(found) > MOST_PASSAGES:
        found = [found[n] for n in np.linspace(0, len(found) - 1, MOST_PASSAGES).astype(int).tolist()]
    return found


def _groups(reading: Reading, mentioned: Sequence[int]) -> list[list[int]]:
    """The sentences of each passage."""
    count = len(reading.sentences)
    if not count:
        return []
    if len(reading.text) <= SHORT_TEXT:
        return [list(range(count))]
    groups: list[list[int]] = []
    for sentence in sorted({n for first in mentioned for n in (first, first + 1) if n < count}):
        last = groups[-1] if groups else []
        if last and sentence == last[-1] + 1 and _length(reading, last[0], sentence) <= LONGEST:
            last.append(sentence)
        elif not last or sentence in mentioned:
            groups.append([sentence])
    return groups


def _length(reading: Reading, first: int, last: int) -> int:
    return reading.sentences[last][1] - reading.sentences[first][0]


def _passage(reading: Reading, group: Sequence[int], mentions: Sequence[Mention]) -> Passage:
    start, end = reading.sentences[group[0]][0], reading.sentences[group[-1]][1]
    return Passage(
        field=reading.field,
        start=start,
        text=reading.text[start:end],
        mentions=tuple([(m.start - start, min(m.end, end) - start) for m in mentions if start <= m.start < end]),
        sentences=tuple([(s - start, e - start) for s, e in reading.sentences[group[0] : group[-1] + 1]]),
    )

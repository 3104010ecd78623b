"""One field of an article cut into sentences and words, so that many targets can be looked for in it. Knows no target."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from newsstand.answers import FieldName
from newsstand.kernel.lexicon import N_PLACE_COLUMNS, Phrases, Places
from newsstand.stance.lexicon import SHORTENED, hash_of, lexicon, lower, root, stem
from newsstand.text.sentences import Span, sentences

MAX_GAP = 3  # characters between neighbouring words of one phrase: a hyphen, a quote and a space

_WORD = re.compile(r"(\w+)")
_POSSESSIVE = re.compile(r"['’]s\b")
_SEPARATES = re.compile(r"[,;:!?]|\n\s*\n")
_HEADLINE = 30  # words
_LONGEST_INITIAL = 2  # letters before a full stop inside a phrase: "U.", "J.", "Dr."


class Search:
    """Phrases to look for in texts, and words whose places will be asked for.

    Parameters
    ----------
    phrases : sequence of sequences of int
        The hashes of the stems of each, at least one.
    words : iterable of str
        Stems.
    """

    def __init__(self, phrases: Sequence[Sequence[int]], words: Iterable[str]) -> None:
        self.n_phrases = len(phrases)
        self.words = tuple(dict.fromkeys(words))
        self.kernel = Phrases([*phrases, *((hash_of(word),) for word in self.words)])


class Reading:
    """The words of a text with their places, in lower case and without a possessive ``'s``.

    Everything but these is worked out when it is first needed, so that an article without the words of any target costs least.

    Parameters
    ----------
    text : str
        The text of one field of a document.
    field : {"title", "text"}
        Which.
    """

    def __init__(self, text: str, field: FieldName = "text") -> None:
        self.text = text
        self.field: FieldName = field
        places = lexicon().places(text)
        self._places = read_places(text) if places is None else places
        self._positions: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self._places)

    @cached_property
    def sentences(self) -> list[Span]:
        """The sentences of the text."""
        return sentences(self.text)

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    @cached_property
    def _lower(self) -> str:
        return lower(self.text)

    @cached_property
    def stems_by_root(self) -> dict[str, list[str]]:
        """The stems that share a root."""
        found: dict[str, list[str]] = defaultdict(list)
        for position in np.unique(self._places[:, 0], return_index=True)[1].tolist():
            known = stem(self.word(position))
            found[root(known)].append(known)
        return found

    def search(self, search: Search) -> list[tuple[int, int]]:
        """Where the text may have which of some phrases: its number, and the position of its first word."""
        found: list[tuple[int, int]] = []
        positions: dict[str, list[int]] = {word: [] for word in search.words}
        for number, position in search.kernel.find(self._places):
            if number < search.n_phrases:
                found.append((number, position))
            else:
                positions[search.words[number - search.n_phrases]].append(position)
        self._positions.update(positions)
        return found

    def positions(self, wanted: str) -> list[int]:
        """Where the words of a stem stand, as positions among the words, in order."""
        found = self._positions.get(wanted)
        if found is None:
            found = np.flatnonzero(self._places[:, 0] == hash_of(wanted)).tolist()
            self._positions[wanted] = found
        return found if found and stem(self.word(found[0])) == wanted else []

    def span(self, position: int) -> Span:
        """Start and end of a word in code points of the text."""
        return int(self._places[position, 1]), int(self._places[position, 2])

    def word(self, position: int) -> str:
        """A word in lower case."""
        start, end = self.span(position)
        return self._lower[start:end]

    def sentence_of(self, position: int) -> int:
        """The sentence that a word stands in."""
        return max(bisect_right(self._sentence_starts, self.span(position)[0]) - 1, 0)

    def written(self, position: int) -> str:
        """A word as the text has it."""
        start, end = self.span(position)
        return self.text[start:end]

    def is_capital(self, position: int) -> bool:
        """Whether a word begins with a capital."""
        return self.text[self._places[position, 1]].isupper()

    @cached_property
    def is_headline(self) -> bool:
        """Whether nearly all words begin with a capital, so that capitals mark no names."""
        if len(self) > _HEADLINE:
            return False
        long = [position for position in range(len(self)) if len(self.word(position)) > 3]
        return sum(map(self.is_capital, long)) >= 0.8 * len(long)

    def adjoins(self, position: int) -> bool:
        """Whether only a space, a hyphen or the like stands between a word and the one before it."""
        return 0 < position < len(self) and bool(self._places[position, 3])


def read_places(text: str) -> Places:
    """What the kernel's lexicon reads, for any characters, only slower."""
    parts = _WORD.split(_POSSESSIVE.sub("  ", lower(text)))  # gap, word, gap, …, gap
    found, end = [], 0
    for n in range(1, len(parts), 2):
        gap, word = parts[n - 1 : n + 1]
        start, end = end + len(gap), end + len(gap) + len(word)
        found.append((hash_of(stem(word)), start, end, n > 1 and _adjoins(gap, parts[n - 2])))
    return np.array(found, np.uint32).reshape(-1, N_PLACE_COLUMNS)


def _adjoins(gap: str, before: str) -> bool:
    if len(gap) > MAX_GAP or _SEPARATES.search(gap):
        return False
    return "." not in gap or len(before) <= _LONGEST_INITIAL or before in SHORTENED

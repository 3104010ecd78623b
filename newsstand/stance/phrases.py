"""A name or phrase as words to look for, and where a text has them in a row. Not for what else may stand for a target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsstand.stance.lexicon import hash_of, lower, stem
from newsstand.stance.reading import Reading

MAX_PHRASE = 1000  # characters of a target that are looked at
MAX_WORDS = 40

_WORDS = re.compile(r"(\w+)(?:['’][sS]\b)?")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")  # also turns the direction of writing
_LONGEST_ACRONYM = 5


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words to find in a row.

    ``stems`` are what must match, ``written`` the words as given; ``strict`` says that a word with a capital matches only
    one with a capital. Acronyms are always strict.
    """

    stems: tuple[str, ...]
    written: tuple[str, ...]
    strict: bool

    @classmethod
    def of(cls, text: str, *, strict: bool = False) -> Phrase:
        """The words of any text, cut at 1,000 characters and 40 words; possibly none."""
        written = tuple(_WORDS.findall(_INVISIBLE.sub("", text[:MAX_PHRASE])))[:MAX_WORDS]
        return cls(tuple(stem(lower(word)) for word in written), written, strict)

    def spellings(self) -> Iterator[Phrase]:
        """The phrase itself and, where it has them, other spellings: ``U.N.`` for ``UN``, ``healthcare`` for ``health care``."""
        yield self
        if len(self.written) == 1 and is_acronym(self.written[0]):
            letters = tuple(self.written[0])
            yield Phrase(tuple(letter.lower() for letter in letters), letters, strict=True)
        elif 1 < len(self.written) <= 5 and all(len(word) == 1 and word.isupper() for word in self.written):
            yield Phrase(("".join(self.written).lower(),), ("".join(self.written),), strict=True)
        elif len(self.written) == 2:
            yield Phrase((stem("".join(self.written).lower()),), ("".join(self.written),), strict=False)

    def occurrences(self, reading: Reading) -> list[tuple[int, int]]:
        """The positions of the first and last word wherever the text has the phrase."""
        positions = []
        for known in self.stems:
            if not (places := reading.positions(known)):
                return []
            positions.append(places)
        if not positions:
            return []
        anchor = min(range(len(positions)), key=lambda n: len(positions[n]))
        first = (position - anchor for position in positions[anchor])
        return [(start, start + len(self.stems) - 1) for start in first if self.is_at(reading, start)]

    @property
    def hashes(self) -> tuple[int, ...]:
        """Of its stems."""
        return tuple(map(hash_of, self.stems))

    def is_at(self, reading: Reading, start: int) -> bool:
        """Whether the text has the phrase from the word at a position on."""
        if start < 0 or start + len(self.stems) > len(reading):
            return False
        for n, known in enumerate(self.stems):
            if stem(reading.word(start + n)) != known or (n and not reading.adjoins(start + n)):
                return False
        return all(self._is_written(n, reading, start + n) for n in range(len(self.stems)))

    def _is_written(self, n: int, reading: Reading, position: int) -> bool:
        mine = self.written[n]
        if is_acronym(mine) and (len(self.written) == 1 or self.strict):
            word = reading.written(position)
            return word == mine or word.removesuffix("s").isupper()
        return not (self.strict and mine[0].isupper()) or reading.is_capital(position)


def is_acronym(word: str) -> bool:
    """Whether a word is short and all capitals."""
    return 2 <= len(word) <= _LONGEST_ACRONYM and word.isupper() and word.isalpha()

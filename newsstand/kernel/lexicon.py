"""The words of texts and phrases in them, read by the kernel. Not for what is special about a word (``stance.lexicon``)."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.kernel import encode
from newsstand.kernel.library import LexiconStruct, checked, library, per_thread

Words = NDArray[np.uint32]
"""Shape (n_words, 6): for each word its hash, that of its root, of its first four and five letters, its flags, where it begins."""
N_COLUMNS = 6

Places = NDArray[np.uint32]
"""Shape (n_words, 4): for each word the hash of its stem, where it begins and ends, whether it adjoins the word before it."""
N_PLACE_COLUMNS = 4

UNREADABLE, SPACE, MARK, LETTER, JOINER = range(5)
_UNREADABLE = -2


class Lexicon:
    """What words are made of.

    Parameters
    ----------
    kinds : array of uint8, shape (n_letters,)
        What each code point is: unreadable, white space, a mark, a letter or digit, or ``_``.
    lower : array of uint16, shape (n_letters,)
        Its lower case.
    endings : sequence of str
        Those that a root lacks; the first that fits is taken off.
    stop_words, negations, shortened : arrays of uint32
        Hashes, ascending; a shortened word may stand before a full stop within a name.
    """

    def __init__(
        self,
        kinds: NDArray[np.uint8],
        lower: NDArray[np.uint16],
        endings: Sequence[str],
        stop_words: NDArray[np.uint32],
        negations: NDArray[np.uint32],
        shortened: NDArray[np.uint32],
    ) -> None:
        self._kept = (kinds, lower, stop_words, negations, shortened)
        self._struct = LexiconStruct(
            kinds.ctypes.data,
            lower.ctypes.data,
            b"".join(bytes([len(ending)]) + ending.encode() for ending in endings) + b"\0",
            stop_words.ctypes.data,
            negations.ctypes.data,
            shortened.ctypes.data,
            len(kinds),
            len(stop_words),
            len(negations),
            len(shortened),
        )
        self._reference = byref(self._struct)

    def words(self, text: str, most: int) -> Words | None:
        """The first words of a text; ``None`` if it has a character that the lexicon lacks."""
        return self._read(library.ns_words, text, np.empty((min(most, len(text)), N_COLUMNS), np.uint32))

    def places(self, text: str) -> Places | None:
        """The words of a text and how they stand together; ``None`` if it has a character that the lexicon lacks."""
        return self._read(library.ns_places, text, np.empty((len(text) // 2 + 1, N_PLACE_COLUMNS), np.uint32))

    def _read(self, function: Any, text: str, found: NDArray[np.uint32]) -> NDArray[np.uint32] | None:
        encoded = encode(text)
        count = function(
            per_thread.scratch.pointer, self._reference, encoded, len(encoded), found.ctypes.data, len(found)
        )
        return None if count == _UNREADABLE else found[: checked(count)]


class Phrases:
    """Phrases to look for in texts.

    Parameters
    ----------
    phrases : sequence of sequences of int
        The hashes of the stems of each, at least one.
    """

    def __init__(self, phrases: Sequence[Sequence[int]]) -> None:
        self._order = sorted(range(len(phrases)), key=lambda n: phrases[n][0])
        stems = [stem for n in self._order for stem in phrases[n]]
        ends = np.cumsum([0, *(len(phrases[n]) for n in self._order)])
        self._stems, self._ends = np.array(stems, np.uint32), ends.astype(np.uint32)

    def find(self, places: Places) -> list[tuple[int, int]]:
        """Where a text has which phrase: its number, and the position of its first word."""
        found = np.empty((len(places), 2), np.uint32)
        while True:
            count = library.ns_find_phrases(
                places.ctypes.data,
                len(places),
                self._stems.ctypes.data,
                self._ends.ctypes.data,
                len(self._order),
                found.ctypes.data,
                len(found),
            )
            if count <= len(found):
                return [(self._order[number], position) for number, position in found[:count].tolist()]
            found = np.empty((count, 2), np.uint32)

"""What a scorer of stances knows about words: hashes of their forms, a vector for each of many, how kind they are."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from newsstand.stance.reading import lower, root

MAX_WORDS = 600  # of a passage
MAX_TARGET = 40  # words of a target
_TOKEN = re.compile(r"[#@]?\w+(?:['’]\w+)*|[^\w\s]")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_MOST_PIECES = 6
_NEGATIONS = frozenset(
    "no not never nor without neither nobody none nothing hardly cannot cant dont wont doesnt didnt isnt arent stop".split()  # noqa: SIM905
)
STOP_WORDS = frozenset(
    """
    the a an of in on at to for and or is are be should we it its that this with by as from was were will would can could have
    has had do does did i you he she they his her their our your my mr mrs ms who what which than more most into about over under
    out up so if but
    """.split()  # noqa: SIM905
)
NEGATION, STOP, QUOTE, OPENING, CLOSING, CONTENT, WORD = (1 << n for n in range(7))
RAW, ROOT, SHORT, LONG, FLAGS = range(5)  # columns of what is known about a token


@lru_cache(maxsize=1 << 16)
def _hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1 << 16)
def _known(token: str) -> tuple[int, int, int, int, int]:
    """Hashes of a token, its root and its first four and five letters, and its flags."""
    word = token.replace("’", "'").removesuffix("'s")
    stem = root(word)
    flags = 0
    if word[0].isalnum():
        flags |= WORD | (CONTENT if word not in STOP_WORDS else 0)
    if word in _NEGATIONS or word.endswith("n't"):
        flags |= NEGATION
    flags |= {".": STOP, ";": STOP, "!": STOP, "?": STOP, ",": STOP, '"': QUOTE, "“": OPENING, "”": CLOSING}.get(
        token, 0
    )
    long = flags & WORD and len(word) > 4
    return (
        _hash(word),
        _hash(stem) if flags & CONTENT else _hash(word),
        _hash(f"^{word[:4]}") if long else 0,
        _hash(f"^{word[:5]}") if long else 0,
        flags,
    )


def tokens(text: str, most: int = MAX_WORDS) -> tuple[NDArray[np.uint64], list[int]]:
    """What is known about each token of a text, shape (n, 5), and where each begins; a hashtag's words count too."""
    matches = list(islice(_TOKEN.finditer(lower(text)), most))
    found = [_known(match[0]) for match in matches]
    starts = [match.start() for match in matches]
    if "#" in text or "@" in text:
        found, starts = _with_pieces(text, matches)
    if not found:
        return np.zeros((1, 5), np.uint64), [0]
    known = np.fromiter(chain.from_iterable(found), np.uint64, 5 * len(found))
    return known.reshape(-1, 5), starts


def _with_pieces(text: str, matches: list[re.Match[str]]) -> tuple[list[tuple[int, int, int, int, int]], list[int]]:
    """The tokens, those that begin with # or @ followed by the words in them."""
    found, starts = [], []
    for match in matches:
        whole = text[match.start() : match.end()]
        pieces = _PIECE.findall(whole)[:_MOST_PIECES] if whole[0] in "#@" else []
        known = [_known(match[0]), *(_known(piece.lower()) for piece in pieces)]
        found += known
        starts += [match.start()] * len(known)
    return found, starts


def word_dtype(size: int) -> np.dtype[np.void]:
    """Layout of one word of a table: hash of its root, idf, polarity (-1 to 1, unkind to kind) and vector (times 127)."""
    return np.dtype([("key", "<u4"), ("idf", "<f4"), ("polarity", "<f4"), ("vector", "i1", (size,))])


@dataclass(frozen=True)
class WordTable:
    """Vectors and polarities of words, by the hash of their root.

    Parameters
    ----------
    entries : array of :func:`word_dtype`, shape (n_words,)
        Sorted by ``key``; may be memory-mapped.
    """

    entries: NDArray[np.void]

    @property
    def size(self) -> int:
        """Dimensions of the vectors."""
        return int(self.entries.dtype["vector"].shape[0])

    @cached_property
    def _keys(self) -> NDArray[np.uint32]:
        return np.ascontiguousarray(self.entries["key"])

    @cached_property
    def _plain(self) -> NDArray[np.void]:
        return np.asarray(self.entries).view(np.ndarray)  # the same memory, without what a memmap costs each time

    def look_up(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Idf (0 where a word is not known), polarity and vector of each word."""
        if not len(self._keys):
            none = np.zeros(len(keys), np.float32)
            return none, none, np.zeros((len(keys), self.size), np.float32)
        place = np.minimum(np.searchsorted(self._keys, keys.astype(np.uint32)), len(self._keys) - 1)
        known = (self._keys[place] == keys).astype(np.float32)
        found = self._plain[place]
        vector = found["vector"].astype(np.float32)
        vector *= (known / np.float32(127))[:, None]
        return found["idf"] * known, found["polarity"] * known, vector

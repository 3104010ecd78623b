"""What a scorer of stances knows about words: hashes of their forms, a vector for each of many, how kind they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from newsstand.kernel.lexicon import N_COLUMNS, Words
from newsstand.kernel.stance import MOST_DIMENSIONS, Target, WordEntries
from newsstand.stance.lexicon import NEGATION_HASHES, STOP_HASHES, hash_of, lexicon, lower, root

MAX_WORDS = 600  # of a passage
MAX_TARGET = 40  # words of a target
_TOKEN = re.compile(r"[#@]?\w+(?:['’]\w+)*|[^\w\s]")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_MOST_PIECES = 6
NEGATION, STOP, QUOTE, OPENING, CLOSING, CONTENT, WORD = (1 << n for n in range(7))
ROOT, FLAGS = 1, 4  # columns of what is known about a token
_MARKS = {".": STOP, ";": STOP, "!": STOP, "?": STOP, ",": STOP, '"': QUOTE, "“": OPENING, "”": CLOSING}
_MASK = 2**64 - 1
_SALT = 99 * 0x9E3779B97F4A7C15 & _MASK


def tokens(text: str, most: int = MAX_WORDS) -> Words:
    """What is known about each token of a text, shape (n, 6), at least one; the words in a hashtag count too."""
    found = None if "#" in text or "@" in text else lexicon().words(text, most)
    if found is None:
        found = _tokens(text, most)
    return found if len(found) else np.zeros((1, N_COLUMNS), np.uint32)


def _tokens(text: str, most: int) -> Words:
    """The same for any characters, only slower."""
    found: list[tuple[int, ...]] = []
    for match in islice(_TOKEN.finditer(lower(text)), most):
        whole = text[match.start() : match.end()]
        pieces = _PIECE.findall(whole)[:_MOST_PIECES] if whole[0] in "#@" else []
        found += [(*_known(token), match.start()) for token in (match[0], *map(str.lower, pieces))]
    return np.array(found, np.uint32).reshape(-1, N_COLUMNS)


@lru_cache(maxsize=1 << 16)
def _known(token: str) -> tuple[int, int, int, int, int]:
    """Hashes of a token, its root and its first four and five letters, and its flags."""
    word = token.replace("’", "'").removesuffix("'s")
    hashed, flags = hash_of(word), _MARKS.get(token, 0)
    if word[0].isalnum():
        flags |= WORD | (CONTENT if hashed not in STOP_HASHES else 0)
    if hashed in NEGATION_HASHES or word.endswith("n't"):
        flags |= NEGATION
    long = flags & WORD and len(word) > 4
    return (
        hashed,
        hash_of(root(word)) if flags & CONTENT else hashed,
        hash_of(f"^{word[:4]}") if long else 0,
        hash_of(f"^{word[:5]}") if long else 0,
        flags,
    )


def word_dtype(size: int) -> np.dtype[np.void]:
    """Layout of one word of a table: hash of its root, idf, polarity (-1 to 1, unkind to kind) and vector (times 127)."""
    return np.dtype([("key", "<u4"), ("idf", "<f4"), ("polarity", "<f4"), ("vector", "i1", (size,))])


@dataclass(frozen=True)
class WordTable:
    """Vectors and polarities of words, by the hash of their root.

    Parameters
    ----------
    entries : array of :func:`word_dtype`, shape (n_words,)
        Sorted by ``key``; may be memory-mapped. Vectors have a multiple of four dimensions, at most 256.
    """

    entries: NDArray[np.void]

    def __post_init__(self) -> None:
        if self.size % 4 or self.size > MOST_DIMENSIONS:
            raise ValueError(f"word vectors need a multiple of 4 dimensions, at most {MOST_DIMENSIONS}")

    @property
    def size(self) -> int:
        """Dimensions of the vectors."""
        return int(self.entries.dtype["vector"].shape[0])

    @cached_property
    def kernel(self) -> WordEntries:
        """The same for the kernel."""
        return WordEntries(np.ascontiguousarray(self.entries))

    @cached_property
    def target(self) -> Callable[[str], Target]:
        """What the kernel has to know of a target; the latest are kept."""
        return lru_cache(maxsize=256)(self._read_target)

    def _read_target(self, target: str) -> Target:
        """The words of a target, and what they mean: the direction of all of them together, and of each that is known."""
        known = tokens(target, MAX_TARGET)
        named = known[:, ROOT]
        content = known[(known[:, FLAGS] & CONTENT) > 0, ROOT]
        idf, tone, vector = self.look_up(named)
        meant = (vector * idf[:, None]).sum(axis=0)
        norm = np.linalg.norm(meant)
        vectors = np.concatenate([meant[None] / norm, vector[idf > 0]]) if norm else vector[:0]
        return Target(named, content, vectors, _hash_of(content if len(content) else named), float(tone.sum()))

    def look_up(self, keys: NDArray[np.uint32]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Idf (0 where a word is not known), polarity and vector of each word."""
        if not len(self.entries):
            none = np.zeros(len(keys), np.float32)
            return none, none, np.zeros((len(keys), self.size), np.float32)
        place = np.minimum(np.searchsorted(self.entries["key"], keys), len(self.entries) - 1)
        found = np.asarray(self.entries)[place]
        known = (found["key"] == keys).astype(np.float32)
        vector = found["vector"].astype(np.float32)
        vector *= (known / np.float32(127))[:, None]
        return found["idf"] * known, found["polarity"] * known, vector


def _hash_of(roots: NDArray[np.uint32]) -> int:
    """One hash of the words of a target, whatever their order; each mixed as the kernel mixes."""
    hashed = 0
    for root_hash in set(roots.tolist()):
        mixed = (_SALT ^ root_hash) * 0xD6E8FEB86659FD93 & _MASK
        hashed ^= mixed ^ mixed >> 32
    return hashed

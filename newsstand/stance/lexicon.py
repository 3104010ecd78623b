"""Words of English: their stems and roots, and which of them are special; the same for Python and for the kernel."""

from __future__ import annotations

import zlib
from functools import cache, lru_cache
from itertools import chain

import numpy as np

from newsstand.kernel.lexicon import JOINER, LETTER, MARK, SPACE, Lexicon

ENDINGS = tuple(
    """
    isations izations isation ization ations ating ation ising izing ised ized ates ated ments ment ings ing ions ion ants
    ant ists ist isms ism ise ize ate ers er ed es al ly e
    """.split()  # noqa: SIM905
)
NEGATIONS = frozenset(
    "no not never nor without neither nobody none nothing hardly cannot cant dont wont doesnt didnt isnt arent stop".split()  # noqa: SIM905
)
STOP_WORDS = frozenset(
    """
    the a an of in on at to for and or is are be should we it its that this with by as from was were will would can could have
    has had do does did i you he she they his her their our your my mr mrs ms who what which than more most into about over under
    out up so if but
    """.split()  # noqa: SIM905
)
SHORTENED = frozenset(("mrs", "sen", "gov", "rep", "gen", "col", "prof", "rev"))
_READABLE = (range(0x250), range(0x2000, 0x20D0))


def lower(text: str) -> str:
    """The text in lower case, as long as it was, so that places in it stay what they are: a few letters keep their case."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A lower-case English word without the ending of a plural: ``policies`` and ``policy`` are one."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=50_000)
def root(word: str) -> str:
    """A lower-case English word without most endings, roughly: ``legalization`` and ``legalize`` are one."""
    word = stem(word)
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


@lru_cache(maxsize=1 << 16)
def hash_of(text: str) -> int:
    """The hash of a word, CRC-32 of its UTF-8."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


STOP_HASHES, NEGATION_HASHES, SHORTENED_HASHES = (
    frozenset(map(hash_of, known)) for known in (STOP_WORDS, NEGATIONS, SHORTENED)
)


@cache
def lexicon() -> Lexicon:
    """What the kernel can read: the Latin letters of Western and Central Europe, and what is written between them."""
    kinds, lower = np.zeros(_READABLE[-1].stop, np.uint8), np.zeros(_READABLE[-1].stop, np.uint16)
    for code in chain(*_READABLE):
        small = chr(code).lower()
        if len(small) == 1 and any(ord(small) in readable for readable in _READABLE):
            kinds[code], lower[code] = _kind(small), ord(small)
    special = [np.array(sorted(known), np.uint32) for known in (STOP_HASHES, NEGATION_HASHES, SHORTENED_HASHES)]
    return Lexicon(kinds, lower, ENDINGS, *special)


def _kind(letter: str) -> int:
    if letter.isalnum():
        return LETTER
    return JOINER if letter == "_" else SPACE if letter.isspace() else MARK

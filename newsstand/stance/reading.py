"""One field of an article cut into sentences and words, so that many targets can be looked for in it. Knows no target."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from functools import cached_property, lru_cache
from itertools import accumulate, chain

from newsstand.answers import FieldName
from newsstand.text.sentences import Span, sentences

MAX_GAP = 3  # characters between neighbouring words of one phrase: a hyphen, a quote and a space

_WORD = re.compile(r"(\w+)")
_POSSESSIVE = re.compile(r"['’]s\b")
_SEPARATES = re.compile(r"[,;:!?]|\n\s*\n")
_HEADLINE = 30  # words
_SHORTENED = frozenset(("mrs", "sen", "gov", "rep", "gen", "col", "prof", "rev"))
_LONGEST_INITIAL = 2  # letters before a full stop inside a phrase: "U.", "J.", "Dr."
ENDINGS = tuple(
    """
    isations izations isation ization ations ating ation ising izing ised ized ates ated ments ment ings ing ions ion ants
    ant ists ist isms ism ise ize ate ers er ed es al ly e
    """.split()  # noqa: SIM905
)


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


@lru_cache(maxsize=50_000)
def forms(wanted: str) -> tuple[str, ...]:
    """The words that have a stem."""
    likely = (wanted, f"{wanted}s", f"{wanted}es", f"{wanted[:-1]}ies")
    return tuple(word for word in likely if stem(word) == wanted)


class Reading:
    """The words of a text with their places, in lower case and without a possessive ``'s``.

    Everything is worked out when it is first needed, so that an article without the words of any target costs least.

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
        self._parts = _WORD.split(_POSSESSIVE.sub("  ", lower(text)))  # gap, word, gap, …, gap
        self.words: list[str] = self._parts[1::2]

    @cached_property
    def sentences(self) -> list[Span]:
        """The sentences of the text."""
        return sentences(self.text)

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate(map(len, self._parts)))[::2]  # where each gap ends

    @cached_property
    def vocabulary(self) -> dict[str, list[int]]:
        """Where each word stands, as positions among the words."""
        found: dict[str, list[int]] = defaultdict(list)
        for position, word in enumerate(self.words):
            found[word].append(position)
        return found

    @cached_property
    def stems_by_root(self) -> dict[str, list[str]]:
        """The stems that share a root."""
        found: dict[str, list[str]] = defaultdict(list)
        for known in dict.fromkeys(map(stem, self.vocabulary)):
            found[root(known)].append(known)
        return found

    def positions(self, wanted: str) -> list[int]:
        """Where the words of a stem stand, as positions among the words, in order."""
        found = [positions for form in forms(wanted) if (positions := self.vocabulary.get(form))]
        return found[0] if len(found) == 1 else sorted(chain.from_iterable(found))

    def span(self, position: int) -> Span:
        """Start and end of a word in code points of the text."""
        start = self._starts[position]
        return start, start + len(self.words[position])

    def sentence_of(self, position: int) -> int:
        """The sentence that a word stands in."""
        return max(bisect_right(self._sentence_starts, self._starts[position]) - 1, 0)

    def written(self, position: int) -> str:
        """A word as the text has it."""
        start, end = self.span(position)
        return self.text[start:end]

    def is_capital(self, position: int) -> bool:
        """Whether a word begins with a capital."""
        return self.text[self._starts[position]].isupper()

    @cached_property
    def is_headline(self) -> bool:
        """Whether nearly all words begin with a capital, so that capitals mark no names."""
        long = [position for position, word in enumerate(self.words[:_HEADLINE]) if len(word) > 3]
        return len(self.words) <= _HEADLINE and sum(map(self.is_capital, long)) >= 0.8 * len(long)

    def adjoins(self, position: int) -> bool:
        """Whether only a space, a hyphen or the like stands between a word and the one before it."""
        if position <= 0 or position >= len(self.words):
            return False
        gap = self._parts[2 * position]
        if gap == " ":
            return True
        if len(gap) > MAX_GAP or _SEPARATES.search(gap):
            return False
        before = self.words[position - 1]
        return "." not in gap or len(before) <= _LONGEST_INITIAL or before in _SHORTENED


def lower(text: str) -> str:
    """The text in lower case, as long as it was, so that places in it stay what they are: a few letters keep their case."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)

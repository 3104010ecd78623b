"""Where an article mentions a target, known or not. Not for what the article says about it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from newsstand.answers import FieldName
from newsstand.stance.common import COMMON
from newsstand.stance.lexicon import lower, root, stem
from newsstand.stance.phrases import Phrase
from newsstand.stance.reading import Reading

SHARE = 0.3  # of the content words of a long claim, in one sentence that mentions it
_ABOUT = 4  # rare words of a claim that an article which is about it has at least, those of its beginning counted twice
_COMMON_WORD = 0.25  # what a common word counts beside a rare one
_BEGINNING = 3  # sentences
_FEW = 3
_NEAR = 5  # words
FOLLOWING = 2  # sentences after a mention in which "the policy" still means it

_DETERMINERS = frozenset(("the", "this", "that", "these", "those", "its", "their", "such"))
GENERIC = frozenset(("policy", "program", "programme", "plan", "law", "bill", "rule", "measure", "proposal", "scheme"))
_TITLES = frozenset(
    """
    mr mrs ms dr president former vice senator sen rep representative governor gov mayor secretary judge justice general gen
    chancellor prime minister king queen pope sir lord lady candidate nominee democrat republican labour conservative chairman
    chairwoman speaker leader director ambassador professor prof elect sheriff attorney
    """.split()  # noqa: SIM905
)
_STOP_WORDS = frozenset(
    """
    a an the and or but if of to in on at by for from with without about against into over under after before between through
    is are was were be been being am do does did have has had will would shall should can could may might must not no nor
    this that these those it its he she they we you i his her their our your my who whom whose which what when where why how
    as than then so too very more most much many some any all each every other another such only own same s t there here up
    down out off again once just also now new one two house believes say says said would let get make
    isn aren wasn weren don doesn didn won wouldn couldn hasn haven hadn ll re ve
    """.split()  # noqa: SIM905
)
# What a motion demands, by roots; an article can be about the rest of it without such a word.
_MOTION = frozenset(("should", "shouldn", "would", "must", "house"))
_DEMANDS = frozenset(
    root(word)
    for word in """
    ban abolish end stop adopt legalize legalise prohibit introduce limit subsidize support oppose allow continue fight fund
    increase reduce protect promote restrict encourage discourage development need bring harm good bad benefit real concern
    right wrong effective justified necessary
    """.split()  # noqa: SIM905
)
# Last words of names that are no surnames.
_COMMON = frozenset(
    """
    court act party house deal state states nation nations union department office agency council committee commission
    government administration army force forces police party movement league association organization organisation bank
    group company corporation university school church street city county island islands river war peace change rights
    power plan policy program programme bill law order agreement accord treaty pact reform amendment senate congress
    parliament ministry service bureau institute foundation fund board center centre news times post journal america east
    west north south coast sea world day week year award prize cup game games
    """.split()  # noqa: SIM905
)


Range = tuple[int, int]  # positions of the first and the last word


@dataclass(frozen=True, slots=True)
class Mention:
    """A passage that means a target: code points of its field, and which sentence of the field it begins in."""

    field: FieldName
    start: int
    end: int
    sentence: int


@dataclass(frozen=True)
class Wanted:
    """What stands for one target.

    Parameters
    ----------
    phrases : tuple of Phrase
        Names and phrases, each enough by itself.
    surname : str, optional
        A word that means the target where no foreign given name stands before it.
    given : frozenset of str
        Words that may stand before the surname, lower-case.
    needs_full_name : bool
        The surname counts only in an article with one of the phrases.
    nouns : frozenset of str
        Stems that mean the target with "the" or "this" before them, shortly after a mention.
    content : tuple of str
        Roots of the words of a claim; a sentence with many of them mentions the target, and so may an article as a whole.
    """

    phrases: tuple[Phrase, ...]
    surname: str | None = None
    given: frozenset[str] = frozenset()
    needs_full_name: bool = False
    nouns: frozenset[str] = frozenset()
    content: tuple[str, ...] = ()


def wanted_for(target: str) -> Wanted:
    """What stands for a target of which nothing is known but a phrase.

    Any text is legal: characters without a letter or digit in them are passed over, and so is what comes after 1,000
    characters.
    """
    phrase = Phrase.of(target)
    phrases = tuple(spelling for spelling in phrase.spellings() if spelling.stems)
    if is_name(phrase):
        return Wanted(phrases, surname=phrase.stems[-1], given=frozenset(lower(word) for word in phrase.written[:-1]))
    last = phrase.stems[-1:] if len(phrase.stems) > 1 else ()
    nouns = frozenset(last) | (GENERIC if set(last) & GENERIC else frozenset())
    subject = [word for word in phrase.written if lower(word) not in _STOP_WORDS]
    if any(lower(word) in _MOTION for word in phrase.written):
        subject = [word for word in subject if root(lower(word)) not in _DEMANDS] or subject
        phrases += tuple(map(Phrase.of, subject)) if len(subject) == 1 else ()
    content = tuple(dict.fromkeys(root(lower(word)) for word in subject))
    return Wanted(phrases, nouns=nouns, content=content if len(content) > 1 else ())


def is_name(phrase: Phrase) -> bool:
    """Whether a phrase looks like the full name of a person: two to four words with capitals, the last no common noun."""
    words = phrase.written
    if not 2 <= len(words) <= 4 or not all(word[0].isupper() and word.isalpha() for word in words):
        return False
    if any(word.lower() in _STOP_WORDS for word in words) or all(word.isupper() for word in words):
        return False
    return len(words[-1]) > 2 and phrase.stems[-1] not in _COMMON


def find_mentions(
    wanted: Wanted, readings: Sequence[Reading], named: Sequence[set[Range]] | None = None
) -> tuple[Mention, ...]:
    """Every mention of a target in the fields of an article, in order; none of them lies in another.

    Parameters
    ----------
    wanted : Wanted
        See :func:`wanted_for`; known targets bring their own.
    readings : sequence of Reading
        The fields of the article, the title first.
    named : sequence of sets of (int, int), optional
        The first and the last word wherever each field has one of the phrases of ``wanted``, if the caller knows.
    """
    full = named if named is not None else [_full_mentions(wanted.phrases, reading) for reading in readings]
    if wanted.surname and (any(full) or not wanted.needs_full_name):
        common = any(_is_common_noun(reading, wanted.surname) for reading in readings)
        if not common:
            full = [found | _surnames(wanted, reading) for found, reading in zip(full, readings, strict=True)]
    needed = words_needed(len(wanted.content))
    mentions: list[Mention] = []
    for found, reading in zip(full, readings, strict=True):
        followed = found | _followers(wanted.nouns, found, reading) if found else found
        mentions += _as_mentions(followed or _overlaps(wanted.content, reading, needed), reading)
    if not mentions and len(wanted.content) > _FEW and _is_about(wanted.content, readings):
        for reading in readings:
            mentions += _as_mentions(_overlaps(wanted.content, reading, 2), reading)
    return tuple(mentions)


def _full_mentions(phrases: Iterable[Phrase], reading: Reading) -> set[Range]:
    return {found for phrase in phrases for found in phrase.occurrences(reading)}


def _surnames(wanted: Wanted, reading: Reading) -> set[Range]:
    positions = reading.positions(wanted.surname or "")
    return {(n, n) for n in positions if reading.is_capital(n) and means_person(reading, n, wanted.given)}


def _is_common_noun(reading: Reading, word: str) -> bool:
    return not all(map(reading.is_capital, reading.positions(word)))


def means_person(reading: Reading, position: int, given: frozenset[str]) -> bool:
    """Whether no foreign given name stands before a surname."""
    before = position - 1
    while before > 0 and reading.adjoins(before + 1) and len(reading.word(before)) == 1:
        before -= 1  # initials
    if not reading.adjoins(position) or not reading.is_capital(before) or reading.is_headline:
        return True
    word = reading.word(before)
    if word in given or word in _TITLES or word in _STOP_WORDS:
        return True
    return _is_common_noun(reading, stem(word))


def _followers(nouns: frozenset[str], found: set[Range], reading: Reading) -> set[Range]:
    """``the policy`` and the like, in the sentence of a mention or shortly after it."""
    mentions = sorted(found)
    likely = sorted(
        position
        for noun in nouns
        for position in reading.positions(noun)
        if reading.adjoins(position) and reading.word(position - 1) in _DETERMINERS
    )
    followers: list[Range] = []
    for position in likely:
        before = bisect_left(mentions, (position - 1, 0))  # mentions that begin before "the"
        earlier = [start for start, _ in (*mentions[max(before - 1, 0) : before], *followers[-1:])]
        if earlier and reading.sentence_of(position) - reading.sentence_of(max(earlier)) <= FOLLOWING:
            followers.append((position - 1, position))
    return set(followers)


def _overlaps(content: tuple[str, ...], reading: Reading, needed: int) -> set[Range]:
    """Sentences with so many of the words of a claim, each from the first of them to the last."""
    if not content or sum(word in reading.stems_by_root for word in content) < needed:
        return set()
    places: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for word in content:
        for position in _positions(word, reading):
            places[reading.sentence_of(position)].append((position, word))
    if len(content) <= _FEW:
        return {pair for in_sentence in places.values() for pair in _near_pairs(sorted(in_sentence))}
    return {
        (min(in_sentence)[0], max(in_sentence)[0])
        for in_sentence in places.values()
        if len({word for _, word in in_sentence}) >= needed
    }


def _positions(word: str, reading: Reading) -> list[int]:
    """Where the words of a root stand."""
    return [position for known in reading.stems_by_root.get(word, ()) for position in reading.positions(known)]


def _is_about(content: tuple[str, ...], readings: Sequence[Reading]) -> bool:
    """Whether an article has much of a claim, though no sentence has: headlines say it in other words.

    A long article has many words by chance, so the title and the first three sentences count as much as the whole.
    """
    present, early = set(), set()
    for word in content:
        sentences = {(r.field, r.sentence_of(position)) for r in readings for position in _positions(word, r)}
        if sentences:
            present.add(word)
        if any(field == "title" or sentence < _BEGINNING for field, sentence in sentences):
            early.add(word)
    return _rarity(present) + _rarity(early) >= max(_ABOUT, 2 * SHARE * _rarity(content))


def _rarity(words: Iterable[str]) -> float:
    """How many rare words these are worth."""
    return sum(_COMMON_WORD if word in COMMON else 1.0 for word in words)


def _near_pairs(in_sentence: list[tuple[int, str]]) -> list[Range]:
    """Two different words of a short phrase with few others between them: with only two, any sentence could have them."""
    return [
        (first, second)
        for (first, word), (second, other) in pairwise(in_sentence)
        if word != other and second - first <= _NEAR
    ]


def words_needed(count: int) -> int:
    """How many of the content words of a claim a sentence must have to mention it.

    Two of two or three, near each other; three of up to ten; then three in ten. With two in an article that is about the
    claim, this finds nine in ten of the related headlines that FNC-1 pairs with an article, and one in eighty of the others.
    """
    return min(count, 2) if count <= _FEW else max(3, math.ceil(count * SHARE))


def _outermost(found: Iterable[Range]) -> list[Range]:
    kept: list[Range] = []
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if not kept or start > kept[-1][1]:
            kept.append((start, end))
        elif end > kept[-1][1]:  # two names that share a word
            kept[-1] = (kept[-1][0], end)
    return kept


def _as_mentions(found: Iterable[Range], reading: Reading) -> list[Mention]:
    return [
        Mention(reading.field, reading.span(start)[0], reading.span(end)[1], reading.sentence_of(start))
        for start, end in _outermost(found)
    ]

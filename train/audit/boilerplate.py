"""Sentences that say who published an article and not what it is about. Not for evidence of a leaning in the reporting.

A model that sees them learns the outlet, and through it the leaning and the favourite topics of the outlet.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from newsstand.documents import Document
from train.audit.entries import Entries
from train.audit.findings import Finding
from train.audit.sentences import Span, is_line, sentence_spans

RECURS = 5  # documents of one outlet
ELSEWHERE = 0.1  # of the documents with the sentence, at most, are of other outlets
BY_CHANCE = 1e-3  # probability that they would all be of that outlet if outlets did not matter
SHOWN = 60

_NAME = r"[A-Z][\w.'’-]*"
_CREDIT = re.compile(
    rf"""\b(?i:contributed\ (?:to|reporting|writing)\b.{{0,40}}\b(?:report|reporting|story|article|piece|post))\b
    | ^\W*(?i:(?:additional\ )?reporting|writing|editing|compiled|written|edited|photographs?|photos?)\ (?:and\ \w+\ )?by\ {_NAME}\ {_NAME}
    | ^\W*(?i:by)\ {_NAME}\ {_NAME}(?:\ {_NAME}|,?\ (?:and|&|de|van|von)\ {_NAME}|,\ {_NAME})*\W*$
    | ^\W*(?i:follow|e-?mail|contact)\ .{{0,80}}(?:\bon\ (?:Twitter|Facebook|Instagram)\b|@\w)
    | ^\W*(?i:©|copyright\b|\(c\)\ ?\d{{4}})
    | \b(?i:all\ rights\ reserved|this\ material\ may\ not\ be\ published)\b""",
    re.VERBOSE,
)
# What a credit contains: looked for as plain strings, which takes a tenth of the time of a pattern blind to case.
_CLUES = (
    *(
        "ontributed",
        "CONTRIBUTED",
        " by ",
        "\nby ",
        "By ",
        "BY ",
        "ollow ",
        "FOLLOW ",
        "mail ",
        "ontact ",
        "©",
        "opyright",
    ),
    *("COPYRIGHT", "(c)", "(C)", "ights reserved", "ights Reserved", "IGHTS RESERVED", "his material may"),
)
_LONGEST_CREDIT = 400


@dataclass(frozen=True)
class Boilerplate:
    """Boilerplate of a corpus.

    Parameters
    ----------
    recurring : dict of str to (str, int)
        Sentences that recur in one outlet: that outlet, and the number of its documents with the sentence.
    spans : dict of int to list of Span
        Position of a document to the places of recurring sentences in its text.
    credits : dict of int to list of Span
        The same for bylines and credits that do not recur.
    """

    recurring: dict[str, tuple[str, int]]
    spans: dict[int, list[Span]]
    credits: dict[int, list[Span]]


def find_boilerplate(entries: Entries) -> Iterator[Finding]:
    """Find sentences that recur in one outlet (NS401), and bylines and credits (NS402)."""
    found = boilerplate([entry.document for entry in entries.own], entries.outlets, entries.near)
    ranked = sorted(found.recurring.items(), key=lambda item: (-item[1][1], item[0]))
    places: dict[str, int] = {}
    for n, spans in found.spans.items():
        for start, end in spans:
            places.setdefault(entries.own[n].document.text[start:end], n)
    recurring = [
        entries.own[places[sentence]].example(
            f"{outlet}, in {count:,} documents: “{shortened(sentence)}”",
            outlet=outlet,
            documents=count,
            sentence=shortened(sentence),
        )
        for sentence, (outlet, count) in ranked
        if sentence in places
    ]
    yield Finding("NS401", len(recurring), tuple(recurring))
    bylines = []
    for n, spans in found.credits.items():
        for start, end in spans:
            line = shortened(entries.own[n].document.text[start:end])
            bylines.append(entries.own[n].example(f"“{line}”", sentence=line))
    yield Finding("NS402", len(bylines), tuple(bylines))


def boilerplate(documents: Sequence[Document], outlet_of: Sequence[str | None], near: Sequence[int]) -> Boilerplate:
    """Look for boilerplate; near-duplicates count as one document."""
    sentences = [_Sentences.of(document.text) for document in documents]
    recurring = _recurring(documents, outlet_of, near, sentences)
    wanted = {hash(sentence) for sentence in recurring}
    found: dict[int, list[Span]] = {}
    bylines: dict[int, list[Span]] = {}
    for n, (document, known) in enumerate(zip(documents, sentences, strict=True)):
        for start, end in known.among(wanted):
            outlet, _ = recurring.get(document.text[start:end], (None, 0))
            if outlet is not None and outlet == outlet_of[n]:
                found.setdefault(n, []).append((start, end))
        spans = [span for span in _credit_spans(document.text, known.spans) if span not in found.get(n, ())]
        if spans:
            bylines[n] = spans
    return Boilerplate(recurring, found, bylines)


def _credit_spans(text: str, spans: list[Span]) -> list[Span]:
    """The bylines and credits among the sentences of a text; most sentences have none of the words and are not cut out."""
    clues = sorted(place for clue in _CLUES for place in _places(text, clue))
    numbers = {max(bisect_right(spans, (place + 1, 0)) - 1, 0) for place in clues} if spans else ()
    return [spans[n] for n in sorted(numbers) if is_credit(text[slice(*spans[n])])]


def _places(text: str, clue: str) -> Iterator[int]:
    place = text.find(clue)
    while place >= 0:
        yield place
        place = text.find(clue, place + 1)


@dataclass(frozen=True, slots=True)
class _Sentences:
    """The sentences of a text by place and hash: a corpus has millions, nearly all of them once."""

    spans: list[Span]
    hashes: list[int]

    @classmethod
    def of(cls, text: str) -> _Sentences:
        spans = sentence_spans(text)
        return cls(spans, [hash(text[start:end]) for start, end in spans])

    def among(self, wanted: Collection[int]) -> list[Span]:
        return [span for span, number in zip(self.spans, self.hashes, strict=True) if number in wanted]


def is_credit(sentence: str) -> bool:
    """Whether a sentence is a byline, a credit, a copyright notice or an invitation to follow the writer."""
    return len(sentence) <= _LONGEST_CREDIT and _CREDIT.search(sentence) is not None


def shortened(sentence: str) -> str:
    """The beginning of a sentence, for a report."""
    sentence = " ".join(sentence.split())
    return sentence if len(sentence) <= SHOWN else f"{sentence[: SHOWN - 1]}…"


def _recurring(
    documents: Sequence[Document],
    outlet_of: Sequence[str | None],
    near: Sequence[int],
    sentences: Sequence[_Sentences],
) -> dict[str, tuple[str, int]]:
    """Sentences that recur in one outlet and hardly anywhere else, with the outlet and the number of documents."""
    first_of_group = {group: n for n, group in reversed(list(enumerate(near[: len(documents)])))}
    counted = sorted(first_of_group.values())
    sizes = Counter(outlet_of[n] for n in counted)
    if len(sizes) < 2:
        return {}
    often = Counter(number for n in counted for number in set(sentences[n].hashes))
    candidates = {number for number, count in often.items() if count >= RECURS}
    by_outlet: dict[str, Counter[str | None]] = defaultdict(Counter)
    for n in counted:
        text = documents[n].text
        for sentence in {text[slice(*span)] for span in sentences[n].among(candidates) if _says_enough(text, span)}:
            by_outlet[sentence][outlet_of[n]] += 1
    recurring = {}
    for sentence, counts in by_outlet.items():
        outlet, count = counts.most_common(1)[0]
        elsewhere = counts.total() - count
        by_chance = (sizes[outlet] / len(counted)) ** count
        if outlet and count >= RECURS and elsewhere <= ELSEWHERE * counts.total() and by_chance <= BY_CHANCE:
            recurring[sentence] = (outlet, count)
    return recurring


def _says_enough(text: str, span: Span) -> bool:
    """Whether a sentence is more than the tail of a quotation ("she said."): four words, or a line to itself."""
    start, end = span
    return text.count(" ", start, end) >= 3 or (end - start >= 8 and is_line(text, span))

"""Sentences that say who published an article and not what it is about. Not for evidence of a leaning in the reporting.

A model that sees them learns the outlet, and through it the leaning and the favourite topics of the outlet.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsstand.documents import Document
from train.audit.entries import Entries
from train.audit.findings import Finding
from train.audit.sentences import Span, sentence_spans

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
_MAYBE_CREDIT = re.compile(
    r"contribut|\bby |follow|e-?mail|contact|©|copyright|\(c\)|rights reserved|this material", re.I
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
    all_spans = [sentence_spans(document.text) for document in documents]
    recurring = _recurring(documents, outlet_of, near, all_spans)
    found: dict[int, list[Span]] = {}
    bylines: dict[int, list[Span]] = {}
    for n, (document, spans) in enumerate(zip(documents, all_spans, strict=True)):
        maybe = _MAYBE_CREDIT.search(document.text) is not None
        for span in spans:
            sentence = document.text[span[0] : span[1]]
            known = recurring.get(sentence)
            if known is not None and known[0] == outlet_of[n]:
                found.setdefault(n, []).append(span)
            elif maybe and is_credit(sentence):
                bylines.setdefault(n, []).append(span)
    return Boilerplate(recurring, found, bylines)


def is_credit(sentence: str) -> bool:
    """Whether a sentence is a byline, a credit, a copyright notice or an invitation to follow the writer."""
    return len(sentence) <= _LONGEST_CREDIT and _CREDIT.search(sentence) is not None


def shortened(sentence: str) -> str:
    """The beginning of a sentence, for a report."""
    sentence = " ".join(sentence.split())
    return sentence if len(sentence) <= SHOWN else f"{sentence[: SHOWN - 1]}…"


def _recurring(
    documents: Sequence[Document], outlet_of: Sequence[str | None], near: Sequence[int], all_spans: list[list[Span]]
) -> dict[str, tuple[str, int]]:
    """Sentences that recur in one outlet and hardly anywhere else, with the outlet and the number of documents.

    Counted by hash first: a corpus has millions of sentences, and nearly all of them once.
    """
    representative = {group: n for n, group in reversed(list(enumerate(near[: len(documents)])))}
    counted = sorted(representative.values())
    sizes = Counter(outlet_of[n] for n in counted)
    if len(sizes) < 2:
        return {}
    often: Counter[int] = Counter()
    for n in counted:
        often.update(_hashes(documents[n].text, all_spans[n]).keys())
    candidates = {number for number, count in often.items() if count >= RECURS}
    del often
    by_outlet: dict[str, Counter[str | None]] = defaultdict(Counter)
    for n in counted:
        hashes = _hashes(documents[n].text, all_spans[n])
        for number in hashes.keys() & candidates:
            by_outlet[hashes[number]][outlet_of[n]] += 1
    recurring = {}
    for sentence, counts in by_outlet.items():
        outlet, count = counts.most_common(1)[0]
        elsewhere = counts.total() - count
        rare_by_chance = (sizes[outlet] / len(counted)) ** count <= BY_CHANCE
        if outlet is not None and count >= RECURS and elsewhere <= ELSEWHERE * counts.total() and rare_by_chance:
            recurring[sentence] = (outlet, count)
    return recurring


def _hashes(text: str, spans: list[Span]) -> dict[int, str]:
    return {hash(sentence): sentence for start, end in spans if _says_enough(sentence := text[start:end])}


def _says_enough(sentence: str) -> bool:
    return len(sentence) >= 10 or sentence.count(" ") >= 2

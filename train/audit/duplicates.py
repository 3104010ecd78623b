"""The same article twice in one part, and whether its labels agree. Not for what two parts share (train.audit.leaks)."""

from __future__ import annotations

from collections.abc import Iterator

from newsstand.documents import Document
from train.audit.entries import Entries
from train.audit.findings import Example, Finding


def find_duplicates(entries: Entries) -> Iterator[Finding]:
    """Find texts that come again, exactly (NS101) or nearly (NS102), those labelled differently (NS103), and ids (NS104)."""
    yield _finding("NS101", entries, repeats(entries))
    yield _finding("NS102", entries, _near_repeats(entries))
    conflicts = list(conflicting(entries))
    examples = [
        entries.own[members[0]].example(
            f"and {entries.own[members[1]].name}: different {what}",
            other=entries.own[members[1]].place,
            labels=what,
            documents=len(members),
        )
        for members, what in conflicts
    ]
    yield Finding("NS103", len(conflicts), tuple(examples))
    yield _repeated_ids(entries)


def repeats(entries: Entries) -> list[tuple[int, int]]:
    """Documents that say what an earlier one of their part says, each with that one.

    A text that comes again with stances towards other targets is none: it has more to teach.
    """
    first: dict[tuple[int, int, frozenset[str]], int] = {}
    found = []
    for n, entry in enumerate(entries.own):
        targets = frozenset(stance.target for stance in entry.document.stances or ())
        earlier = first.setdefault((entry.part, entries.texts[n], targets), n)
        if earlier != n:
            found.append((n, earlier))
    return found


def conflicting(entries: Entries) -> Iterator[tuple[list[int], str]]:
    """Groups of documents with the same text, and which of their labels contradict each other."""
    for members in entries.by_text():
        documents = [entries.own[n].document for n in members]
        wrong = [what for what, differ in _DIFFERENCES if differ(documents)]
        if wrong:
            yield members, " and ".join(wrong)


def _near_repeats(entries: Entries) -> list[tuple[int, int]]:
    earlier: dict[tuple[int, int], list[int]] = {}
    seen = set()
    found = []
    for n, entry in enumerate(entries.own):
        text = (entry.part, entries.texts[n])
        before = earlier.setdefault((entry.part, entries.near[n]), [])
        if text not in seen:
            likest = entries.nearly_same.nearest(n, before)
            if likest is not None:
                found.append((n, likest))
            before.append(n)
        seen.add(text)
    return found


def _repeated_ids(entries: Entries) -> Finding:
    first: dict[tuple[int, str], int] = {}
    found = []
    for n, entry in enumerate(entries.own):
        if entry.document.id is not None:
            earlier = first.setdefault((entry.part, entry.document.id), n)
            if entries.texts[earlier] != entries.texts[n]:  # the same text again has a code of its own
                place = entries.own[earlier].place
                found.append(entry.example(f"as {place}", earlier=place))
    return Finding("NS104", len(found), tuple(found))


def _finding(code: str, entries: Entries, pairs: list[tuple[int, int]]) -> Finding:
    examples: list[Example] = [
        entries.own[n].example(f"as {entries.own[earlier].name}", earlier=entries.own[earlier].place)
        for n, earlier in pairs
    ]
    return Finding(code, len(pairs), tuple(examples))


def _topics_differ(documents: list[Document]) -> bool:
    return len({frozenset(document.topics) for document in documents if document.topics is not None}) > 1


def _leanings_differ(documents: list[Document]) -> bool:
    return len({document.leaning for document in documents if document.leaning is not None}) > 1


def _stances_differ(documents: list[Document]) -> bool:
    given = {(stance.target, stance.stance) for document in documents for stance in document.stances or ()}
    return len({target for target, _ in given}) < len(given)


_DIFFERENCES = (("topics", _topics_differ), ("leanings", _leanings_differ), ("stances", _stances_differ))

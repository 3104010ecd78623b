"""What two parts of a split share and should not: texts and outlets. Not for duplicates within a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from train.audit.entries import Entries
from train.audit.findings import Example, Finding


def find_leaks(entries: Entries) -> Iterator[Finding]:
    """Find texts on both sides, the same (NS301) or nearly (NS302), and outlets on both sides (NS303)."""
    for code, pairs in (("NS301", shared(entries, entries.texts)), ("NS302", nearly_shared(entries))):
        examples = [
            entries.all[n].example(f"as {entries.all[other].name}", other=entries.all[other].place)
            for n, other in pairs
        ]
        yield Finding(code, len(pairs), tuple(examples))
    outlets = list(_outlets_on_both_sides(entries))
    yield Finding("NS303", len(outlets), tuple(outlets))


def shared(entries: Entries, group_of: list[int]) -> list[tuple[int, int]]:
    """Documents of one part that share a group with a document of another, each with the first such.

    Only one side is listed: the audited one where there is a file to hold it against, otherwise the later part.
    """
    return [(n, min(side[0] for side in sides)) for n, sides in _across(entries, group_of) if sides]


def nearly_shared(entries: Entries) -> list[tuple[int, int]]:
    """The same for near-duplicates that are not the same text, each with the one that it is likest."""
    same = {n for n, _ in shared(entries, entries.texts)}
    found = []
    for n, sides in _across(entries, entries.near):
        likest = None if n in same else entries.nearly_same.nearest(n, list(chain.from_iterable(sides)))
        if likest is not None:
            found.append((n, likest))
    return found


def _across(entries: Entries, group_of: list[int]) -> Iterator[tuple[int, list[list[int]]]]:
    """Each audited document, and those of its group that are on the other side, part by part."""
    members: dict[int, dict[int, list[int]]] = {}
    for n, entry in enumerate(entries.all):
        members.setdefault(group_of[n], {}).setdefault(entry.part, []).append(n)
    held_against = entries.n_own < len(entries.all)
    for n, entry in enumerate(entries.own):
        parts = members[group_of[n]].items()
        yield n, [own for part, own in parts if (part != entry.part if held_against else part < entry.part)]


def _outlets_on_both_sides(entries: Entries) -> Iterator[Example]:
    counts: dict[str, Counter[int]] = {}
    paths = {entry.part: entry.path for entry in entries.all}
    for outlet, entry in zip(entries.outlets, entries.all, strict=True):
        if outlet is not None:
            counts.setdefault(outlet, Counter())[entry.part] += 1
    if len(counts) < 2:  # a corpus of one outlet cannot be split by outlet
        return
    for outlet, by_part in sorted(counts.items(), key=lambda item: (-min(item[1].values()), item[0])):
        if len(by_part) > 1:
            sizes = {paths[part]: count for part, count in sorted(by_part.items())}
            listed = ", ".join(f"{count:,} in {path}" for path, count in sizes.items())
            yield Example(f"{outlet}: {listed}", details={"outlet": outlet, "documents": sizes})

"""What two parts of a split share and should not: texts and outlets. Not for duplicates within a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

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
    first: dict[int, dict[int, int]] = {}
    for n, entry in enumerate(entries.all):
        first.setdefault(group_of[n], {}).setdefault(entry.part, n)
    held_against = entries.n_own < len(entries.all)
    found = []
    for n, entry in enumerate(entries.own):
        others = [
            m for part, m in first[group_of[n]].items() if (part != entry.part if held_against else part < entry.part)
        ]
        if others:
            found.append((n, min(others)))
    return found


def nearly_shared(entries: Entries) -> list[tuple[int, int]]:
    """The same for near-duplicates that are not the same text."""
    same = {n for n, _ in shared(entries, entries.texts)}
    return [(n, other) for n, other in shared(entries, entries.near) if n not in same]


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

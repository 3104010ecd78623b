"""A cleaned copy of a corpus, and a list of what went and why. Changes no label, and nothing that is in doubt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from newsstand.errors import InputError
from newsstand.formats import CorpusHeader, atomic_path, write_documents
from train.audit.boilerplate import Boilerplate, boilerplate
from train.audit.duplicates import conflicting, repeats
from train.audit.encoding import repair
from train.audit.entries import Entries, Entry
from train.audit.leaks import nearly_shared, shared
from train.audit.sentences import without

Changes = list[dict[str, Any]]

_ROUNDS = 3
_EXTENSIONS = (".jsonl", ".ndjson", ".json-lines", ".csv", ".tsv", ".parquet")


@dataclass(frozen=True)
class Cleaned:
    """What is left, and one record for everything that went or was repaired."""

    entries: Sequence[Entry]
    removed: Changes


def clean(entries: Entries) -> Cleaned:
    """Repair encoding, take boilerplate out, then drop contradicting, repeated and leaking documents."""
    changes: Changes = []
    repaired = Entries(
        [_repaired(entry, changes) for entry in entries.own] + list(entries.all[entries.n_own :]), entries.n_own
    )
    repaired = _without_boilerplate(repaired, entries.outlets, entries.near, changes)
    dropped: dict[int, dict[str, Any]] = {}
    for n, entry in enumerate(repaired.own):
        if not (entry.document.text.strip() or entry.document.title.strip()):
            dropped[n] = _record("NS401", entry, "document", why="nothing was left of it")
    for members, what in conflicting(repaired):
        for n in members:
            others = [repaired.own[m].place for m in members if m != n]
            dropped.setdefault(
                n, _record("NS103", repaired.own[n], "document", why=f"different {what}", same_as=others)
            )
    for code, pairs in (
        ("NS301", shared(repaired, repaired.texts)),
        ("NS302", nearly_shared(repaired)),
        ("NS101", repeats(repaired)),
    ):
        for n, other in pairs:
            dropped.setdefault(n, _record(code, repaired.own[n], "document", same_as=[repaired.all[other].place]))
    kept = [entry for n, entry in enumerate(repaired.own) if n not in dropped]
    return Cleaned(kept, changes + [dropped[n] for n in sorted(dropped)])


def write_cleaned(cleaned: Cleaned, path: str, header: CorpusHeader | None) -> dict[str, Any]:
    """Write the cleaned corpus and, beside it, the list of what went; returns what was written.

    Raises
    ------
    InputError
        If nothing is left of the corpus, or a file cannot be written.
    """
    if not cleaned.entries:
        raise InputError("nothing would be left of the corpus; nothing was written", path)
    beside = removed_path(path)
    written = write_documents(path, (entry.document for entry in cleaned.entries), header)
    _write_lines(beside, cleaned.removed)
    what = [record["removed"] for record in cleaned.removed if "removed" in record]
    return {
        "path": path,
        "removed_path": str(beside),
        "documents": written,
        "removed_documents": what.count("document"),
        "removed_sentences": sum(len(record.get("sentences", ())) for record in cleaned.removed),
        "repaired_documents": len({record["place"] for record in cleaned.removed if "repaired" in record}),
    }


def removed_path(path: str) -> Path:
    """Name the list beside a cleaned corpus: ``clean.jsonl`` has ``clean.removed.jsonl``."""
    name = path
    for suffix in (".gz", ".zst"):
        name = name.removesuffix(suffix)
    for suffix in _EXTENSIONS:
        name = name.removesuffix(suffix)
    return Path(f"{name}.removed.jsonl")


def _repaired(entry: Entry, changes: Changes) -> Entry:
    document, codes = repair(entry.document)
    changes += [{"code": code, "repaired": "text"} | _where(entry) for code in codes]
    return replace(entry, document=document) if codes else entry


def _without_boilerplate(
    entries: Entries, outlet_of: Sequence[str | None], near: Sequence[int], changes: Changes
) -> Entries:
    """Take boilerplate out, and look again: what stood between two such sentences may now have a line to itself."""
    for _ in range(_ROUNDS):
        found = boilerplate([entry.document for entry in entries.own], outlet_of, near)
        if not found.spans and not found.credits:
            break
        entries = _without(entries, found, changes)
    return entries


def _without(entries: Entries, found: Boilerplate, changes: Changes) -> Entries:
    cleaned = list(entries.all)
    for n in sorted(found.spans.keys() | found.credits.keys()):
        entry = cleaned[n]
        text = entry.document.text
        both = (("NS401", found.spans.get(n, [])), ("NS402", found.credits.get(n, [])))
        for code, spans in both:
            if spans:
                changes.append(_record(code, entry, "sentences", sentences=[text[slice(*span)] for span in spans]))
        text = without(text, [span for _, spans in both for span in spans])
        cleaned[n] = replace(entry, document=replace(entry.document, text=text))
    return Entries(cleaned, entries.n_own)


def _record(code: str, entry: Entry, removed: str, **details: Any) -> dict[str, Any]:
    return {"code": code, "removed": removed} | _where(entry) | details


def _where(entry: Entry) -> dict[str, Any]:
    known = {"place": entry.place}
    return known if entry.document.id is None else known | {"id": entry.document.id}


def _write_lines(path: Path, records: Iterable[dict[str, Any]]) -> None:
    with atomic_path(path) as temporary, temporary.open("w", encoding="ascii") as stream:
        for record in records:
            stream.write(json.dumps(record) + "\n")

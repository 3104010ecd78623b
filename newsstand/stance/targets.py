"""Targets: the known ones from ``data/targets.toml``, and finding any target in an article. Not for stances towards them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from newsstand.documents import Document
from newsstand.errors import LabelError
from newsstand.resources import read_tables
from newsstand.stance.mentions import GENERIC, Mention, Range, Wanted, find_mentions, is_name, wanted_for
from newsstand.stance.phrases import Phrase
from newsstand.stance.reading import Reading, Search

TargetKind = Literal["policy", "claim", "person", "organisation", "country", "movement"]
KINDS: tuple[TargetKind, ...] = get_args(TargetKind)
MOST = 5  # known targets of an article that are answered unasked
_IN_TITLE = 3  # what a mention in the title counts


@dataclass(frozen=True, slots=True)
class Target:
    """A target that Newsstand knows: its names, what it is, and what somebody in favour of it holds to be right."""

    id: str
    name: str
    kind: TargetKind
    aliases: tuple[str, ...]
    description: str
    claim: str

    @property
    def names(self) -> tuple[str, ...]:
        """The name and all aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Found:
    """A target and its mentions in one article."""

    target: str
    mentions: tuple[Mention, ...]
    known: Target | None = None

    @property
    def mentioned(self) -> bool:
        """Whether the article mentions the target at all."""
        return bool(self.mentions)


def read_article(document: Document) -> list[Reading]:
    """The fields of a document, ready to be searched; searching one for many targets costs little more than for one."""
    text = Reading(document.text, "text")
    return [Reading(document.title, "title"), text] if document.title else [text]


class KnownTargets:
    """An ordered set of known targets.

    Parameters
    ----------
    targets : sequence of Target
        With distinct ids, and no name that stands for two of them.

    Raises
    ------
    LabelError
        If an id or a name occurs twice.
    """

    def __init__(self, targets: Sequence[Target] = (), name: str = "") -> None:
        self.name = name
        self.targets = tuple(targets)
        self._by_name: dict[str, Target] = {}
        for target in self.targets:
            for key in {target.id, *map(_key, target.names)}:
                if key in self._by_name:
                    raise LabelError(f"{key!r} stands for two targets: {self._by_name[key].id} and {target.id}")
                self._by_name[key] = target

    def __iter__(self) -> Iterator[Target]:
        return iter(self.targets)

    def __len__(self) -> int:
        return len(self.targets)

    def resolve(self, target: str) -> Target | None:
        """The known target that an id, a name or an alias stands for, whatever its case; ``None`` if there is none."""
        return self._by_name.get(target) or self._by_name.get(_key(target))

    def find(self, target: str, readings: Sequence[Reading]) -> Found:
        """Find one target, known or not, in an article.

        Parameters
        ----------
        target : str
            An id, name or alias of a known target, or any phrase; anything is legal, also an empty string.
        readings : sequence of Reading
            See :func:`read_article`.
        """
        known = self.resolve(target)
        wanted = self._wanted[known.id] if known else wanted_for(target)
        return Found(target, find_mentions(wanted, readings), known)

    def mentioned(self, readings: Sequence[Reading], most: int = MOST) -> list[Found]:
        """The known targets that an article mentions, most discussed first, at most ``most`` of them."""
        likely: dict[str, list[set[Range]]] = {}
        for n, reading in enumerate(readings):
            for number, start in reading.search(self._search):
                target_id, phrase = self._phrases[number]
                named = likely.setdefault(target_id, [set() for _ in readings])
                if phrase.written and phrase.is_at(reading, start):  # and no mere surname
                    named[n].add((start, start + len(phrase.stems) - 1))
        found = []
        for target in self.targets:
            if target.id in likely:
                mentions = find_mentions(self._wanted[target.id], readings, likely[target.id])
                found += [Found(target.name, mentions, target)] if mentions else []
        return sorted(found, key=_prominence)[:most]

    @cached_property
    def _wanted(self) -> dict[str, Wanted]:
        return {target.id: _wanted(target) for target in self.targets}

    @cached_property
    def _phrases(self) -> list[tuple[str, Phrase]]:
        """What makes the targets likely: phrases, and surnames as such."""
        found = [(target_id, phrase) for target_id, wanted in self._wanted.items() for phrase in wanted.phrases]
        surnames = [
            (target_id, wanted.surname)
            for target_id, wanted in self._wanted.items()
            if wanted.surname and not wanted.needs_full_name
        ]
        return found + [(target_id, Phrase((surname,), (), strict=False)) for target_id, surname in surnames]

    @cached_property
    def _search(self) -> Search:
        words = [word for wanted in self._wanted.values() for word in (*wanted.nouns, wanted.surname) if word]
        return Search([phrase.hashes for _, phrase in self._phrases], words)

    @classmethod
    def load(cls, path: str | Path) -> KnownTargets:
        """Read targets from a TOML file (the layout of ``data/targets.toml``).

        Raises
        ------
        LabelError
            If the file cannot be read, is no valid TOML, or breaks a rule of the layout.
        """
        content = read_tables(path, "target", "the targets")
        targets = [target_from_dict(entry, f"{path}: target {n}") for n, entry in enumerate(content["target"], start=1)]
        try:
            return cls(targets, str(content.get("name", Path(path).stem)))
        except LabelError as error:
            raise LabelError(f"{path}: {error}") from error


def target_from_dict(entry: object, place: str) -> Target:
    """Build a target from a parsed TOML or JSON table, checking every field.

    Raises
    ------
    LabelError
        If the entry is no table, or a field is missing or has the wrong type.
    """
    if not isinstance(entry, Mapping):
        raise LabelError(f"{place}: expected a table")
    fields = {key: entry.get(key) for key in ("id", "name", "kind", "description", "claim")}
    for key, value in fields.items():
        if not isinstance(value, str) or not value.strip():
            raise LabelError(f"{place}: a target needs '{key}', a non-empty string")
    if fields["kind"] not in KINDS:
        raise LabelError(f"{place}: 'kind' must be one of {', '.join(KINDS)}")
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list | tuple) or not all(isinstance(a, str) and Phrase.of(a).stems for a in aliases):
        raise LabelError(f"{place}: 'aliases' must be a list of strings with a letter or digit in each")
    return Target(aliases=tuple(aliases), **fields)  # type: ignore[arg-type]


def target_to_dict(target: Target) -> dict[str, object]:
    """The target as a JSON object; the inverse of :func:`target_from_dict`."""
    return {
        "id": target.id,
        "name": target.name,
        "kind": target.kind,
        "aliases": list(target.aliases),
        "description": target.description,
        "claim": target.claim,
    }


def _wanted(target: Target) -> Wanted:
    phrases = [Phrase.of(name, strict=True) for name in target.aliases]
    phrases += [Phrase.of(target.name)]
    spellings = tuple(dict.fromkeys(spelling for phrase in phrases for spelling in phrase.spellings()))
    name = Phrase.of(target.name)
    if target.kind == "person" and is_name(name):
        surname = name.stems[-1]
        return Wanted(
            tuple(spelling for spelling in spellings if spelling.stems != (surname,)),
            surname=surname,
            given=frozenset(word.lower() for word in name.written[:-1]),
            needs_full_name=all(spelling.stems != (surname,) for spelling in spellings),
        )
    words = {known for spelling in spellings for known in spelling.stems}
    nouns = name.stems[-1:] if len(name.stems) > 1 else ()
    return Wanted(spellings, nouns=frozenset(nouns) | (GENERIC if words & GENERIC else frozenset()))


def _key(name: str) -> str:
    return " ".join(Phrase.of(name).stems) or name.strip()


def _prominence(found: Found) -> tuple[int, int]:
    count = sum(_IN_TITLE if mention.field == "title" else 1 for mention in found.mentions)
    return -count, min(mention.start for mention in found.mentions)

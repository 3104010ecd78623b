"""Topics and the label sets they form. Not for deciding which topics a text has (see :mod:`newsstand.heads`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from newsstand.errors import LabelError
from newsstand.resources import read_tables

TopicKind = Literal["subject", "place"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One label of a label set.

    ``names`` are phrases whose repeated occurrence makes a text about the topic (places, mostly); occurrences inside
    one of ``not_names`` do not count.
    """

    id: str
    name: str = ""
    parent: str | None = None
    kind: TopicKind = "subject"
    code: str | None = None
    definition: str = ""
    names: tuple[str, ...] = ()
    not_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelSet:
    """An ordered set of topics in two levels.

    Parameters
    ----------
    name : str
        Name of the label set, as the manifest and ``/v1/labels`` give it.
    topics : tuple of Topic
        Parents may stand before or after their children.

    Raises
    ------
    LabelError
        If an id occurs twice, a parent is unknown, or there are more than two levels.
    """

    name: str
    topics: tuple[Topic, ...]
    mappings: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self._index) != len(self.topics):
            raise LabelError(f"label set {self.name!r}: a topic id occurs twice")
        for topic in self.topics:
            if topic.parent is None:
                continue
            if topic.parent not in self._index:
                raise LabelError(f"label set {self.name!r}: topic {topic.id!r} has the unknown parent {topic.parent!r}")
            if self[topic.parent].parent is not None:
                raise LabelError(f"label set {self.name!r}: topic {topic.id!r} is on a third level; two are the limit")

    @cached_property
    def _index(self) -> dict[str, int]:
        return {topic.id: position for position, topic in enumerate(self.topics)}

    def __len__(self) -> int:
        return len(self.topics)

    def __iter__(self) -> Iterator[Topic]:
        return iter(self.topics)

    def __contains__(self, topic_id: object) -> bool:
        return topic_id in self._index

    def __getitem__(self, topic_id: str) -> Topic:
        return self.topics[self._index[topic_id]]

    def position(self, topic_id: str) -> int:
        """Where a topic stands in the set, from 0; KeyError if it does not."""
        return self._index[topic_id]

    @property
    def ids(self) -> tuple[str, ...]:
        """The topic ids, in order."""
        return tuple(self._index)

    def with_parents(self, topic_ids: Iterable[str]) -> tuple[str, ...]:
        """The given topics and their parents, each once, in the order of the label set; unknown ids are left out."""
        wanted = set()
        for topic_id in topic_ids:
            if topic_id in self._index:
                wanted.add(topic_id)
                wanted.add(self[topic_id].parent or topic_id)
        return tuple(topic_id for topic_id in self._index if topic_id in wanted)

    def mapping(self, corpus: str) -> Mapping[str, tuple[str, ...]]:
        """How the published labels of a corpus translate into topics of this set.

        Raises
        ------
        LabelError
            If the label set has no mapping for that corpus.
        """
        if corpus not in self.mappings:
            raise LabelError(f"label set {self.name!r} has no mapping for {corpus!r}; it has {sorted(self.mappings)}")
        return self.mappings[corpus]

    @classmethod
    def from_ids(cls, name: str, topic_ids: Iterable[str]) -> LabelSet:
        """A flat label set of plain names, for corpora that bring labels of their own."""
        return cls(name, tuple(Topic(id=i, name=i.replace("_", " ").capitalize()) for i in topic_ids))

    @classmethod
    def load(cls, path: str | Path) -> LabelSet:
        """Read a label set from a TOML file (the layout of ``data/taxonomy.toml``).

        Raises
        ------
        LabelError
            If the file cannot be read, is no valid TOML, or breaks a rule of the layout.
        """
        content = read_tables(path, "topic", "the label set")
        topics = tuple(topic_from_dict(entry, f"{path}: topic {n + 1}") for n, entry in enumerate(content["topic"]))
        label_set = cls(
            str(content.get("name", Path(path).stem)), topics, _read_mappings(content.get("mapping", {}), path)
        )
        for corpus, mapping in label_set.mappings.items():
            for published, ours in mapping.items():
                for topic_id in ours:
                    if topic_id not in label_set:
                        raise LabelError(f"{path}: mapping {corpus}.{published} names the unknown topic {topic_id!r}")
        return label_set


def topic_from_dict(entry: object, place: str) -> Topic:
    """Build a topic from a parsed TOML or JSON table, checking every field.

    Raises
    ------
    LabelError
        If the entry is no table, its id is no identifier, or a field has the wrong type.
    """
    if not isinstance(entry, Mapping) or not isinstance(entry.get("id"), str) or not entry["id"]:
        raise LabelError(f"{place}: a topic needs an 'id', a non-empty string")
    for key in ("name", "parent", "code", "definition"):
        if not isinstance(entry.get(key, ""), str | None):
            raise LabelError(f"{place}: '{key}' must be a string")
    if entry.get("kind", "subject") not in ("subject", "place"):
        raise LabelError(f"{place}: 'kind' must be subject or place")
    return Topic(
        id=entry["id"],
        name=entry.get("name") or entry["id"],
        parent=entry.get("parent"),
        kind=entry.get("kind", "subject"),
        code=entry.get("code"),
        definition=entry.get("definition", ""),
        names=_strings(entry.get("names", ()), "names", place),
        not_names=_strings(entry.get("not_names", ()), "not_names", place),
    )


def topic_to_dict(topic: Topic) -> dict[str, Any]:
    """The topic as a JSON object, empty fields left out; the inverse of :func:`topic_from_dict`."""
    fields = {name: getattr(topic, name) for name in ("id", "name", "parent", "kind", "code", "definition")}
    return {name: value for name, value in fields.items() if value}


class NameCounter:
    """Counts how often a topic's names occur in a text, whole words only, case as written."""

    def __init__(self, topic: Topic) -> None:
        blocked = "|".join(re.escape(name) for name in sorted(topic.not_names, key=len, reverse=True))
        names = "|".join(re.escape(name) for name in sorted(topic.names, key=len, reverse=True))
        self._pattern = re.compile(rf"\b(?:{f'(?:{blocked})|' if blocked else ''}({names}))\b")

    def count(self, text: str) -> int:
        """Number of occurrences in ``text``."""
        return sum(1 for found in self._pattern.finditer(text) if found.group(1) is not None)


def _strings(value: object, key: str, place: str) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise LabelError(f"{place}: '{key}' must be a list of strings")
    return tuple(value)


def _read_mappings(content: object, path: str | Path) -> dict[str, dict[str, tuple[str, ...]]]:
    if not isinstance(content, Mapping) or not all(isinstance(table, Mapping) for table in content.values()):
        raise LabelError(f"{path}: [mapping.CORPUS] must be tables of lists")
    return {
        corpus: {
            published: _strings(ours, f"mapping.{corpus}.{published}", str(path)) for published, ours in table.items()
        }
        for corpus, table in content.items()
    }

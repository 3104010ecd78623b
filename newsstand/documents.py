"""What goes in: one news article, with whatever is known about it. Not for reading files (see :mod:`newsstand.formats`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from newsstand.errors import InputError

StanceName = Literal["favor", "against", "neutral"]
LeaningName = Literal["left", "center", "right"]
STANCES: tuple[StanceName, ...] = get_args(StanceName)
LEANINGS: tuple[LeaningName, ...] = get_args(LeaningName)


@dataclass(frozen=True, slots=True)
class GoldStance:
    """The stance that an annotator gave a document towards one target; ``None`` says that it does not mention the target."""

    target: str
    stance: StanceName | None

    def to_dict(self) -> dict[str, Any]:
        """The annotation as the JSON object of the corpus format."""
        if self.stance is None:
            return {"target": self.target, "mentioned": False}
        return {"target": self.target, "stance": self.stance}


@dataclass(frozen=True, slots=True)
class Document:
    """One article. Only ``text`` is required.

    ``topics``, ``stances`` and ``leaning`` are gold labels: ``None`` says that nobody annotated them, an empty tuple
    that somebody did and found none.
    """

    text: str
    title: str = ""
    id: str | None = None
    source: str | None = None
    date: str | None = None
    language: str | None = None
    topics: tuple[str, ...] | None = None
    stances: tuple[GoldStance, ...] | None = None
    leaning: LeaningName | None = None

    @classmethod
    def from_dict(cls, record: object, place: str | None = None) -> Document:
        """Build a document from a parsed JSON object, checking every field; unknown keys are ignored.

        Parameters
        ----------
        record : object
            What the JSON parser returned.
        place : str, optional
            Where the record stands, for the error message.

        Raises
        ------
        InputError
            If the record is no object, ``text`` is missing, or a field has the wrong type or value.
        """
        if not isinstance(record, (dict, Mapping)):  # a dictionary is told at once, other mappings slowly
            raise InputError(f"expected an object with a 'text' field, got {_kind(record)}", place)
        if record.get("text") is None:
            raise InputError("the field 'text' is missing", place)
        known = {
            name: read(value, name, place) for name, read in _FIELDS.items() if (value := record.get(name)) is not None
        }
        return cls(**known)

    def to_dict(self) -> dict[str, Any]:
        """The document as the JSON object of the corpus format, unknown fields left out."""
        record: dict[str, Any] = {}
        for name in ("id", "title", "text", "source", "date", "language"):
            value = getattr(self, name)
            if value is not None and (value or name == "text"):
                record[name] = value
        if self.topics is not None:
            record["topics"] = list(self.topics)
        if self.stances is not None:
            record["stances"] = [stance.to_dict() for stance in self.stances]
        if self.leaning is not None:
            record["leaning"] = self.leaning
        return record


def _string(value: object, name: str, place: str | None) -> str:
    if not isinstance(value, str):
        raise InputError(f"the field '{name}' must be a string, got {_kind(value)}", place)
    return value


def _identifier(value: object, name: str, place: str | None) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _string(value, name, place)


def _topics(value: object, _: str, place: str | None) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(topic, str) and topic for topic in value):
        raise InputError("the field 'topics' must be a list of non-empty strings", place)
    return tuple(dict.fromkeys(value))


def _stances(value: object, _: str, place: str | None) -> tuple[GoldStance, ...]:
    if not isinstance(value, (list, tuple)):
        raise InputError("the field 'stances' must be a list of objects with 'target' and 'stance'", place)
    return tuple(_stance(entry, place) for entry in value)


def _stance(entry: object, place: str | None) -> GoldStance:
    if not isinstance(entry, Mapping) or not isinstance(target := entry.get("target"), str) or not target.strip():
        raise InputError("every entry of 'stances' needs a 'target', a non-empty string", place)
    mentioned = entry.get("mentioned")
    if mentioned is not None and not isinstance(mentioned, bool):
        raise InputError("'mentioned' in an entry of 'stances' must be true or false", place)
    stance = _choice(entry.get("stance"), STANCES, "stance", place)
    if stance is None and mentioned is not False:
        raise InputError("every entry of 'stances' needs a 'stance', or 'mentioned': false", place)
    if stance is not None and mentioned is False:
        raise InputError("an entry of 'stances' has a 'stance' and 'mentioned': false; leave one out", place)
    return GoldStance(target, stance)


def _choice(value: object, allowed: tuple[Any, ...], name: str, place: str | None) -> Any:
    if value is None or value in allowed:
        return value
    raise InputError(f"the field '{name}' must be one of {', '.join(allowed)}", place)


def _leaning(value: object, name: str, place: str | None) -> LeaningName:
    leaning: LeaningName = _choice(value, LEANINGS, name, place)
    return leaning


def _kind(value: object) -> str:
    if value is None:
        return "null"
    kinds = {
        dict: "an object",
        list: "an array",
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
    }
    return kinds.get(type(value), type(value).__name__)


_FIELDS: dict[str, Callable[[object, str, str | None], Any]] = {
    "text": _string,
    "title": _string,
    "id": _identifier,
    "source": _string,
    "date": _string,
    "language": _string,
    "topics": _topics,
    "stances": _stances,
    "leaning": _leaning,
}
"""What reads each field, in the order in which they are checked."""

"""What a corpus file says about itself: its name, licence, source and label scope. Not for the documents in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsstand.errors import FormatError

HEADER_VERSION = 1


@dataclass(frozen=True, slots=True)
class CorpusHeader:
    """The header of a corpus.

    ``scope`` names the topics that the corpus annotates: a document without one of them is a negative example of it.
    ``None`` leaves that open. ``main_topic_only`` says that a document carries only the topic it is mostly about, so that the
    absence of another topic of the scope is a hint, not a fact.
    """

    corpus: str
    licence: str | None = None
    source: str | None = None
    scope: tuple[str, ...] | None = None
    main_topic_only: bool = False

    @classmethod
    def from_dict(cls, record: object, place: str | None = None) -> CorpusHeader:
        """Build a header from a parsed JSON object, checking every field.

        Raises
        ------
        FormatError
            If the version is unknown, the name is missing, or a field has the wrong type.
        """
        if not isinstance(record, Mapping) or "newsstand" not in record:
            raise FormatError("a corpus header is an object with the keys 'newsstand' and 'corpus'", place)
        if record["newsstand"] != HEADER_VERSION or isinstance(record["newsstand"], bool):
            raise FormatError(f"the corpus header is not of version {HEADER_VERSION}; update Newsstand", place)
        if not isinstance(record.get("corpus"), str) or not record["corpus"]:
            raise FormatError("the corpus header needs a 'corpus', the name of the corpus", place)
        for name in ("licence", "source"):
            if not isinstance(record.get(name), str | None):
                raise FormatError(f"'{name}' in the corpus header must be a string", place)
        main_topic_only = record.get("main_topic_only", False)
        if not isinstance(main_topic_only, bool):
            raise FormatError("'main_topic_only' in the corpus header must be true or false", place)
        scope = _scope(record.get("scope"), place)
        return cls(record["corpus"], record.get("licence"), record.get("source"), scope, main_topic_only)

    def to_dict(self) -> dict[str, Any]:
        """Return the header as a JSON object, unknown fields left out."""
        record: dict[str, Any] = {"newsstand": HEADER_VERSION, "corpus": self.corpus}
        if self.licence is not None:
            record["licence"] = self.licence
        if self.source is not None:
            record["source"] = self.source
        if self.scope is not None:
            record["scope"] = list(self.scope)
        if self.main_topic_only:
            record["main_topic_only"] = True
        return record


def is_header(record: object) -> bool:
    """Whether a parsed line is meant as a corpus header, of whatever version."""
    return isinstance(record, Mapping) and "newsstand" in record and "text" not in record


def side_file(path: str) -> Path:
    """Name the file beside ``path`` that holds the header: ``news.csv`` has ``news.csv.corpus.json``."""
    return Path(path + ".corpus.json")


def read_side_file(path: str) -> CorpusHeader | None:
    """Read the header beside ``path``, if there is one.

    Raises
    ------
    FormatError
        If the file beside it cannot be read or is no header.
    """
    beside = side_file(path)
    try:
        record = json.loads(beside.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise FormatError("cannot read the corpus header: not a JSON object in UTF-8", str(beside)) from error
    return CorpusHeader.from_dict(record, str(beside))


def _scope(value: object, place: str | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(topic, str) and topic for topic in value):
        raise FormatError("'scope' in the corpus header must be a list of topics", place)
    return tuple(dict.fromkeys(value))

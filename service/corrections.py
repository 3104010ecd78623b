"""A correction: what a person says that the labels of an article should have been. Not for keeping it (see :mod:`service.store`)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from newsstand.documents import Document, GoldStance
from newsstand.errors import InputError
from service.bodies import read_document

MAX_NOTE = 2000
MAX_LABELS = 200
"""How many topics, and how many stances, one correction may have."""
_NAME = re.compile(r"[\w.:-]{1,200}", re.ASCII)
_LABELS = ("topics", "stances", "leaning")


@dataclass(frozen=True, slots=True)
class Correction:
    """What was sent.

    Parameters
    ----------
    id : str
        Equal ids mean the same correction, sent again. One that brings no id gets that of its content.
    document : Document
        The article, with the right labels; those that are ``None`` were not looked at.
    run : str
        The run whose answer is corrected.
    note : str
    """

    id: str
    document: Document
    run: str
    note: str = ""

    @property
    def content(self) -> str:
        """Everything but the id, as JSON in ASCII, which every database keeps as it is."""
        return json.dumps({"document": self.document.to_dict(), "run": self.run, "note": self.note}, sort_keys=True)


def read_correction(record: Any, max_chars: int, topics: Collection[str]) -> Correction:
    """The correction of a parsed JSON value.

    Parameters
    ----------
    record : object
    max_chars : int
        Length of the longest title or text.
    topics : collection of str
        The topics that there are.

    Raises
    ------
    InputError, TextTooLong
    """
    if not isinstance(record, Mapping):
        raise InputError("expected an object with 'document', 'run', and the right 'topics', 'stances' or 'leaning'")
    if "document" not in record:
        raise InputError("the field 'document' is missing: send the article as it was labelled")
    article = read_document(record["document"], max_chars, "document")
    if article.id is not None and len(article.id) > MAX_NOTE:
        raise InputError(f"the id is longer than {MAX_NOTE} characters", "document.id")
    gold = Document.from_dict({"text": "", **{name: record.get(name) for name in _LABELS}})
    _check_labels(gold, topics)
    document = replace(article, topics=gold.topics, stances=gold.stances, leaning=gold.leaning)
    correction = Correction("", document, _name(record, "run"), _note(record.get("note")))
    content_id = hashlib.sha256(correction.content.encode()).hexdigest()[:32]
    return replace(correction, id=_name(record, "id") if record.get("id") is not None else content_id)


def document_key(document: Document) -> str:
    """What tells an article from others, whatever its id: a digest of title and text."""
    return hashlib.sha256(json.dumps([document.title, document.text]).encode()).hexdigest()


def merged(corrections: Iterable[Correction]) -> list[Document]:
    """One document for each article, in the order of their first corrections; of two corrections of a label the later counts."""
    found: dict[str, Document] = {}
    for correction in corrections:
        key, newer = document_key(correction.document), correction.document
        older = found.get(key, newer)
        found[key] = replace(
            newer,
            topics=older.topics if newer.topics is None else newer.topics,
            stances=_merged_stances(older.stances, newer.stances),
            leaning=newer.leaning or older.leaning,
        )
    return list(found.values())


def _merged_stances(
    older: tuple[GoldStance, ...] | None, newer: tuple[GoldStance, ...] | None
) -> tuple[GoldStance, ...] | None:
    if older is None or newer is None:
        return older if newer is None else newer
    return tuple({stance.target.casefold(): stance for stance in (*older, *newer)}.values())


def _check_labels(gold: Document, topics: Collection[str]) -> None:
    if gold.topics is None and gold.stances is None and gold.leaning is None:
        raise InputError("nothing is corrected: send the right 'topics', 'stances' or 'leaning'")
    for name in ("topics", "stances"):
        if len(getattr(gold, name) or ()) > MAX_LABELS:
            raise InputError(f"there are more than {MAX_LABELS}", name)
    unknown = [topic for topic in gold.topics or () if topic not in topics]
    if unknown:
        raise InputError(
            f"{len(unknown)} of {len(gold.topics or ())} are no topics of the run in use: GET /v1/labels lists them",
            "topics",
        )


def _name(record: Mapping[str, Any], field: str) -> str:
    value = record.get(field)
    if value is None:
        raise InputError(f"the field '{field}' is missing: it is the run under 'model' in the answer that is corrected")
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise InputError("expected 1 to 200 letters, digits, dots, colons, dashes and underscores", field)
    return value


def _note(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_NOTE:
        raise InputError(f"expected a string of at most {MAX_NOTE} characters", "note")
    return value

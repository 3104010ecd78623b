"""NewsMTSC (Hamborg and Donnay 2021): sentences of news with the sentiment towards people in them. Not for whole articles."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from newsstand.documents import Document, GoldStance
from newsstand.errors import InputError
from newsstand.formats.lines import numbered_lines
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Labels, Selection, filled, translate

CORPUS = "newsmtsc"
LICENCE = "MIT (repository); the sentences belong to their publishers"
SOURCE = "https://github.com/fhamborg/NewsMTSC"
PART_OF = {"train.jsonl": "train", "devtest_rw.jsonl": "test", "devtest_mt.jsonl": "test"}
LABELS: Labels = {"2": "against", "4": "neutral", "6": "favor"}


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:  # noqa: ARG001 - parts are files
    """Yield a document for each sentence, with a stance towards each target as the sentence mentions it, pronouns too."""
    for file in files:
        for number, line in numbered_lines(io.BytesIO(file.content), file.place):
            if isinstance(line, InputError):
                yield line
            elif line.strip():
                yield _item(line, f"{file.place}:{number}")


def _item(line: bytes, place: str) -> Item:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return InputError("not valid JSON in UTF-8", place)
    try:
        return _document(record, place)
    except InputError as error:
        return error


def _document(record: object, place: str) -> Document:
    if not isinstance(record, Mapping) or not isinstance(record.get("targets"), list):
        raise InputError("expected an object with a list of 'targets'", place)
    return Document(
        text=filled(record.get("sentence_normalized"), "sentence_normalized", place),
        id=f"{CORPUS}/{filled(record.get('primary_gid'), 'primary_gid', place)}",
        language="en",
        stances=tuple(_stance(entry, place) for entry in record["targets"]),
    )


def _stance(entry: Any, place: str) -> GoldStance:
    if not isinstance(entry, Mapping):
        raise InputError("every entry of 'targets' must be an object", place)
    polarity = entry.get("polarity")
    label = f"{polarity:g}" if isinstance(polarity, int | float) else ""
    return GoldStance(filled(entry.get("mention"), "mention", place), translate(label, "polarity", LABELS, place))

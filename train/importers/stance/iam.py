"""IAM (Cheng et al. 2022): claims from web pages on debate topics. Not for its evidence or its sentences without a claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from newsstand.documents import Document
from newsstand.errors import InputError
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Labels, Row, Selection, TableLayout, build_each, table_rows

CORPUS = "iam"
LICENCE = "not stated: research use"
SOURCE = "https://github.com/LiyingCheng95/IAM"
PART_OF = {"train.txt": "train", "dev.txt": "dev", "test.txt": "test"}
LABELS: Labels = {"1": "favor", "-1": "against"}

_CLAIM = "C"
_NAMES = ("kind", "topic", "sentence", "article", "stance")
_LAYOUT = TableLayout(_NAMES, delimiter="\t", quoted=False, names=_NAMES)


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:  # noqa: ARG001 - parts are files
    """Yield a document for each claim; the debate topic is its target and its source."""
    for file in files:
        claims = (
            row for row in table_rows(file, _LAYOUT) if isinstance(row, InputError) or row.cells["kind"] == _CLAIM
        )
        yield from build_each(claims, partial(_document, part=file.part))


def _document(row: Row, part: str) -> Document:
    topic = row.text("topic")
    return Document(
        text=row.text("sentence"),
        id=f"{CORPUS}/{part}/{row.number}",
        source=topic,
        language="en",
        stances=(row.stance(topic, "stance", LABELS),),
    )

"""PerSenT (Bastan et al. 2020): news articles with their author's sentiment towards the main entity. Not for its paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from newsstand.documents import Document
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Labels, Row, Selection, TableLayout, build_each, table_rows

CORPUS = "persent"
LICENCE = "not stated: research use"
SOURCE = "https://github.com/MHDBST/PerSenT"
PART_OF = {"train.csv": "train", "dev.csv": "dev", "fixed_test.csv": "test", "random_test.csv": "test"}
LABELS: Labels = {"Positive": "favor", "Neutral": "neutral", "Negative": "against"}

_LAYOUT = TableLayout(("DOCUMENT_INDEX", "TITLE", "TARGET_ENTITY", "DOCUMENT", "TRUE_SENTIMENT"))


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:  # noqa: ARG001 - parts are files
    """Yield a document for each article."""
    for file in files:
        yield from build_each(table_rows(file, _LAYOUT), partial(_document, part=file.part))


def _document(row: Row, part: str) -> Document:
    return Document(
        text=row.text("DOCUMENT"),
        title=row.cells["TITLE"].strip(),
        id=f"{CORPUS}/{part}/{row.text('DOCUMENT_INDEX')}",
        language="en",
        stances=(row.stance(row.text("TARGET_ENTITY"), "TRUE_SENTIMENT", LABELS),),
    )

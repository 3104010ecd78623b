"""Emergent (Ferreira and Vlachos 2016): headlines of news against the claims they report. Not for the articles below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from newsstand.documents import Document
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Labels, Row, Selection, TableLayout, build_each, table_rows

CORPUS = "emergent"
LICENCE = "not stated: research use"
SOURCE = "https://github.com/willferreira/mscproject"
PART_OF = {"url-versions-2015-06-14-clean-train.csv": "train", "url-versions-2015-06-14-clean-test.csv": "test"}
LABELS: Labels = {"for": "favor", "against": "against", "observing": "neutral"}

_LAYOUT = TableLayout(("claimHeadline", "articleHeadline", "articleHeadlineStance", "articleId"))


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:  # noqa: ARG001 - parts are files
    """Yield a document for each headline; the claim is its target and its source."""
    for file in files:
        yield from build_each(table_rows(file, _LAYOUT), partial(_document, part=file.part))


def _document(row: Row, part: str) -> Document:
    claim = row.text("claimHeadline")
    return Document(
        text=row.text("articleHeadline"),
        id=f"{CORPUS}/{part}/{row.text('articleId')}",
        source=claim,
        language="en",
        stances=(row.stance(claim, "articleHeadlineStance", LABELS),),
    )

"""Newsstand's own gold stances for AllSides articles (Baly et al. 2020). Not for their topics (see train.importers.allsides)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from newsstand.documents import Document
from newsstand.errors import InputError
from train.importers import allsides
from train.importers.stance import judgments
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Labels, Selection

CORPUS = "allsides-stances"
LICENCE = f"stances {judgments.LICENCE}; the articles belong to their publishers"
SOURCE = allsides.SOURCE
LABELS: Labels = {**judgments.LABELS, "unmentioned": None}
FILE = "allsides-stances.csv"

_JUDGMENTS = judgments.rows_by(FILE, "id")
PART_OF = {
    f"{published}.json": part
    for part in ("train", "dev", "test")
    for published, rows in _JUDGMENTS.items()
    if rows[0]["part"] == part
}


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:  # noqa: ARG001 - parts are files
    """Yield a document for each article that has gold stances."""
    for file in files:
        try:
            yield _document(file)
        except InputError as error:
            yield error


def _document(file: SourceFile) -> Document:
    article = allsides.article(file.content, file.place)
    published = PurePosixPath(file.name).stem
    stances = judgments.gold(_JUDGMENTS[published], FILE, LABELS)
    return replace(article, id=f"{CORPUS}/{file.part}/{published}", topics=None, leaning=None, stances=stances)

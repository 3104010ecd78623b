"""Newsstand's own gold stances for a few sentences of AllSides articles each. Not for whole articles (see allsides)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from newsstand.documents import Document
from newsstand.errors import InputError
from train.importers import allsides
from train.importers.stance import judgments
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Selection

CORPUS = "allsides-passages"
LICENCE = f"stances {judgments.LICENCE}; the articles belong to their publishers"
SOURCE = allsides.SOURCE
LABELS = judgments.LABELS
FILE = "allsides-passages.csv"

_JUDGMENTS = judgments.rows_by(FILE, "id")
PART_OF = {f"{published}.json": "train" for published in _JUDGMENTS}


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:  # noqa: ARG001 - there is one part
    """Yield a document for each passage that has gold stances."""
    for file in files:
        try:
            yield from _documents(file)
        except InputError as error:
            yield error


def _documents(file: SourceFile) -> Iterator[Document]:
    article = allsides.article(file.content, file.place)
    published = PurePosixPath(file.name).stem
    passages: dict[tuple[int, int], list[judgments.Judgment]] = defaultdict(list)
    for row in _JUDGMENTS[published]:
        passages[int(row["start"]), int(row["end"])].append(row)
    for (start, end), rows in passages.items():
        if end > len(article.text):
            raise InputError(f"the article is shorter than its passage, which ends at character {end}", file.place)
        yield Document(
            text=article.text[start:end],
            id=f"{CORPUS}/train/{published}-{start}",
            source=article.source,
            language="en",
            stances=judgments.gold(rows, FILE),
        )

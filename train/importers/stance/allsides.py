"""Newsstand's own gold stances for AllSides articles (Baly et al. 2020). Not for their topics (see train.importers.allsides)."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from newsstand.documents import Document, GoldStance
from newsstand.errors import InputError
from newsstand.resources import data_file
from train.importers import allsides
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Labels, Selection, translate

CORPUS = "allsides-stances"
LICENCE = "stances Apache-2.0; the articles belong to their publishers"
SOURCE = allsides.SOURCE
FILE = "allsides-stances.csv"
LABELS: Labels = {"favor": "favor", "against": "against", "neutral": "neutral", "unmentioned": None}


def _judgments() -> dict[str, list[dict[str, str]]]:
    """The rows of our file by the published file that they are about."""
    by_file = defaultdict(list)
    with data_file(FILE).open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            by_file[f"{row['id']}.json"].append(row)
    return by_file


_JUDGMENTS = _judgments()
PART_OF = {name: rows[0]["part"] for name, rows in _JUDGMENTS.items()}


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:  # noqa: ARG001 - parts are files
    """Yield a document for each article that has gold stances."""
    for file in files:
        try:
            yield _document(file)
        except InputError as error:
            yield error


def _document(file: SourceFile) -> Document:
    article = allsides.article(file.content, file.place)
    gold = tuple(
        GoldStance(row["target"], translate(row["stance"], "stance", LABELS, FILE)) for row in _JUDGMENTS[file.name]
    )
    name = f"{CORPUS}/{file.part}/{PurePosixPath(file.name).stem}"
    return replace(article, id=name, topics=None, leaning=None, stances=gold)

"""SemEval-2016 Task 6 (Mohammad et al. 2016): tweets towards five targets, in Latin-1. Not for its task B."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from newsstand.documents import Document
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Labels, Row, Selection, TableLayout, build_each, table_rows

CORPUS = "semeval2016-task6"
LICENCE = "terms of the SemEval-2016 task; the tweets belong to their authors"
SOURCE = "https://alt.qcri.org/semeval2016/task6/"
PART_OF = {
    "train.tsv": "train",
    "test-a.tsv": "test",
    "semeval2016-task6-trainingdata.txt": "train",
    "trainingdata-all-annotations.txt": "train",
    "SemEval2016-Task6-subtaskA-testdata-gold.txt": "test",
    "testdata-taskA-all-annotations.txt": "test",
}
LABELS: Labels = {"FAVOR": "favor", "AGAINST": "against", "NONE": "neutral"}

_LAYOUT = TableLayout(("ID", "Target", "Tweet", "Stance"), delimiter="\t", quoted=False, encoding="latin-1")


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:  # noqa: ARG001 - parts are files
    """Yield a document for each tweet; its source is the target, of which there are five."""
    for file in files:
        yield from build_each(table_rows(file, _LAYOUT), partial(_document, part=file.part))


def _document(row: Row, part: str) -> Document:
    target = row.text("Target")
    return Document(
        text=row.text("Tweet"),
        id=f"{CORPUS}/{part}/{row.text('ID')}",
        source=target,
        language="en",
        stances=(row.stance(target, "Stance", LABELS),),
    )

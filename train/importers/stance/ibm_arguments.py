"""IBM arguments (Gretz et al. 2020): crowd-written arguments for or against motions. Not for their quality scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from newsstand.documents import Document
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Labels, Row, Selection, TableLayout, build_each, table_rows

CORPUS = "ibm-30k-arguments"
LICENCE = "CC BY-SA 3.0"
SOURCE = "https://research.ibm.com/haifa/dept/vst/debating_data.shtml"
PART_OF = {"raw_train_all_onecol.csv": "train", "raw_val_all_onecol.csv": "dev", "raw_test_all_onecol.csv": "test"}
LABELS: Labels = {"FAVOR": "favor", "AGAINST": "against"}

_LAYOUT = TableLayout(("Tweet", "Target 1", "Stance 1"))


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:  # noqa: ARG001 - parts are files
    """Yield a document for each argument; the motion is its target and its source."""
    for file in files:
        yield from build_each(table_rows(file, _LAYOUT), partial(_document, part=file.part))


def _document(row: Row, part: str) -> Document:
    motion = row.text("Target 1")
    return Document(
        text=row.text("Tweet"),
        id=f"{CORPUS}/{part}/{row.number}",
        source=motion,
        language="en",
        stances=(row.stance(motion, "Stance 1", LABELS),),
    )

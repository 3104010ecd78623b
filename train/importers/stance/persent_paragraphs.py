"""The paragraphs of PerSenT (Bastan et al. 2020), each with its own sentiment towards the main entity. Not for whole articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import takewhile

from newsstand.documents import Document
from train.importers.stance import persent
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Row, Selection, TableLayout, build_each, table_rows

CORPUS = "persent-paragraphs"
LICENCE, SOURCE, PART_OF, LABELS = persent.LICENCE, persent.SOURCE, persent.PART_OF, persent.LABELS

_COLUMNS = tuple(f"Paragraph{number}" for number in range(16))
_LAYOUT = TableLayout(("DOCUMENT_INDEX", "TARGET_ENTITY", "DOCUMENT", *_COLUMNS))


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:  # noqa: ARG001 - parts are files
    """Yield a document for each paragraph that was judged.

    Where an article has another number of paragraphs than of judgments, nobody knows which belong together: it is passed over.
    """
    for file in files:
        for article in build_each(table_rows(file, _LAYOUT), partial(_paragraphs, part=file.part)):
            if isinstance(article, list):
                yield from article
            else:
                yield article


def _paragraphs(row: Row, part: str) -> list[Document]:
    texts = row.text("DOCUMENT").split("\n")
    judged = [*takewhile(lambda column: row.cells[column].strip(), _COLUMNS)]
    if len(texts) != len(judged):
        return []
    return [
        Document(
            text=text.strip(),
            id=f"{CORPUS}/{part}/{row.text('DOCUMENT_INDEX')}/{number}",
            language="en",
            stances=(row.stance(row.text("TARGET_ENTITY"), column, LABELS),),
        )
        for number, (text, column) in enumerate(zip(texts, judged, strict=True))
        if text.strip()
    ]

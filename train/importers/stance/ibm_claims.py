"""IBM Claim Stance (Bar-Haim et al. 2017): claims from Wikipedia for or against motions. Not for their sentiment."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from newsstand.documents import Document
from newsstand.errors import FormatError, InputError
from newsstand.formats.lines import numbered_lines
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Labels, Row, Selection, build_each

CORPUS = "ibm-claim-stance"
LICENCE = "CC BY-SA 3.0"
SOURCE = "https://research.ibm.com/haifa/dept/vst/debating_data.shtml"
PART_OF = {"claim_stance_dataset_v1.csv": ""}
LABELS: Labels = {"PRO": "favor", "CON": "against"}

_NEEDED = ("split", "topicText", "claims.claimId", "claims.stance", "claims.claimCorrectedText")
_RECORD_START = re.compile(r'\d+,"(?:train|test)",')


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:
    """Yield a document for each claim; the motion is its target and its source."""
    for file in files:
        for item in build_each(_rows(file), _document):
            if isinstance(item, InputError) or selection.wants((item.id or "").split("/")[1]):
                yield item


def _document(row: Row) -> Document:
    motion = row.text("topicText")
    return Document(
        text=row.text("claims.claimCorrectedText"),
        id=f"{CORPUS}/{row.text('split')}/{row.text('claims.claimId')}",
        source=motion,
        language="en",
        stances=(row.stance(motion, "claims.stance", LABELS),),
    )


def _rows(file: SourceFile) -> Iterator[Row | InputError]:
    names: list[str] | None = None
    for number, (place, record) in enumerate(_records(file)):
        try:
            cells = next(csv.reader([record], strict=True), [])
        except csv.Error as error:
            yield InputError(f"the row cannot be read: {error}", place)
            continue
        if names is None:
            names = cells
            if missing := [name for name in _NEEDED if name not in names]:
                raise FormatError(f"no column {missing[0]!r}; is this the file of another corpus?", file.place)
        elif len(cells) != len(names):
            yield InputError(f"the row has {len(cells)} cells, but there are {len(names)} columns", place)
        else:
            yield Row(dict(zip(names, cells, strict=True)), number, place)


def _records(file: SourceFile) -> Iterator[tuple[str, str]]:
    # A spreadsheet that takes semicolons for commas has written this file: every record is one quoted cell, cut at its own
    # semicolons, filled up with empty cells, and broken where a claim had a line break.
    place, record = "", ""
    for number, line in numbered_lines(io.BytesIO(file.content), file.place):
        if isinstance(line, InputError):
            continue
        text = _without_spreadsheet(line.decode("utf-8", "replace").rstrip("\r\n"))
        if record and (_RECORD_START.match(text) or number == 2):
            yield place, record
            record = ""
        if text and not record:
            place = f"{file.place}:{number}"
        record += text
    if record:
        yield place, record


def _without_spreadsheet(line: str) -> str:
    cells = next(csv.reader([line], delimiter=";"), [])
    return ";".join(cells).rstrip(";")

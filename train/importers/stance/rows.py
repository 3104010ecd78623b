"""Rows of published tables and what every stance importer asks of them. Not for the layout of one corpus."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from newsstand.documents import Document, GoldStance, StanceName
from newsstand.errors import FormatError, InputError
from newsstand.formats.lines import LINE_LIMIT, numbered_lines
from train.importers.stance.files import SourceFile

Labels = Mapping[str, StanceName | None]  # published label to stance; None: the target is not mentioned
Item = Document | InputError
T = TypeVar("T")

_NOT_UTF8 = re.compile("[\udc80-\udcff]")  # what the error handler "surrogateescape" turns foreign bytes into


@dataclass(frozen=True)
class Selection:
    """What to import of a corpus: one part of it or all, and only the targets that its training part lacks."""

    part: str | None = None
    unseen_targets: bool = False

    def wants(self, part: str) -> bool:
        """Whether a document of that part is asked for."""
        return self.part in (None, part)


@dataclass(frozen=True)
class Row:
    """A row of a table: its cells by column, its number among the rows from 1 on, its place for messages."""

    cells: Mapping[str, str]
    number: int
    place: str

    def text(self, column: str) -> str:
        """The cell without white space around it.

        Raises
        ------
        InputError
            If it is empty.
        """
        return filled(self.cells[column], column, self.place)

    def stance(self, target: str, column: str, labels: Labels) -> GoldStance:
        """The stance that the cell says.

        Raises
        ------
        InputError
            If the table of labels does not have it.
        """
        return GoldStance(target, translate(self.cells[column], column, labels, self.place))


@dataclass(frozen=True)
class TableLayout:
    """How a table is written: the columns that must be there, and the way cells are told apart."""

    columns: Sequence[str]
    delimiter: str = ","
    quoted: bool = True
    encoding: str = "utf-8"
    names: Sequence[str] | None = None  # of the columns, where the file has no row for them


def filled(value: object, name: str, place: str) -> str:
    """The text of a column or key.

    Raises
    ------
    InputError
        If it is empty or no text.
    """
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"'{name}' is empty or no text", place)
    return value.strip()


def translate(value: object, name: str, labels: Labels, place: str) -> StanceName | None:
    """The stance that a published label stands for; ``None`` says that the target is not mentioned.

    Raises
    ------
    InputError
        If the label is none of the corpus's.
    """
    label = value.strip() if isinstance(value, str) else ""
    if label not in labels:
        raise InputError(f"'{name}' must be one of {', '.join(labels)}", place)
    return labels[label]


def table_rows(file: SourceFile, layout: TableLayout) -> Iterator[Row | InputError]:
    """Yield the rows of a table, an error standing in for one that cannot be read; blank lines do not count.

    Raises
    ------
    FormatError
        If a column is missing or the row of column names cannot be read.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LINE_LIMIT))
    lines = _Lines(file, layout.encoding)
    reader = csv.reader(
        lines,
        delimiter=layout.delimiter,
        quoting=csv.QUOTE_MINIMAL if layout.quoted else csv.QUOTE_NONE,
        strict=True,
    )
    names = list(layout.names) if layout.names else None
    number = 0
    while True:
        place = f"{file.place}:{lines.number + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            yield InputError(f"the row cannot be read: {error}", place)
            continue
        if names is None and cells:
            names = _column_names(cells, layout.columns, file.place)
        elif names is not None and cells:
            number += 1
            yield _row(names, cells, number, place)


def build_each(rows: Iterable[Row | InputError], build: Callable[[Row], T]) -> Iterator[T | InputError]:
    """Yield what ``build`` makes of each row, an error standing in for a row that it refuses."""
    for row in rows:
        if isinstance(row, InputError):
            yield row
            continue
        try:
            yield build(row)
        except InputError as error:
            yield error


class _Lines:
    """The lines of a file as text, counted."""

    def __init__(self, file: SourceFile, encoding: str) -> None:
        self.number = 0
        self._encoding = encoding
        self._lines = numbered_lines(io.BytesIO(file.content), file.place)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        if isinstance(line, InputError):
            return "\n"  # longer than any row of these corpora: as good as blank
        return line.decode(self._encoding, "surrogateescape")


def _column_names(cells: list[str], needed: Sequence[str], place: str) -> list[str]:
    names = [name.strip() for name in cells]
    missing = [name for name in needed if name not in names]
    if missing:
        raise FormatError(f"no column {missing[0]!r}; is this the file of another corpus?", place)
    return names


def _row(names: list[str], cells: list[str], number: int, place: str) -> Row | InputError:
    if len(cells) != len(names):
        return InputError(f"the row has {len(cells)} cells, but there are {len(names)} columns", place)
    if any(map(_NOT_UTF8.search, cells)):
        return InputError("not UTF-8", place)
    return Row(dict(zip(names, cells, strict=True)), number, place)

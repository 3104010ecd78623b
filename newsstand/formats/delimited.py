"""CSV and TSV: a row of column names, then one document a row. Not for spreadsheets of other kinds."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from newsstand.documents import Document
from newsstand.errors import FormatError, InputError
from newsstand.formats.columns import Columns
from newsstand.formats.lines import LINE_LIMIT, numbered_lines
from newsstand.formats.rows import document_from_row, row_from_document

_NOT_UTF8 = re.compile("[\udc80-\udcff]")  # what the error handler "surrogateescape" turns foreign bytes into


def read_delimited(stream: BinaryIO, path: str, delimiter: str, columns: Columns) -> Iterator[Document | InputError]:
    """Yield every document in order, an error standing in for a malformed row; blank lines do not count.

    Raises
    ------
    FormatError
        If the column names are missing, doubled, or lack a column that is needed.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LINE_LIMIT))  # the default, 128 KiB, is less than a long article
    lines = _Lines(stream, path)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    names: list[str] | None = None
    while True:
        place = f"{path}:{lines.number + 1}"
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            if names is None:
                raise FormatError(f"this is no table of text: its first row cannot be read ({error})", place) from None
            yield InputError(f"the row cannot be read: {error}", place)
            continue
        except FormatError:  # the file as a whole
            raise
        except InputError as error:
            yield error
            continue
        if names is None and row:
            names = _column_names(row, columns, path)
        elif names is not None and row:
            yield _read_row(names, row, columns, place)


def write_delimited(stream: BinaryIO, documents: Iterable[Document], delimiter: str) -> int:
    """Write the column names and the documents, and return the number of documents."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    writer = csv.DictWriter(text, list(Columns().by_field()), delimiter=delimiter)
    writer.writeheader()
    count = 0
    for document in documents:
        writer.writerow({field: _cell(value) for field, value in row_from_document(document).items()})
        count += 1
    text.flush()
    text.detach()
    return count


class _Lines:
    """The lines of a stream as text, for :func:`csv.reader`, counted."""

    def __init__(self, stream: BinaryIO, path: str) -> None:
        self.number = 0
        self._lines = numbered_lines(stream, path)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        if isinstance(line, InputError):
            raise line
        return line.decode("utf-8", "surrogateescape")


def _column_names(row: list[str], columns: Columns, path: str) -> list[str]:
    names = [name.strip() for name in row]
    if _NOT_UTF8.search("".join(names)):
        raise FormatError("the column names are not UTF-8; save the file as UTF-8", path)
    columns.check(names, path)
    for name in columns.by_field().values():
        if names.count(name) > 1:
            raise FormatError(f"the column {name!r} occurs twice", path)
    return names


def _read_row(names: list[str], row: list[str], columns: Columns, place: str) -> Document | InputError:
    if len(row) != len(names):
        return InputError(f"the row has {len(row)} cells, but there are {len(names)} columns", place)
    if any(_NOT_UTF8.search(cell) for cell in row):
        return InputError("not UTF-8", place)
    try:
        return document_from_row(dict(zip(names, row, strict=True)), columns, place)
    except InputError as error:
        return error


def _cell(value: Any) -> str | None:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value

"""Parquet files of documents, a batch of rows at a time. Not for tables spread over several files."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from typing import Any

from newsstand.documents import Document
from newsstand.errors import FormatError, InputError
from newsstand.formats.columns import Columns
from newsstand.formats.rows import document_from_row, row_from_document

_ROWS = 256
_CHARACTERS = 64 * 1024 * 1024  # of text in a batch to write; Arrow's strings end at 2 GiB


def read_parquet(path: str, columns: Columns) -> Iterator[Document | InputError]:
    """Yield every document of the file in order, an error standing in for a malformed row.

    Raises
    ------
    FormatError
        If pyarrow is not installed, the file is damaged or cut short, or a column that is needed is missing.
    """
    arrow, parquet = _load_pyarrow(path)
    try:
        with parquet.ParquetFile(path) as file:
            names = list(file.schema_arrow.names)
            columns.check(names, path)
            wanted = [name for name in dict.fromkeys(columns.by_field().values()) if name in names]
            number = 0
            for batch in file.iter_batches(batch_size=_ROWS, columns=wanted):
                for index in range(batch.num_rows):
                    number += 1
                    yield _read_row(batch.slice(index, 1), columns, f"{path}: row {number}")
    except (arrow.ArrowException, OSError) as error:
        raise FormatError("the Parquet file is damaged or cut short; fetch or write it again", path) from error


def write_parquet(path: str, target: str, documents: Iterable[Document]) -> int:
    """Write the documents to ``path`` (on behalf of ``target``, for messages), and return their number."""
    arrow, parquet = _load_pyarrow(target)
    schema = _schema(arrow)
    count = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in _batches(documents):
            writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
            count += len(rows)
    return count


def _read_row(row: Any, columns: Columns, place: str) -> Document | InputError:
    try:
        cells = row.to_pylist()[0]
    except (ValueError, OverflowError):  # text that is not UTF-8, a date out of range
        return InputError("a cell cannot be read: not UTF-8, or a date out of range", place)
    try:
        return document_from_row(cells, columns, place)
    except InputError as error:
        return error


def _batches(documents: Iterable[Document]) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    characters = 0
    for document in documents:
        rows.append(row_from_document(document))
        characters += len(document.text)
        if len(rows) >= 8 * _ROWS or characters >= _CHARACTERS:
            yield rows
            rows, characters = [], 0
    if rows:
        yield rows


def _schema(arrow: Any) -> Any:
    stance = arrow.struct([("target", arrow.string()), ("stance", arrow.string()), ("mentioned", arrow.bool_())])
    nested = {"topics": arrow.list_(arrow.string()), "stances": arrow.list_(stance)}
    return arrow.schema([(field, nested.get(field, arrow.string())) for field in Columns().by_field()])


def _load_pyarrow(path: str) -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise FormatError("Parquet files need an extra: pip install 'newsstand[parquet]'", path) from error

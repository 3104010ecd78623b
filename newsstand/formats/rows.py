"""Rows of cells to documents and back, for every kind of table. Not for reading the tables themselves."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.formats.columns import Columns

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def document_from_row(row: Mapping[str, object], columns: Columns, place: str) -> Document:
    """Build a document from one row; empty cells are absent fields.

    ``topics`` may be a list, a JSON list or ``a;b``; ``stances`` a list of objects or JSON.
    Numbers and dates become text.

    Raises
    ------
    InputError
        If a cell cannot be read, or the document is not valid.
    """
    record: dict[str, object] = {}
    for field, column in columns.by_field().items():
        cell = row.get(column)
        if not _is_empty(cell):
            record[field] = _scalar(cell)
    if "topics" in record:
        record["topics"] = _topics(record["topics"], place)
    if isinstance(record.get("stances"), str):
        record["stances"] = _parse(str(record["stances"]), "stances", place)
    return Document.from_dict(record, place)


def row_from_document(document: Document) -> dict[str, Any]:
    """Give one value for each field of a document, ``None`` for unknown ones; half characters become U+FFFD."""
    record = document.to_dict()
    return {field: _clean(record.get(field)) for field in Columns().by_field()}


def _is_empty(cell: object) -> bool:
    return (
        cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell))
    )  # NaN, as pandas writes for absent


def _scalar(cell: object) -> object:
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if isinstance(cell, int | float):
        return str(cell)
    return cell


def _topics(cell: object, place: str) -> object:
    if isinstance(cell, list):
        return [_scalar(topic) for topic in cell]
    if not isinstance(cell, str):
        return cell
    if cell.lstrip().startswith("["):
        return _parse(cell, "topics", place)
    return [topic.strip() for topic in cell.split(";") if topic.strip()]


def _parse(cell: str, field: str, place: str) -> object:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        raise InputError(f"the cell for '{field}' is not a JSON list", place) from None


def _clean(value: Any) -> Any:
    """Replace lone surrogates, which UTF-8 cannot hold; pairs of them become the character they mean."""
    if isinstance(value, str):
        if _LONE_SURROGATE.search(value) is None:
            return value
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return value

"""JSON Lines: one object a line, the first of them perhaps a header. Not for single JSON documents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from newsstand.documents import Document
from newsstand.errors import FormatError, InputError
from newsstand.formats.columns import Columns
from newsstand.formats.header import CorpusHeader, is_header
from newsstand.formats.lines import numbered_lines
from newsstand.formats.rows import document_from_row


def read_jsonl(stream: BinaryIO, path: str, columns: Columns | None) -> Iterator[Document | InputError]:
    """Yield every document in order, an error standing in for a malformed one; blank lines do not count."""
    first = True
    for number, line in numbered_lines(stream, path):
        if isinstance(line, InputError):
            yield line
        elif line.strip():
            item = _read_line(line, f"{path}:{number}", columns, first)
            if item is not None:
                yield item
        else:
            continue
        first = False


def read_jsonl_header(stream: BinaryIO, path: str) -> CorpusHeader | None:
    """Read the header on the first line that is not blank, if it is one."""
    for number, line in numbered_lines(stream, path):
        if isinstance(line, InputError):
            return None
        if line.strip():
            place = f"{path}:{number}"
            try:
                record = _parse(line, place)
            except InputError:
                return None
            return CorpusHeader.from_dict(record, place) if is_header(record) else None
    return None


def write_jsonl(stream: BinaryIO, documents: Iterable[Document], header: CorpusHeader | None) -> int:
    """Write the header and the documents, and return the number of documents."""
    if header is not None:
        stream.write(_dump(header.to_dict()))
    count = 0
    for document in documents:
        stream.write(_dump(document.to_dict()))
        count += 1
    return count


def _read_line(line: bytes, place: str, columns: Columns | None, first: bool) -> Document | InputError | None:
    try:
        record = _parse(line, place)
        if is_header(record):
            if not first:
                raise InputError("a corpus header that is not on the first line of the file", place)
            CorpusHeader.from_dict(record, place)
            return None
        if columns is None or not isinstance(record, Mapping):
            return Document.from_dict(record, place)
        return document_from_row(record, columns, place)
    except FormatError:  # a header of another version: nothing below it can be trusted
        raise
    except InputError as error:
        return error


def _parse(line: bytes, place: str) -> object:
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 (byte {error.start + 1} of the line)", place) from None
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON: {error.msg} (column {error.colno})", place) from None
    except RecursionError:
        raise InputError("the JSON is nested too deeply", place) from None
    except ValueError:
        raise InputError("not valid JSON: a number with too many digits", place) from None


def _dump(record: dict[str, Any]) -> bytes:
    try:
        return json.dumps(record, ensure_ascii=False).encode("utf-8") + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can carry
        return json.dumps(record).encode("ascii") + b"\n"

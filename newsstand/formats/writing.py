"""The way out: documents into a file that appears whole or not at all. Not for how a format is laid out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.formats.atomic import atomic_path
from newsstand.formats.compression import open_compressor
from newsstand.formats.delimited import write_delimited
from newsstand.formats.header import CorpusHeader, side_file
from newsstand.formats.jsonl import write_jsonl
from newsstand.formats.kinds import Compression, Kind, kind_of
from newsstand.formats.parquet import write_parquet


def write_documents(path: str | Path, documents: Iterable[Document], header: CorpusHeader | None = None) -> int:
    """Write a corpus file, as a stream, and move it into place whole.

    Parameters
    ----------
    path : str or Path
        The file; its extension gives the format (see :func:`newsstand.formats.read_documents`). ``"-"`` is JSONL on
        standard output.
    documents : iterable of Document
        Read once. If it raises, nothing is left of the file, and a file that was there before stays as it was.
    header : CorpusHeader, optional
        Becomes the first line of a JSONL file, and the file ``NAME.corpus.json`` beside any other.

    Returns
    -------
    int
        The number of documents written.

    Raises
    ------
    FormatError
        If the extension is unknown, or Parquet is asked for and pyarrow not installed.
    InputError
        If the file cannot be written.
    """
    name = str(path)
    kind, compression = kind_of(name)
    if name == "-":
        return _write_standard_output(documents, header)
    try:
        with atomic_path(name) as temporary:
            count = _write(temporary, name, kind, compression, documents, header)
        _write_side_file(name, None if kind == "jsonl" else header)
    except OSError as error:
        raise InputError(f"cannot write the file: {error.strerror or error}", name) from error
    return count


def _write(
    temporary: Path,
    name: str,
    kind: Kind,
    compression: Compression | None,
    documents: Iterable[Document],
    header: CorpusHeader | None,
) -> int:
    if kind == "parquet":
        return write_parquet(str(temporary), name, documents)
    with temporary.open("wb") as raw, open_compressor(raw, compression) as stream:
        if kind == "jsonl":
            return write_jsonl(stream, documents, header)
        return write_delimited(stream, documents, "\t" if kind == "tsv" else ",")


def _write_side_file(name: str, header: CorpusHeader | None) -> None:
    if header is None:  # a header left from an earlier corpus of this name would speak for the wrong documents
        side_file(name).unlink(missing_ok=True)
        return
    with atomic_path(side_file(name)) as temporary:
        temporary.write_text(json.dumps(header.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _write_standard_output(documents: Iterable[Document], header: CorpusHeader | None) -> int:
    stream: BinaryIO = sys.stdout.buffer
    count = write_jsonl(stream, documents, header)
    stream.flush()
    return count

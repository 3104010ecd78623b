"""The way in: any file of documents as a stream of documents. Not for how a format is laid out (one module each)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.formats.columns import Columns
from newsstand.formats.compression import open_bytes
from newsstand.formats.delimited import read_delimited
from newsstand.formats.header import CorpusHeader, read_side_file
from newsstand.formats.jsonl import read_jsonl, read_jsonl_header
from newsstand.formats.kinds import Kind, kind_of
from newsstand.formats.parquet import read_parquet


def read_documents(
    path: str | Path, *, columns: Columns | None = None, on_error: Callable[[InputError], None] | None = None
) -> Iterator[Document]:
    """Stream the documents of a file, in constant memory.

    Parameters
    ----------
    path : str or Path
        A ``.jsonl``, ``.ndjson``, ``.csv`` or ``.tsv`` file, perhaps compressed with gzip or zstd, a ``.parquet`` file,
        or ``"-"`` for JSONL on standard input.
    columns : Columns, optional
        Where each field stands, if the columns (or the keys of JSONL) have other names than the fields.
    on_error : callable, optional
        Receives the error of each malformed record, and reading goes on. Without it the first one is raised.

    Returns
    -------
    iterator of Document
        A corpus header is left out (see :func:`read_header`). An empty file gives no document.

    Raises
    ------
    FormatError
        If the file as a whole cannot be used: unknown extension, damaged or cut short, columns missing.
    InputError
        If the file does not exist, or a record is malformed; its place is ``"file:line"`` or ``"file: row 17"``.
    """
    name = str(path)
    kind, _ = kind_of(name)
    _check_exists(name)
    return _deliver(_read(name, kind, columns), on_error)


def read_header(path: str | Path) -> CorpusHeader | None:
    """Read the header of a corpus: the first line of JSONL, or the file ``NAME.corpus.json`` beside any corpus.

    Standard input (``"-"``) can be read only once, so its header is not looked for.

    Raises
    ------
    FormatError
        If the header is malformed or of an unknown version, or the corpus file cannot be used.
    InputError
        If the corpus file does not exist.
    """
    name = str(path)
    kind, _ = kind_of(name)
    if name == "-":
        return None
    _check_exists(name)
    header = None
    if kind == "jsonl":
        with open_bytes(name) as stream:
            header = read_jsonl_header(stream, name)
    return header or read_side_file(name)


def _check_exists(path: str) -> None:
    if path == "-":
        return
    if not Path(path).exists():
        raise InputError("there is no such file", path)
    if Path(path).is_dir():
        raise InputError("this is a folder; name a file of documents", path)


def _read(path: str, kind: Kind, columns: Columns | None) -> Iterator[Document | InputError]:
    if kind == "parquet":
        # Checked here because Parquet has no empty files: it keeps its column names at the end.
        if Path(path).stat().st_size:
            yield from read_parquet(path, columns or Columns())
        return
    with open_bytes(path) as stream:
        if kind == "jsonl":
            yield from read_jsonl(stream, path, columns)
        else:
            yield from read_delimited(stream, path, "\t" if kind == "tsv" else ",", columns or Columns())


def _deliver(
    items: Iterator[Document | InputError], on_error: Callable[[InputError], None] | None
) -> Iterator[Document]:
    for item in items:
        if not isinstance(item, InputError):
            yield item
        elif on_error is None:
            raise item
        else:
            on_error(item)

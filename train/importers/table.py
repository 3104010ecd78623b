"""Any CSV, TSV, Parquet or JSONL file, by the names of its columns. Not for corpora with a layout of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.formats import Columns, read_documents
from newsstand.labels import LabelSet
from train.importers.labels import translate

CORPUS = "table"
LICENCE = None
SOURCE = None
NEEDS_MAPPING = False
MAIN_TOPIC_ONLY = False
LABELS = None


def read(
    path: str | Path,
    label_set: LabelSet,
    *,
    published_labels: bool,
    on_error: Callable[[InputError], None],
    columns: Columns | None = None,
    mapping: str | None = None,
) -> Iterator[Document]:
    """Stream the documents.

    Parameters
    ----------
    path : str or Path
        See :func:`newsstand.formats.read_documents`.
    label_set : LabelSet
        Where the mapping is, if there is one.
    published_labels : bool
        Keep the topics as they stand even if there is a mapping.
    on_error : callable
        Receives the error of every malformed record.
    columns : Columns, optional
        Where each field stands.
    mapping : str, optional
        Name of a mapping of the label set that translates the topics; without it they stay as they stand.

    Raises
    ------
    FormatError
        If the file as a whole cannot be used.
    LabelError
        If the label set has no mapping of that name.
    """
    documents = read_documents(path, columns=columns or Columns(), on_error=on_error)
    if mapping is None or published_labels:
        return documents
    table = label_set.mapping(mapping)
    return (replace(document, topics=translate(document.topics, table)) for document in documents)

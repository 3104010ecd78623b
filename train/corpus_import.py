"""One import from end to end: importer, named topics, header, file. Not for layouts (see train.importers)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.formats import Columns, CorpusHeader, read_header, write_documents
from newsstand.labels import LabelSet
from train.importers import IMPORTERS, Importer, NamedTopics, corpus_header, keeps_labels, table
from train.importers.labels import mapped_scope
from train.importers.stance import STANCE_CORPORA, Selection, read_stances, stance_header


@dataclass(frozen=True)
class CorpusImport:
    """What to import and how.

    ``columns``, ``mapping``, ``corpus`` and ``licence`` are for the importer ``table``, whose files say none of it.
    ``options`` are those that only some importers have, such as the part of a published split.
    """

    importer: str
    path: str
    label_set: LabelSet
    published_labels: bool = False
    named_topics: bool = True
    columns: Columns | None = None
    mapping: str | None = None
    corpus: str | None = None
    licence: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def header(self) -> CorpusHeader:
        """Build the header of the corpus to be written.

        Raises
        ------
        InputError
            If a table does not exist or has a header that cannot be understood.
        LabelError
            If the label set has no mapping for the corpus, and one is needed.
        """
        if self.importer in STANCE_CORPORA:
            return stance_header(STANCE_CORPORA[self.importer])
        if self.importer != "table":
            return corpus_header(
                self._importer, self.label_set, published_labels=self.published_labels, named_topics=self.named_topics
            )
        known = read_header(self.path) or CorpusHeader(_stem(self.path))
        return CorpusHeader(
            corpus=self.corpus or known.corpus,
            licence=self.licence or known.licence,
            source=known.source,
            scope=self._table_scope() if self._maps else known.scope,
            main_topic_only=known.main_topic_only,
        )

    def _table_scope(self) -> tuple[str, ...]:
        named = NamedTopics(self.label_set).ids if self.named_topics else ()
        return tuple(sorted({*mapped_scope(self.label_set.mapping(self.mapping or "")), *named}))

    def documents(self, on_error: Callable[[InputError], None]) -> Iterator[Document]:
        """Stream the documents, labelled as asked for."""
        if self.importer in STANCE_CORPORA:
            return read_stances(STANCE_CORPORA[self.importer], self.path, Selection(**self.options), on_error)
        if self.importer == "table":
            documents = table.read(
                self.path,
                self.label_set,
                published_labels=self.published_labels,
                on_error=on_error,
                columns=self.columns,
                mapping=self.mapping,
            )
        else:
            documents = self._importer.read(
                self.path,
                self.label_set,
                published_labels=self.published_labels,
                on_error=on_error,
                **self.options,
            )
        return map(NamedTopics(self.label_set).add, documents) if self._maps and self.named_topics else documents

    @property
    def _importer(self) -> Importer:
        return IMPORTERS[self.importer]

    @property
    def _maps(self) -> bool:
        if self.importer == "table":
            return not self.published_labels and self.mapping is not None
        return not keeps_labels(self._importer, self.label_set, published_labels=self.published_labels)


def write_import(documents: Iterable[Document], header: CorpusHeader, source: str, output: str) -> int:
    """Write the imported documents and return their number.

    Raises
    ------
    InputError
        If there is no document at all; nothing is written then.
    """
    return write_documents(output, _at_least_one(documents, source), header)


def _at_least_one(documents: Iterable[Document], source: str) -> Iterator[Document]:
    empty = True
    for document in documents:
        empty = False
        yield document
    if empty:  # raised inside the writing, so that it leaves no file
        raise InputError("no document found; is this the right importer for it?", source)


def _stem(path: str) -> str:
    name = Path(path).name.split(".")[0]
    return "table" if name in ("", "-") else name

"""Published corpora, read in the layout they came in. Files in Newsstand's own formats need no importer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from newsstand.documents import Document
from newsstand.formats import CorpusHeader
from newsstand.labels import LabelSet
from train.importers import allsides, bbc, newsgroups, reuters, table
from train.importers.labels import mapped_scope
from train.importers.places import NamedTopics, add_named_topics

__all__ = ["IMPORTERS", "Importer", "NamedTopics", "add_named_topics", "corpus_header", "keeps_labels"]


class Importer(Protocol):
    """What a module of this package offers; its docstring says which layout it reads."""

    @property
    def CORPUS(self) -> str:  # noqa: N802 - a module's constant
        """Name of the corpus, in headers and in the mappings of label sets."""

    @property
    def LICENCE(self) -> str | None:  # noqa: N802 - a module's constant
        """The terms of its publisher."""

    @property
    def SOURCE(self) -> str | None:  # noqa: N802 - a module's constant
        """Where it is published."""

    @property
    def NEEDS_MAPPING(self) -> bool:  # noqa: N802 - a module's constant
        """Whether it is of use only with a mapping to our topics; others keep their labels where there is no mapping."""

    @property
    def MAIN_TOPIC_ONLY(self) -> bool:  # noqa: N802 - a module's constant
        """Whether a document is labelled with what it is mostly about, and with nothing of its other topics."""

    @property
    def LABELS(self) -> tuple[str, ...] | None:  # noqa: N802 - a module's constant
        """The labels it was published with, where the layout fixes them."""

    @property
    def read(self) -> Callable[..., Iterator[Document]]:
        """Stream its documents: ``read(path, label_set, published_labels=, on_error=)`` and options of its own."""


IMPORTERS: Mapping[str, Importer] = {
    "allsides": allsides,
    "bbc": bbc,
    "newsgroups": newsgroups,
    "reuters": reuters,
    "table": table,
}


def keeps_labels(importer: Importer, label_set: LabelSet, *, published_labels: bool) -> bool:
    """Whether an import keeps the labels as published: asked for, or for want of a mapping where none is needed."""
    return published_labels or not (importer.NEEDS_MAPPING or importer.CORPUS in label_set.mappings)


def corpus_header(
    importer: Importer, label_set: LabelSet, *, published_labels: bool, named_topics: bool = True
) -> CorpusHeader:
    """Build the header of an imported corpus; its scope is every topic that the import can give.

    It says ``main_topic_only`` where the corpus tells what a document is mostly about and nothing of its other topics.

    Parameters
    ----------
    importer : Importer
        One of the table above.
    label_set : LabelSet
        Its mapping for the corpus decides the scope.
    published_labels : bool
        Whether the import keeps the published labels.
    named_topics : bool
        Whether the import adds the topics that a text names (see :func:`add_named_topics`).

    Raises
    ------
    LabelError
        If a mapping is needed and the label set has none for the corpus.
    """
    scope: tuple[str, ...] | None
    if keeps_labels(importer, label_set, published_labels=published_labels):
        scope = importer.LABELS or tuple(sorted(label_set.mappings.get(importer.CORPUS, ()))) or None
    else:
        named = NamedTopics(label_set).ids if named_topics else ()
        scope = tuple(sorted({*mapped_scope(label_set.mapping(importer.CORPUS)), *named}))
    return CorpusHeader(importer.CORPUS, importer.LICENCE, importer.SOURCE, scope, importer.MAIN_TOPIC_ONLY)

"""Corpus files read into one training set, with what each file says about itself. Not for importing published corpora."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.documents import LEANINGS, Document
from newsstand.errors import InputError
from newsstand.formats import CorpusHeader, read_documents, read_header
from newsstand.labels import LabelSet

MIN_POSITIVES = 5
MIN_POSITIVES_OF_OWN = 2
"""For the labels of corpora that bring a complete label set of their own: leaving the rare ones out would be a mistake on each."""


@dataclass(frozen=True)
class LabelledCorpus:
    """Documents of one file, and what the file says about itself."""

    path: Path
    header: CorpusHeader | None
    documents: list[Document]
    fingerprint: str

    @property
    def name(self) -> str:
        """Its name, as its header says, or the file's."""
        return self.header.corpus if self.header else self.path.stem

    @property
    def scope(self) -> frozenset[str]:
        """The topics that the corpus annotates: as its header says, or all that occur in it."""
        if self.header and self.header.scope is not None:
            return frozenset(self.header.scope)
        return frozenset(topic for document in self.documents for topic in document.topics or ())

    def about(self) -> dict[str, Any]:
        """What the manifest and the card say about the corpus."""
        header = self.header or CorpusHeader(self.path.stem)
        return {
            "corpus": header.corpus,
            "licence": header.licence,
            "source": header.source,
            "documents": len(self.documents),
            "fingerprint": self.fingerprint,
        }


def read_corpora(
    paths: Sequence[str | Path], on_error: Callable[[InputError], None] | None = None
) -> list[LabelledCorpus]:
    """Read labelled files.

    Raises
    ------
    InputError
        If a file cannot be read, holds no document, or (without ``on_error``) holds a malformed record.
    """
    corpora = []
    for path in paths:
        documents = list(read_documents(path, on_error=on_error))
        if not documents:
            raise InputError("the file holds no document", str(path))
        corpora.append(LabelledCorpus(Path(path), read_header(path), documents, _fingerprint(documents)))
    return corpora


def choose_labels(corpora: Sequence[LabelledCorpus], taxonomy: LabelSet) -> tuple[LabelSet, dict[str, int]]:
    """The label set that the corpora can teach: topics of the taxonomy, then labels of the corpora's own, flat.

    Where most labels are none of the taxonomy's (a corpus with its published labels), all are taken as they stand: a name
    that happens to be in both would otherwise get a parent that the corpus knows nothing of.

    Returns
    -------
    labels : LabelSet
        Topics with at least five documents, with their parents; two are enough where the corpora have labels of their own and
        annotate them completely.
    rare : dict of str to int
        Topics left out and how many documents they have.
    """
    counts: dict[str, int] = {}
    for corpus in corpora:
        for document in corpus.documents:
            for topic in document.topics or ():
                counts[topic] = counts.get(topic, 0) + 1
    kept = {topic for topic, count in counts.items() if count >= MIN_POSITIVES}
    rare = {topic: count for topic, count in sorted(counts.items()) if topic not in kept}
    if 2 * len(kept & set(taxonomy.ids)) < len(kept):
        if not any(corpus.header and corpus.header.main_topic_only for corpus in corpora):
            kept = {topic for topic, count in counts.items() if count >= MIN_POSITIVES_OF_OWN}
            rare = {topic: count for topic, count in rare.items() if topic not in kept}
        return LabelSet.from_ids("corpus", sorted(kept)), rare
    kept |= {taxonomy[topic].parent or topic for topic in kept if topic in taxonomy}
    known = tuple(topic for topic in taxonomy if topic.id in kept)
    own = LabelSet.from_ids("corpus", sorted(kept - set(taxonomy.ids)))
    return LabelSet(taxonomy.name, (*known, *own)), rare


def topic_signs(corpora: Sequence[LabelledCorpus], labels: LabelSet) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Gold topics of all documents of all corpora, in order.

    Returns
    -------
    signs : array of int8, shape (n_documents, n_labels)
        1 for an annotated topic and its parent, -1 for other topics of the corpus's scope, 0 where the corpus does not say.
    annotated : array of bool, shape (n_documents, n_labels)
        The topics as annotated, without parents.
    """
    n_documents = sum(len(corpus.documents) for corpus in corpora)
    signs = np.zeros((n_documents, len(labels)), np.int8)
    annotated = np.zeros((n_documents, len(labels)), bool)
    position = {topic: n for n, topic in enumerate(labels.ids)}
    row = 0
    for corpus in corpora:
        scope = [position[topic] for topic in labels.with_parents(corpus.scope)]
        for document in corpus.documents:
            if document.topics is not None:
                signs[row, scope] = -1
                signs[row, [position[topic] for topic in labels.with_parents(document.topics)]] = 1
                annotated[row, [position[topic] for topic in document.topics if topic in position]] = True
            row += 1
    return signs, annotated


def main_topic_only(corpora: Sequence[LabelledCorpus]) -> NDArray[np.bool_]:
    """Of all documents of all corpora, in order, which have only their main topic annotated."""
    only = [bool(corpus.header and corpus.header.main_topic_only) for corpus in corpora]
    return np.repeat(np.array(only, bool), [len(corpus.documents) for corpus in corpora])


def leaning_signs(documents: Sequence[Document]) -> NDArray[np.int8]:
    """Gold leanings, shape (n_documents, 3): 1 for the annotated one, -1 for the others, 0 where there is none."""
    signs = np.zeros((len(documents), len(LEANINGS)), np.int8)
    for row, document in enumerate(documents):
        if document.leaning is not None:
            signs[row] = -1
            signs[row, LEANINGS.index(document.leaning)] = 1
    return signs


def _fingerprint(documents: Sequence[Document]) -> str:
    digest = hashlib.sha256()
    for document in documents:
        digest.update(repr(document).encode("utf-8", "surrogatepass"))
    return f"sha256:{digest.hexdigest()}"

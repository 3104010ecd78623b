"""The words behind the weights. Features are hashed, so the words are found again in the training corpus. Not for labelling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from newsstand import kernel
from newsstand.documents import Document
from newsstand.labels import LabelSet
from newsstand.text.ngrams import NgramSpec
from train.report.html import Html, Section, joined, paragraph, table, text
from train.report.judged import Judged, Ngrams

MOST = 10
LOOKED_AT = 400
"""Articles of a topic that are looked at; more hardly change what is typical of it."""

NOTE = """The words and pairs of words that speak for each topic, with what they add to its log-odds in articles about it, on average over these. Names of outlets
or of authors here mean that the run learned who writes about a topic rather than what the topic is."""


def section(judged: Judged) -> Section | None:
    """A row a topic; ``None`` where no n-grams are known."""
    rows = [[topic, _list(judged.ngrams[topic])] for topic in judged.labels.ids if judged.ngrams.get(topic)]
    if not rows:
        return None
    body = joined([paragraph(NOTE), table("N-grams by topic", ["Topic", "What speaks for it"], rows, texts=2)])
    return Section("ngrams", "What speaks for a topic", body)


def _list(ngrams: Sequence[tuple[str, float]]) -> Html:
    return Html(" · ".join(f"<b>{text(words)}</b> <small>{added:+.2f}</small>" for words, added in ngrams))


def strongest(
    X: csr_matrix,
    weights: NDArray[np.float32],
    positive: NDArray[np.bool_],
    labels: LabelSet,
    documents: Sequence[Document],
    finder: Finder,
) -> Ngrams:
    """The n-grams that add most to each topic in the documents that have it.

    Parameters
    ----------
    X : CSR matrix of shape (n_documents or more, n_features)
    weights : array of shape (n_features, n_labels)
        Log-odds a unit of each feature.
    positive : array of bool, shape (n_documents, n_labels)
    labels : LabelSet
    documents : sequence of Document
    finder : Finder
    """
    found = {}
    for column, topic in enumerate(labels.ids):
        rows = np.flatnonzero(positive[:, column])
        rows = rows[:: max(1, len(rows) // LOOKED_AT)][:LOOKED_AT]
        if not len(rows):
            continue
        own = X[rows]
        added = np.bincount(own.indices, own.data, X.shape[1]) / len(rows) * weights[:, column]
        highest = np.argpartition(-added, min(MOST, len(added) - 1))[:MOST]
        best = [n for n in sorted(highest.tolist(), key=lambda n: (-added[n], n)) if added[n] > 0]
        first = own[:, best].tocsc()
        places = [rows[first.indices[first.indptr[n]]] for n in range(len(best))]
        words = [finder.words(n, documents[place]) for n, place in zip(best, places, strict=True)]
        found[topic] = [(name, float(added[n])) for name, n in zip(words, best, strict=True) if name]
    return found


class Finder:
    """Finds the words of a hashed n-gram in a document that has it.

    Parameters
    ----------
    ids : array of uint32, shape (n_features,)
    spec : NgramSpec
    """

    def __init__(self, ids: NDArray[np.uint32], spec: NgramSpec) -> None:
        self._ids, self._of_words = ids, replace(spec, char_n=0)
        self._table = np.zeros(len(ids), kernel.table_dtype(1))
        self._table["idf"] = self._table["scale"] = 1
        vocabulary = spec.vocabulary(kernel.build_slots(ids, spec.id_bits), len(ids))
        self._scorer = kernel.Scorer(vocabulary, self._table, 1)

    def words(self, feature: int, document: Document) -> str:
        """The words as the document has them, in lower case; empty where it does not have them, or the n-gram is one of characters."""
        self._table["weights"][feature, 0] = 1
        encoded = kernel.encode(document.title), kernel.encode(document.text)
        spans, contributions, in_title = self._scorer.explain(*encoded, np.zeros(1, np.uint32))
        self._table["weights"][feature, 0] = 0
        marked = np.flatnonzero(contributions[:, 0])
        if not len(marked):
            return ""
        first = int(marked[0])
        field, last = (document.title, in_title) if first < in_title else (document.text, len(spans))
        start = spans[first, 0]
        for end in spans[first : min(first + self._of_words.max_n, last), 1].tolist():
            piece = field[start:end]
            if self._ids[feature] in self._of_words.distinct_ids(Document(piece)):
                return " ".join(piece.lower().split())
        return ""

"""The n-grams of :mod:`newsstand.text.ngrams` as a scikit-learn transformer, for training and for people's own pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from newsstand import kernel
from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.text.ngrams import CHUNK, NgramSpec, count_rows, inverse_document_frequency, join_counts, weigh


class HashedNgrams(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Word n-grams of title and text, and n-grams of characters inside words where wanted, hashed, log-count- and idf-weighted, as rows of length 1.

    Parameters
    ----------
    max_n, title_weight, id_bits, char_n : int
        See :class:`newsstand.text.ngrams.NgramSpec`.
    min_df : int
        N-grams in fewer documents are left out; 1 to 255.
    longer_weight : float
        Factor on the idf of n-grams of two words or more. They say again what their words say, so that counting them in full
        drowns the words.
    char_weight : float
        The same for n-grams of characters.
    max_features : int, optional
        Keep at most this many n-grams, those in the most documents.
    n_jobs : int, optional
        Threads; the result does not depend on it.

    Attributes
    ----------
    ids_ : array of uint32, shape (n_features,)
        Hash of each column's n-gram, those in the most documents first.
    idf_ : array of float32, shape (n_features,)
    of_words_ : array of bool, shape (n_features,)
        Which columns are n-grams of words, rather than of characters.
    """

    def __init__(
        self,
        *,
        max_n: int = 2,
        title_weight: int = 3,
        id_bits: int = 26,
        min_df: int = 3,
        longer_weight: float = 1.0,
        char_n: int = 0,
        char_weight: float = 1.0,
        max_features: int | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.max_n = max_n
        self.title_weight = title_weight
        self.id_bits = id_bits
        self.min_df = min_df
        self.longer_weight = longer_weight
        self.char_n = char_n
        self.char_weight = char_weight
        self.max_features = max_features
        self.n_jobs = n_jobs

    @property
    def spec(self) -> NgramSpec:
        """The feature specification that an artifact saves."""
        return NgramSpec(self.max_n, self.title_weight, self.id_bits, self.char_n)

    def fit(self, X: Iterable[Any], y: object = None) -> Self:
        """Choose the n-grams and learn their idf from an iterable of texts, (title, text) pairs or Documents."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Iterable[Any], y: object = None, **fit_params: Any) -> csr_matrix:
        """Fit, and return the training documents as a matrix of shape (n_documents, n_features)."""
        documents = [as_document(x) for x in _iterate(X)]
        if not documents:
            raise ValueError("no documents to learn n-grams from")
        self.ids_ = self._choose(documents)
        if not len(self.ids_):
            raise ValueError("no n-gram occurs in min_df documents: the texts are empty or min_df is too high")
        indptr, indices, values = self._count(documents)
        frequency = np.bincount(indices, minlength=len(self.ids_))
        # Frequent n-grams first: their rows of any weight table then share few cache lines and pages.
        order = np.argsort(-frequency, kind="stable")
        self.ids_ = self.ids_[order]
        self.idf_ = inverse_document_frequency(frequency[order], len(documents))
        self.of_words_ = self._occur(documents, self.max_n)
        if self.longer_weight != 1 or self.char_n:
            single = self._occur(documents, 1)
            longer = np.where(self.of_words_, self.longer_weight, self.char_weight)
            self.idf_ *= np.where(single, 1, longer).astype(np.float32)
        column = np.empty(len(order), np.int32)
        column[order] = np.arange(len(order), dtype=np.int32)
        return self._matrix((indptr, column[indices], values))

    def transform(self, X: Iterable[Any]) -> csr_matrix:
        """The documents as a matrix of shape (n_documents, n_features), float32."""
        check_is_fitted(self, "ids_")
        return self._matrix(self._count([as_document(x) for x in _iterate(X)]))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Names of the columns: the hashes, since the words themselves are not kept."""
        check_is_fitted(self, "ids_")
        return np.array([f"ngram_{i:08x}" for i in self.ids_], dtype=object)

    def _choose(self, documents: Sequence[Document]) -> NDArray[np.uint32]:
        spec = self.spec
        workers = min(effective_n_jobs(self.n_jobs), 8)
        parts = [documents[start::workers] for start in range(workers)]
        counted = Parallel(n_jobs=workers, prefer="threads")(delayed(spec.document_frequency)(part) for part in parts)
        frequency = counted[0]
        for other in counted[1:]:
            frequency += np.minimum(other, 255 - frequency)
        ids = np.flatnonzero(frequency >= self.min_df).astype(np.uint32)
        if self.max_features is not None and len(ids) > self.max_features:
            ids = np.sort(ids[np.argsort(frequency[ids], kind="stable")[::-1][: self.max_features]])
        return ids

    def _occur(self, documents: Sequence[Document], max_n: int) -> NDArray[np.bool_]:
        """Which of the chosen n-grams are of at most so many words."""
        spec = NgramSpec(max_n, self.title_weight, self.id_bits)
        if spec == self.spec:
            return np.ones(len(self.ids_), bool)
        seen = np.zeros(1 << self.id_bits, bool)
        for document in documents:
            seen[spec.distinct_ids(document)] = True
        occur: NDArray[np.bool_] = seen[self.ids_]
        return occur

    def _count(self, documents: Sequence[Document]) -> Any:
        vocabulary = self.spec.vocabulary(kernel.build_slots(self.ids_, self.id_bits), len(self.ids_))
        chunks = (documents[start : start + CHUNK] for start in range(0, max(1, len(documents)), CHUNK))
        return join_counts(
            Parallel(n_jobs=self.n_jobs, prefer="threads")(delayed(count_rows)(vocabulary, chunk) for chunk in chunks)
        )

    def _matrix(self, counts: Any) -> csr_matrix:
        values = weigh(counts, self.idf_)
        return csr_matrix((values, counts[1], counts[0]), shape=(len(counts[0]) - 1, len(self.ids_)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


def as_document(x: Any) -> Document:
    """A Document from a Document, a string, or a (title, text) pair.

    Raises
    ------
    InputError
        For anything else.
    """
    if isinstance(x, Document):
        return x
    if isinstance(x, str):
        return Document(text=x)
    if isinstance(x, tuple) and len(x) == 2 and all(isinstance(part, str) for part in x):
        return Document(title=x[0], text=x[1])
    raise InputError(f"expected a text, a (title, text) pair or a Document, got {type(x).__name__}")


def _iterate(X: Iterable[Any]) -> Iterator[Any]:
    if isinstance(X, str):
        raise ValueError("expected an iterable of texts, got one string")
    return iter(X)

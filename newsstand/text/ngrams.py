"""The feature specification, and documents to counted n-grams. Knows neither labels nor weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand import kernel
from newsstand.documents import Document
from newsstand.errors import SettingError

CHUNK = 512
CHARACTERS = range(kernel.MIN_CHARACTERS, kernel.MAX_CHARACTERS + 1)

Counts = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]
"""Row starts, column indices and counts of a CSR matrix."""


@dataclass(frozen=True, slots=True)
class NgramSpec:
    """How a document becomes features: saved in the artifact, the same in training and in labelling.

    Parameters
    ----------
    max_n : int
        Longest n-gram of words, 1 to 3.
    title_weight : int
        How often an n-gram of the title counts, against once in the text.
    id_bits : int
        An n-gram's hash is cut to this many bits; 26 keep collisions rare on corpora of a few million articles.
    char_n : int
        Characters in an n-gram inside a word, its beginning and its end counting as one each, 3 to 8; 0 for no such n-grams.
    """

    max_n: int = 2
    title_weight: int = 3
    id_bits: int = 26
    char_n: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (("max_n", 1, kernel.MAX_N), ("title_weight", 1, 100), ("id_bits", 8, 30)):
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise SettingError(f"{name} must be a whole number from {low} to {high}, got {value!r}")
        if type(self.char_n) is not int or self.char_n not in (0, *CHARACTERS):
            raise SettingError(f"char_n must be 0 or a whole number from 3 to 8, got {self.char_n!r}")

    def to_dict(self) -> dict[str, Any]:
        """The specification as a JSON object; without character n-grams as before there were any."""
        return {name: value for name, value in asdict(self).items() if name != "char_n" or value}

    def distinct_ids(self, document: Document) -> NDArray[np.uint32]:
        """The distinct n-gram ids of a document."""
        return kernel.distinct_ids(
            document.title,
            document.text,
            id_bits=self.id_bits,
            max_n=self.max_n,
            title_weight=self.title_weight,
            char_n=self.char_n,
        )[0]

    def vocabulary(self, slots: NDArray[np.uint32], n_rows: int) -> kernel.Vocabulary:
        """The vocabulary over these slots, for counting or scoring."""
        return kernel.Vocabulary(
            slots,
            n_rows=n_rows,
            id_bits=self.id_bits,
            max_n=self.max_n,
            title_weight=self.title_weight,
            char_n=self.char_n,
        )

    def document_frequency(self, documents: Iterable[Document]) -> NDArray[np.uint8]:
        """In how many documents each id occurs, up to 255; shape (2 ** id_bits,)."""
        frequency = np.zeros(1 << self.id_bits, np.uint8)
        for document in documents:
            kernel.count_documents(self.distinct_ids(document), frequency)
        return frequency


def count_rows(vocabulary: kernel.Vocabulary, documents: Sequence[Document]) -> Counts:
    """The documents as rows of counts over a vocabulary."""
    indptr = np.zeros(len(documents) + 1, np.int64)
    parts = []
    for position, document in enumerate(documents):
        rows, counts = vocabulary.rows(document.title, document.text)
        parts.append((rows, counts))
        indptr[position + 1] = indptr[position] + len(rows)
    indices = np.concatenate([part[0] for part in parts]) if parts else np.empty(0, np.int32)
    values = np.concatenate([part[1] for part in parts]) if parts else np.empty(0, np.float32)
    return indptr, indices, values


def join_counts(parts: Sequence[Counts]) -> Counts:
    """Counts of consecutive chunks of documents as those of one sequence."""
    offsets = np.cumsum([0, *(part[0][-1] for part in parts)])
    indptr = np.concatenate(
        [np.zeros(1, np.int64), *(part[0][1:] + offset for part, offset in zip(parts, offsets, strict=False))]
    )
    return indptr, np.concatenate([part[1] for part in parts]), np.concatenate([part[2] for part in parts])


def weigh(counts: Counts, idf: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values of the features: (1 + log count) x idf, each document scaled to length 1. What the kernel does too."""
    indptr, indices, values = counts
    weighted = np.empty(len(values), np.float32)
    # A chunk at a time, since the steps in between take more memory than the result.
    for first in range(0, len(indptr) - 1, CHUNK):
        starts = indptr[first : first + CHUNK + 1]
        own = slice(starts[0], starts[-1])
        weighted[own] = _weigh(np.diff(starts), values[own], idf[indices[own]])
    return weighted


def _weigh(lengths: NDArray[np.int64], counts: NDArray[np.float32], idf: NDArray[np.float32]) -> NDArray[np.float32]:
    small = np.minimum(counts, len(kernel.LOG_COUNT) - 1).astype(np.int64)
    weighted = np.where(counts < len(kernel.LOG_COUNT), kernel.LOG_COUNT[small], 1 + np.log(counts)) * idf
    filled = lengths > 0
    squares = np.zeros(len(lengths))
    squares[filled] = np.add.reduceat(weighted.astype(np.float64) ** 2, (np.cumsum(lengths) - lengths)[filled])
    norms = np.sqrt(squares)
    return np.asarray(weighted / np.repeat(np.where(norms > 0, norms, 1), lengths), np.float32)


def inverse_document_frequency(frequency: NDArray[np.int64], n_documents: int) -> NDArray[np.float32]:
    """Smoothed idf, ``log((1 + n) / (1 + df)) + 1``, as scikit-learn's ``TfidfTransformer`` has it."""
    return (np.log((1 + n_documents) / (1 + frequency)) + 1).astype(np.float32)

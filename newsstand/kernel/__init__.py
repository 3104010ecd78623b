"""Texts to n-grams, scores and passages: Python's view of the compiled kernel, one function a C function.

Not a place for decisions about features or models. Fitting is in :mod:`newsstand.kernel.fitting`.
"""

from __future__ import annotations

from collections.abc import Collection
from ctypes import Array, byref, c_float, c_uint32

import numpy as np
from numpy.typing import NDArray

from newsstand.errors import InputError, SettingError
from newsstand.kernel.library import TableStruct, VocabularyStruct, checked, library, per_thread

Scores = Array[c_float]
"""Scores of a document, one for each label, and behind them some that nobody reads. Quicker to make and to hand over than an array."""

MAX_BYTES = 1 << 30
MAX_N = 3
MIN_CHARACTERS, MAX_CHARACTERS = 3, 8
MOST_CHARACTERS_A_BYTE = 6


def encode(text: str) -> bytes:
    """The bytes that the kernel reads: UTF-8, lone surrogates kept as bytes that separate words.

    Raises
    ------
    InputError
        If the text has more than 1 GiB.
    """
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) > MAX_BYTES:
        raise InputError(f"a text of {len(encoded)} bytes is too long; the limit is {MAX_BYTES}")
    return encoded


def tokens(text: str) -> NDArray[np.uint32]:
    """Spans of the words of a text, in code points; shape (n_words, 2)."""
    encoded = encode(text)
    spans = np.empty((len(encoded) // 2 + 1, 2), np.uint32)
    count = library.ns_tokens(per_thread.scratch.pointer, encoded, len(encoded), spans.ctypes.data, len(spans))
    return spans[: checked(count)]


class KnownWords:
    """Words to look for in texts.

    Parameters
    ----------
    words : collection of str
        Each of one to eight ASCII letters, in lower case.
    """

    def __init__(self, words: Collection[str]) -> None:
        self._packed = np.sort(np.array([int.from_bytes(word.encode(), "little") for word in words], np.uint64))
        self._pointer = self._packed.ctypes.data

    def share(self, text: bytes, characters: int) -> float:
        """The share of the words in the first so many characters of a text that are known; 0 where there are no words.

        Words are what :meth:`str.split` takes for words, in either case.
        """
        share: float = library.ns_known_share(text, len(text), characters, self._pointer, len(self._packed))
        return share


def distinct_ids(
    title: str, text: str, *, id_bits: int, max_n: int, title_weight: int, char_n: int = 0
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Distinct n-gram ids of a document and their counts, in order of first occurrence."""
    first, second = encode(title), encode(text)
    room = (len(first) + len(second) + 2) * (MOST_CHARACTERS_A_BYTE if char_n else max_n)
    ids, counts = np.empty(room, np.uint32), np.empty(room, np.uint32)
    found = checked(
        library.ns_distinct(
            per_thread.scratch.pointer,
            first,
            len(first),
            second,
            len(second),
            id_bits,
            max_n,
            char_n,
            title_weight,
            ids.ctypes.data,
            counts.ctypes.data,
        )
    )
    return ids[:found].copy(), counts[:found].copy()


def minima(text: str, factors: NDArray[np.uint32], *, id_bits: int, max_n: int) -> NDArray[np.uint32] | None:
    """The least of the multiples of a text's n-gram ids, modulo 2 ** 32, for each factor; ``None`` where it has no words."""
    encoded, found = encode(text), np.empty(len(factors), np.uint32)
    count = library.ns_minima(
        per_thread.scratch.pointer,
        encoded,
        len(encoded),
        id_bits,
        max_n,
        factors.ctypes.data,
        len(factors),
        found.ctypes.data,
    )
    return found if checked(count) else None


def count_documents(ids: NDArray[np.uint32], frequency: NDArray[np.uint8]) -> None:
    """Add one to ``frequency[id]`` for each id, stopping at 255."""
    library.ns_count_documents(ids.ctypes.data, len(ids), frequency.ctypes.data)


def build_slots(ids: NDArray[np.uint32], id_bits: int) -> NDArray[np.uint32]:
    """The hash table that finds the row of an id: a power of two of slots, at most half of them full."""
    ids = np.ascontiguousarray(ids, np.uint32)
    for slot_bits in range(min(max(6, (2 * len(ids) - 1).bit_length()), id_bits), id_bits + 1):
        slots = np.empty(1 << slot_bits, np.uint32)
        if len(ids) <= 1 << row_bits(slot_bits, id_bits) and library.ns_build_slots(
            ids.ctypes.data, len(ids), id_bits, slot_bits, row_bits(slot_bits, id_bits), slots.ctypes.data
        ):
            return slots
    raise SettingError(f"{len(ids)} n-grams are too many for hashes of {id_bits} bits")


def row_bits(slot_bits: int, id_bits: int) -> int:
    """How many bits of a slot hold the row: what the distance (7 bits) and the rest of the id leave of 32."""
    return 25 - (id_bits - slot_bits)


class Vocabulary:
    """Which ids a model knows, and the row of each.

    Parameters
    ----------
    slots : array of uint32, shape (a power of two,)
        From :func:`build_slots`; may be memory-mapped.
    n_rows, id_bits, max_n, title_weight, char_n : int
    """

    def __init__(
        self, slots: NDArray[np.uint32], *, n_rows: int, id_bits: int, max_n: int, title_weight: int, char_n: int = 0
    ) -> None:
        self._slots = slots
        self.n_rows = n_rows
        slot_bits = len(slots).bit_length() - 1
        bits = row_bits(slot_bits, id_bits)
        self._struct = VocabularyStruct(
            slots.ctypes.data, slot_bits, bits, n_rows, id_bits, max_n, char_n, title_weight
        )
        self.reference = byref(self._struct)
        self._ids_a_byte = MOST_CHARACTERS_A_BYTE if char_n else max_n

    def rows(self, title: str, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Distinct rows of a document and their counts, in order of first occurrence."""
        first, second = encode(title), encode(text)
        room = min((len(first) + len(second) + 2) * self._ids_a_byte, self.n_rows)
        rows, counts = np.empty(room, np.int32), np.empty(room, np.float32)
        found = library.ns_take_rows(
            per_thread.scratch.pointer,
            self.reference,
            first,
            len(first),
            second,
            len(second),
            rows.ctypes.data,
            counts.ctypes.data,
        )
        checked(found)
        return rows[:found].copy(), counts[:found].copy()


LOG_COUNT = np.concatenate(([0.0], 1 + np.log(np.arange(1, 256)))).astype(np.float32)


def table_dtype(n_labels: int) -> np.dtype[np.void]:
    """Layout of one n-gram's row: its idf, what one unit of its weights is worth, and a weight for every label.

    Padded with labels that nobody reads, so that a row is a multiple of 32 bytes.
    """
    lanes = -(-(n_labels + 8) // 32) * 32 - 8
    return np.dtype([("idf", "<f4"), ("scale", "<f4"), ("weights", "i1", (lanes,))])


def as_array(scores: Scores, count: int) -> NDArray[np.float32]:
    """The first so many scores as an array, which shares their memory."""
    return np.frombuffer(memoryview(scores), np.float32, count)


class Scorer:
    """A vocabulary and the weights of every label over it.

    Parameters
    ----------
    vocabulary : Vocabulary
    table : array of :func:`table_dtype`, shape (n_rows,)
        May be memory-mapped.
    n_labels : int
    """

    def __init__(self, vocabulary: Vocabulary, table: NDArray[np.void], n_labels: int) -> None:
        self._vocabulary, self._table = vocabulary, table
        lanes = table.dtype["weights"].shape[0]
        self._new_scores = c_float * lanes
        self._struct = TableStruct(table.ctypes.data, LOG_COUNT.ctypes.data, table.dtype.itemsize, lanes)
        self._reference = byref(self._struct)
        self.n_labels = n_labels

    def score(self, title: bytes, text: bytes) -> tuple[NDArray[np.float32], int]:
        """Scores of a document without intercepts, and the number of its words."""
        scores, words, _ = self.measure(title, text)
        return as_array(scores, self.n_labels), words

    def measure(self, title: bytes, text: bytes) -> tuple[Scores, int, float]:
        """The same, and the length of the document's vector before it was normalised."""
        scores, words = self._new_scores(), c_uint32()
        norm = library.ns_score(
            per_thread.scratch.pointer,
            self._vocabulary.reference,
            self._reference,
            title,
            len(title),
            text,
            len(text),
            scores,
            byref(words),
        )
        return scores, words.value, checked(norm)

    def explain(
        self, title: bytes, text: bytes, labels: NDArray[np.uint32]
    ) -> tuple[NDArray[np.uint32], NDArray[np.float32], int]:
        """What each word adds to the scores of some labels.

        Returns
        -------
        spans : array of uint32, shape (n_words, 2)
            Start and end of each word, in code points of its field; the words of the title first.
        contributions : array of float32, shape (n_words, len(labels))
            They add up to the scores.
        in_title : int
            How many of the words are the title's.
        """
        room = (len(title) + len(text)) // 2 + 2
        spans, contributions = np.empty((room, 2), np.uint32), np.empty((room, len(labels)), np.float32)
        in_title = c_uint32()
        count = library.ns_explain(
            per_thread.scratch.pointer,
            self._vocabulary.reference,
            self._reference,
            title,
            len(title),
            text,
            len(text),
            labels.ctypes.data,
            len(labels),
            spans.ctypes.data,
            contributions.ctypes.data,
            byref(in_title),
        )
        checked(count)
        return spans[:count], contributions[:count], in_title.value


PASSAGE = np.dtype([("field", "<u4"), ("start", "<u4"), ("end", "<u4"), ("weight", "<f4")])


def passages(
    spans: NDArray[np.uint32],
    contributions: NDArray[np.float32],
    in_title: int,
    slopes: NDArray[np.float32],
    *,
    least_share: float,
    most: int,
) -> NDArray[np.void]:
    """The runs of neighbouring words that push each label most, strongest first.

    Parameters
    ----------
    spans, contributions, in_title
        From :meth:`Scorer.explain`, C-contiguous.
    slopes : array of float32, shape (n_labels,)
        What the contributions to each label are multiplied with.
    least_share : float
        A word that adds at most this share of what the strongest word of its field adds ends a run.
    most : int
        Passages a label.

    Returns
    -------
    array of PASSAGE, shape (n_labels, most)
        Field is 0 for the title and 1 for the text; the weight is 0 where there are no more passages.
    """
    found = np.empty((len(slopes), most), PASSAGE)
    library.ns_passages(
        spans.ctypes.data,
        contributions.ctypes.data,
        in_title,
        len(spans),
        slopes.ctypes.data,
        len(slopes),
        least_share,
        most,
        found.ctypes.data,
    )
    return found

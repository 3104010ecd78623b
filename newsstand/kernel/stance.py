"""Words, pairs of targets and passages, and their stances in the kernel. Not for what the features are (``stance.features``)."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref

import numpy as np
from numpy.typing import NDArray

from newsstand.kernel.lexicon import Words
from newsstand.kernel.library import StanceWeightsStruct, WordTableStruct, library, per_thread

Spans = Sequence[tuple[int, int]]

N_STANCES = 3
N_TONES = 9
N_LIKENESSES = 9
MOST_DIMENSIONS = 256
MOST_TARGET_VECTORS = 64
BITS = 18
_A_WORD, _A_PAIR = 17, 5  # features, at most

TARGET = np.dtype(
    [
        ("named", "<u8"),
        ("content", "<u8"),
        ("vectors", "<u8"),
        ("hashed", "<u8"),
        ("n_named", "<u4"),
        ("n_content", "<u4"),
        ("n_vectors", "<u4"),
        ("tone", "<f4"),
    ]
)
PAIR = np.dtype(
    [
        ("words", "<u8"),
        ("mentions", "<u8"),
        ("sentences", "<u8"),
        ("target", "<u8"),
        ("n_words", "<u4"),
        ("n_mentions", "<u4"),
        ("n_sentences", "<u4"),
        ("unused", "<u4"),
    ]
)
FEATURE = np.dtype([("word", "<u4"), ("index", "<u4"), ("value", "<f4")])


class Target:
    """A target as the kernel has it.

    Parameters
    ----------
    named, content : arrays of uint32
        Roots of its words, at least one, and of those that tell something.
    vectors : array of float32, shape (n, size)
        Of all its words together, then of each that is known; may be empty.
    hashed : int
    tone : float
    """

    def __init__(
        self,
        named: NDArray[np.uint32],
        content: NDArray[np.uint32],
        vectors: NDArray[np.float32],
        hashed: int,
        tone: float,
    ) -> None:
        named, content = np.ascontiguousarray(named), np.ascontiguousarray(content)
        vectors = np.ascontiguousarray(vectors[:MOST_TARGET_VECTORS])
        addresses = (named.ctypes.data, content.ctypes.data, vectors.ctypes.data)
        self._record = np.array([(*addresses, hashed, len(named), len(content), len(vectors), tone)], TARGET)
        self._kept = (named, content, vectors)
        self.address = self._record.ctypes.data
        self.n_named = len(named)


class Pairs:
    """Targets and passages.

    Parameters
    ----------
    targets : sequence of Target
    words : sequence of Words
        Of the passage of each, at least one.
    mentions, sentences : sequence of sequences of (int, int)
        Start and end of mentions of the target, and of sentences, at least one, in code points of the passage.
    """

    def __init__(
        self, targets: Sequence[Target], words: Sequence[Words], mentions: Sequence[Spans], sentences: Sequence[Spans]
    ) -> None:
        mentioned = np.array([place for spans in mentions for span in spans for place in span], np.uint32)
        begun = np.array([start for spans in sentences for start, _ in spans], np.uint32)
        self._kept = (targets, words, mentioned, begun)
        mention, sentence, rows = mentioned.ctypes.data, begun.ctypes.data, []
        for target, own, found, cut in zip(targets, words, mentions, sentences, strict=True):
            rows.append(
                (own.ctypes.data, mention, sentence, target.address, len(own), len(found), len(cut), 0),
            )
            mention += 2 * mentioned.itemsize * len(found)
            sentence += begun.itemsize * len(cut)
        self._rows = np.array(rows, PAIR)
        self.address = self._rows.ctypes.data
        self.n_sentences = list(map(len, sentences))
        self.room = _A_WORD * sum(map(len, words)) + sum(_A_PAIR + target.n_named for target in targets)

    def __len__(self) -> int:
        return len(self._rows)


class WordEntries:
    """A table of words.

    Parameters
    ----------
    entries : structured array
        Hash, idf, polarity and vector of each word, in this order, ascending by hash; the length of a vector is a multiple of 4.
    """

    def __init__(self, entries: NDArray[np.void]) -> None:
        self._kept = (np.ascontiguousarray(entries["key"]), entries)
        self.size = int(entries.dtype["vector"].shape[0])
        self._struct = WordTableStruct(
            entries.ctypes.data, self._kept[0].ctypes.data, len(entries), self.size, entries.dtype.itemsize
        )
        self._reference = byref(self._struct)

    @property
    def n_dense(self) -> int:
        """How many dense features there are."""
        return N_TONES + 2 * self.size + N_LIKENESSES

    def features(self, pairs: Pairs) -> tuple[NDArray[np.void], NDArray[np.uint32], NDArray[np.float32]]:
        """Hashed features of pairs as an array of FEATURE, their number by pair, and dense features."""
        found = np.empty(pairs.room, FEATURE)
        counts, dense = np.empty(len(pairs), np.uint32), np.empty((len(pairs), self.n_dense), np.float32)
        if not library.ns_stance_features(
            per_thread.scratch.pointer,
            self._reference,
            pairs.address,
            len(pairs),
            found.ctypes.data,
            counts.ctypes.data,
            dense.ctypes.data,
        ):
            raise MemoryError
        return found[: counts.sum()], counts, dense


class StanceScorer:
    """Weights over the features of pairs.

    Parameters
    ----------
    entries : WordEntries
    hashed : array of float16, shape (2 ** BITS * 3,)
        The three stances of a feature side by side; may be memory-mapped.
    dense : array of float32, shape (3, n_dense)
    intercept : sequence of float
        Three.
    """

    def __init__(
        self, entries: WordEntries, hashed: NDArray[np.float16], dense: NDArray[np.float32], intercept: Sequence[float]
    ) -> None:
        self._entries = entries
        self._kept = (hashed, np.ascontiguousarray(dense))
        self._struct = StanceWeightsStruct(hashed.ctypes.data, self._kept[1].ctypes.data, tuple(intercept))
        self._reference = byref(self._struct)

    def score(self, pairs: Pairs) -> NDArray[np.float32]:
        """Scores of pairs, shape (n_pairs, 3)."""
        return self._run(pairs, None)

    def explain(self, pairs: Pairs) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The same, and what each sentence of each pair adds to them, shape (n_sentences, 3)."""
        added = np.empty((sum(pairs.n_sentences), N_STANCES), np.float32)
        return self._run(pairs, added), added

    def _run(self, pairs: Pairs, added: NDArray[np.float32] | None) -> NDArray[np.float32]:
        scores = np.empty((len(pairs), N_STANCES), np.float32)
        if not library.ns_stance_scores(
            per_thread.scratch.pointer,
            self._entries._reference,
            self._reference,
            pairs.address,
            len(pairs),
            scores.ctypes.data,
            None if added is None else added.ctypes.data,
        ):
            raise MemoryError
        return scores

"""From pairs of a target and a passage to numbers that a linear model can weigh; the kernel does the work. Knows no weights.

Hashed n-grams near and far from the mentions of the target, with the target itself replaced, so that they carry over to targets
never seen; n-grams together with the target, for those seen; negation and quotation. Dense ones, from a table of words: how kind the
words around the target are (nine tones: all, close, before, behind, quoted, …), what the words near it and all of the passage are
about (vectors), and how close the passage is to the target (nine likenesses). Those of a kind are scaled, so that each pair has as
much of it as another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newsstand.kernel import stance as kernel
from newsstand.stance import words
from newsstand.stance.passages import Pair
from newsstand.stance.words import WordTable

VERSION = 1
BITS = kernel.BITS

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """The features of some pairs.

    Parameters
    ----------
    n_pairs : int
    row, index, value : arrays of shape (n_entries,)
        Pair, column and value of each hashed feature.
    dense_rows : array of float32, shape (n_pairs, n_dense)
        Dense features.
    """

    n_pairs: int
    row: NDArray[np.intp]
    index: NDArray[np.uint32]
    value: Floats
    dense_rows: Floats


def n_dense(size: int) -> int:
    """How many dense features there are with word vectors of that size."""
    return kernel.N_TONES + 2 * size + kernel.N_LIKENESSES


def features(pairs: Sequence[Pair], table: WordTable) -> Features:
    """The features of pairs, at least one of them."""
    found, counts, dense = table.kernel.features(read_pairs(pairs, table))
    row = np.repeat(np.arange(len(pairs)), counts)
    return Features(len(pairs), row, found["index"], found["value"], dense)


def read_pairs(pairs: Sequence[Pair], table: WordTable) -> kernel.Pairs:
    """The words of targets and passages, each read once."""
    targets = {target: table.target(target) for target in {target for target, _ in pairs}}
    read = {text: words.tokens(text) for text in {passage.text for _, passage in pairs}}
    return kernel.Pairs(
        [targets[target] for target, _ in pairs],
        [read[passage.text] for _, passage in pairs],
        [passage.mentions for _, passage in pairs],
        [passage.sentences for _, passage in pairs],
    )

"""Learns the table of words of a stance head: what words are about, from the company they keep, and how kind they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.utils.extmath import randomized_svd

from newsstand.stance.words import CONTENT, FLAGS, ROOT, WordTable, tokens, word_dtype

SIZE = 64
MOST_WORDS = 24_000
MIN_TEXTS = 5
STRETCH = 80  # words that count as company
MIN_TOGETHER = 3
MOST_CHARACTERS = 3000  # of a text; the beginning of an article holds most of what it is about
MOST_TEXTS = 40_000


def learn_words(texts: Iterable[str], seed: int = 0, size: int = SIZE) -> WordTable:
    """A table of the words of some texts.

    Vectors are the strongest dimensions of the positive pointwise mutual information of words that stand near each other (Levy
    and Goldberg 2014). Polarities are those of the VADER lexicon (Hutto and Gilbert 2014, MIT), averaged over the words of a root.

    Parameters
    ----------
    texts : iterable of str
        Any number; of more than 40,000 the first are used.
    """
    stretches: list[NDArray[np.uint32]] = []
    frequency: Counter[int] = Counter()
    n_texts = 0
    for text in dict.fromkeys(texts):
        known = tokens(text[:MOST_CHARACTERS], MOST_CHARACTERS)
        roots = known[(known[:, FLAGS] & CONTENT) > 0, ROOT]
        frequency.update(np.unique(roots).tolist())
        stretches += [np.unique(roots[start : start + STRETCH]) for start in range(0, len(roots), STRETCH)]
        n_texts += 1
        if n_texts == MOST_TEXTS:
            break
    polarity = _polarities()
    frequent = [word for word, count in frequency.most_common(MOST_WORDS) if count >= MIN_TEXTS]
    keys = np.array(sorted({*frequent, *polarity}), np.uint32)
    table = np.zeros(len(keys), word_dtype(size))
    table["key"] = keys
    counts = np.array([frequency[key] for key in keys.tolist()])
    table["idf"] = np.where(counts > 0, np.log((1 + n_texts) / (1 + counts)), 0)
    table["polarity"] = [polarity.get(key, 0.0) for key in keys.tolist()]
    table["vector"] = _vectors(np.array(sorted(frequent), np.uint32), stretches, keys, size, seed)
    return WordTable(table)


def _vectors(
    frequent: NDArray[np.uint32],
    stretches: Sequence[NDArray[np.uint32]],
    keys: NDArray[np.uint32],
    size: int,
    seed: int,
) -> NDArray[np.int8]:
    vectors = np.zeros((len(keys), size), np.int8)
    if len(frequent) <= size or not stretches:
        return vectors
    row = np.repeat(np.arange(len(stretches)), [len(stretch) for stretch in stretches])
    words = np.concatenate(stretches)
    place = np.minimum(np.searchsorted(frequent, words), len(frequent) - 1)
    known = frequent[place] == words
    shape = (len(stretches), len(frequent))
    present = csr_matrix((np.ones(int(known.sum()), np.float32), (row[known], place[known])), shape=shape)
    association = _mutual_information((present.T @ present).tocoo(), present)
    if not association.nnz:
        return vectors
    left, strength, _ = randomized_svd(association, size, n_iter=4, random_state=seed)
    vector = left * np.sqrt(strength)
    vector /= np.linalg.norm(vector, axis=1, keepdims=True) + 1e-9
    vectors[np.searchsorted(keys, frequent)] = np.rint(vector * 127)
    return vectors


def _mutual_information(together: coo_matrix, present: csr_matrix) -> csr_matrix:
    count = np.asarray(present.sum(axis=0)).ravel()
    often = (together.data >= MIN_TOGETHER) & (together.row != together.col)
    row, column, value = together.row[often], together.col[often], together.data[often]
    information = np.log(value * present.shape[0] / (count[row] * count[column]))
    positive = information > 0
    return csr_matrix((information[positive], (row[positive], column[positive])), shape=together.shape)


@lru_cache(maxsize=1)
def _polarities() -> Mapping[int, float]:
    """Polarity of each root in the lexicon, -1 to 1."""
    by_root: dict[int, list[float]] = {}
    lexicon = files("vaderSentiment").joinpath("vader_lexicon.txt").read_text(encoding="utf-8")
    for line in lexicon.splitlines():
        word, score = line.split("\t")[:2]
        known = tokens(word)
        if len(known) == 1 and known[0, FLAGS] & np.uint32(CONTENT):
            by_root.setdefault(int(known[0, ROOT]), []).append(float(score) / 4)
    return {key: sum(scores) / len(scores) for key, scores in by_root.items()}


def all_texts(parts: Sequence[Iterable[str]]) -> Iterable[str]:
    """The texts of several sources, one after another."""
    return chain.from_iterable(parts)

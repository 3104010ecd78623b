"""Which documents may learn from which: folds by outlet, with near-duplicates never on both sides."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from newsstand import kernel
from newsstand.documents import Document

SKETCH = 32
BAND = 4
AGREEING = 0.5
MOST_CANDIDATES = 100
SHINGLE = 3
SHINGLE_BITS = 30

FEW_ARTICLES, MANY_ARTICLES = 500, 20_000


@lru_cache(maxsize=1)
def _extract() -> object:
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)  # the list in the package: no download


@lru_cache(maxsize=100_000)
def outlet_of(source: str) -> str:
    """The outlet of a source: its registered domain where it is a host name, so that news.x.com and x.com are one."""
    return _extract().extract_str(source).top_domain_under_public_suffix or source.lower()  # type: ignore[attr-defined]


def outlets(documents: Sequence[Document]) -> list[str | None]:
    """The outlet of each document, ``None`` where it names no source."""
    return [outlet_of(document.source) if document.source else None for document in documents]


def usual_folds(n_articles: int) -> int:
    """How many folds judge so many articles: six where learning from a sixth more makes calibration better and costs little."""
    return 6 if FEW_ARTICLES <= n_articles < MANY_ARTICLES else 3


def folds_by_outlet(
    outlet_of_article: Sequence[str | None], corpus_of: NDArray[np.int64], n_folds: int, seed: int = 0
) -> NDArray[np.int8]:
    """A fold for each article: all articles of an outlet in one, the folds of nearly equal size.

    Outlets are dealt largest first, each to the smallest fold so far. Articles without a source are dealt one by one, and so
    are those of a corpus that has one outlet only: held out as a whole, its topics would be judged by models that never
    saw them. The same articles get the same folds.
    """
    outlets_in = [
        len({outlet_of_article[n] for n in np.flatnonzero(corpus_of == c).tolist()})
        for c in range(int(corpus_of.max()) + 1)
    ]
    keys = [
        outlet if outlet and outlets_in[corpus] > 1 else f"\0{n}"
        for n, (outlet, corpus) in enumerate(zip(outlet_of_article, corpus_of, strict=True))
    ]
    sizes = Counter(keys)
    tie = dict(zip(sorted(sizes), np.random.default_rng(seed).permutation(len(sizes)).tolist(), strict=True))
    filled = [0] * n_folds
    fold_of = {}
    for key in sorted(sizes, key=lambda k: (-sizes[k], tie[k])):
        fold_of[key] = filled.index(min(filled))
        filled[fold_of[key]] += sizes[key]
    return np.array([fold_of[key] for key in keys], np.int8)


@dataclass(frozen=True)
class NearDuplicates:
    """Which documents are nearly the same.

    Parameters
    ----------
    groups : array of int, shape (n_documents,)
        A number for each document; near-duplicates, and near-duplicates of these, share one.
    sketches : array of uint32, shape (n_documents, 32)
        The minima that they are compared by.
    """

    groups: NDArray[np.intp]
    sketches: NDArray[np.uint32]

    def nearest(self, n: int, others: Sequence[int]) -> int | None:
        """The one of some others of its group that a document is likest, ``None`` where it is a near-duplicate of none."""
        if not others:
            return None
        agreeing = _agreeing(self.sketches[n], self.sketches[list(others)])
        best = int(agreeing.argmax())
        return others[best] if agreeing[best] >= AGREEING else None


def near_duplicates(documents: Sequence[Document]) -> NearDuplicates:
    """Find wire copy, reprints and updated versions.

    Two documents are taken for near-duplicates where half of their 32 minima of hashed words, pairs and triples agree,
    which estimates a Jaccard similarity of 0.5 (MinHash; Broder 1997). Candidates share a band of four minima; of very many that do, the
    last 100 stand for all, or a corpus of forms filled in would take hours.
    """
    factors = (np.random.default_rng(1).integers(1, 1 << 32, size=SKETCH, dtype=np.uint64) | np.uint64(1)).astype(
        np.uint32
    )
    seen: dict[bytes, deque[int]] = {}
    sketches = np.zeros((len(documents), SKETCH), np.uint32)
    group = list(range(len(documents)))

    def root(n: int) -> int:
        while group[n] != n:
            group[n] = group[group[n]]
            n = group[n]
        return n

    for n, document in enumerate(documents):
        minima = kernel.minima(document.text, factors, id_bits=SHINGLE_BITS, max_n=SHINGLE)
        if minima is None:
            continue
        sketches[n] = minima
        bands = [bytes([band]) + minima[band * BAND : (band + 1) * BAND].tobytes() for band in range(SKETCH // BAND)]
        candidates = list({other for key in bands for other in seen.get(key, ())})
        agreeing = _agreeing(minima, sketches[candidates])
        for other in np.flatnonzero(agreeing >= AGREEING).tolist():
            group[root(n)] = root(candidates[other])
        if not (agreeing == 1).any():  # whatever is like it is like the one before, too
            for key in bands:
                seen.setdefault(key, deque(maxlen=MOST_CANDIDATES)).append(n)
    return NearDuplicates(np.array([root(n) for n in range(len(documents))], np.intp), sketches)


def near_duplicate_groups(documents: Sequence[Document]) -> NDArray[np.intp]:
    """A group number for each document; near-duplicates share one (see :func:`near_duplicates`)."""
    return near_duplicates(documents).groups


def _agreeing(minima: NDArray[np.uint32], others: NDArray[np.uint32]) -> NDArray[np.float64]:
    return np.asarray((others == minima).mean(axis=1))


def learners(folds: NDArray[np.int8], fold: int, groups: NDArray[np.intp]) -> NDArray[np.int64]:
    """The documents that may be learned from when ``fold`` is judged: other folds, less near-duplicates of what is judged."""
    judged = folds == fold
    leaks = np.isin(groups, groups[judged])
    return np.flatnonzero(~judged & ~leaks).astype(np.int64)

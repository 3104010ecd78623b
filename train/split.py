"""Which documents may learn from which: folds by outlet, with near-duplicates never on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from newsstand import kernel
from newsstand.documents import Document

SKETCH = 32
BAND = 4
AGREEING = 0.5
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


def near_duplicate_groups(documents: Sequence[Document]) -> NDArray[np.intp]:
    """A group number for each document; near-duplicates (wire copy, reprints, updated versions) share one.

    Two documents are taken for near-duplicates where half of their 32 minima of hashed words, pairs and triples agree,
    which estimates a Jaccard similarity of 0.5 (MinHash; Broder 1997). Candidates share a band of four minima.
    """
    factors = (np.random.default_rng(1).integers(1, 1 << 32, size=SKETCH, dtype=np.uint64) | np.uint64(1)).astype(
        np.uint32
    )
    seen: dict[bytes, int] = {}
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
        for band in range(SKETCH // BAND):
            key = bytes([band]) + minima[band * BAND : (band + 1) * BAND].tobytes()
            other = seen.setdefault(key, n)
            if other != n and np.mean(minima == sketches[other]) >= AGREEING:
                group[root(n)] = root(other)
    return np.array([root(n) for n in range(len(documents))])


def learners(folds: NDArray[np.int8], fold: int, groups: NDArray[np.intp]) -> NDArray[np.int64]:
    """The documents that may be learned from when ``fold`` is judged: other folds, less near-duplicates of what is judged."""
    judged = folds == fold
    leaks = np.isin(groups, groups[judged])
    return np.flatnonzero(~judged & ~leaks).astype(np.int64)

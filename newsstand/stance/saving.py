"""A stance head as a section of a manifest and a few arrays, and back. Not for reading or writing the files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.errors import LabelError
from newsstand.stance.features import VERSION
from newsstand.stance.head import StanceHead
from newsstand.stance.linear import LinearScorer
from newsstand.stance.targets import KnownTargets, target_from_dict, target_to_dict
from newsstand.stance.words import WordTable, word_dtype

FOLDER = "stance"
ARRAYS = ("words", "weights", "dense")
FILES = tuple(f"{FOLDER}/{name}.npy" for name in ARRAYS)
MAX_SIZE = 1024  # dimensions of word vectors


def head_to_dict(head: StanceHead) -> dict[str, Any]:
    """The section of the manifest."""
    scorer = _linear(head)
    return {
        "kind": "linear",
        "features": VERSION,
        "vector_size": scorer.words.size,
        "intercept": list(scorer.intercept),
        "targets": {"name": head.targets.name, "entries": [target_to_dict(target) for target in head.targets]},
        **head.to_dict(),
    }


def head_arrays(head: StanceHead) -> dict[str, NDArray[Any]]:
    """The arrays by name, each of one dimension."""
    scorer = _linear(head)
    return {"words": scorer.words.entries, "weights": scorer.weights, "dense": scorer.dense}


def head_from_dict(entry: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> StanceHead:
    """Rebuild a head.

    Raises
    ------
    LabelError, KeyError, TypeError, ValueError
        If the section or an array is not what this module wrote.
    """
    if entry["kind"] != "linear" or entry["features"] != VERSION:
        raise ValueError("the stance head is of a kind that this version of Newsstand does not know")
    size = entry["vector_size"]
    if type(size) is not int or not 1 <= size <= MAX_SIZE:
        raise ValueError("vector_size must be a whole number from 1 to 1024")
    words = arrays["words"]
    if words.dtype != word_dtype(size) or (np.diff(words["key"].astype(np.int64)) <= 0).any():
        raise ValueError("the words of the stance head are not in order")
    intercept = np.array(entry["intercept"], np.float64)
    if intercept.shape != (3,) or not np.isfinite(intercept).all():
        raise ValueError("the stance head needs three intercepts")
    first, second, third = (float(number) for number in intercept)
    scorer = LinearScorer(WordTable(words), arrays["weights"], arrays["dense"], (first, second, third))
    listed = entry["targets"]["entries"]
    if not isinstance(listed, list):
        raise LabelError("the targets of the stance head must be a list")
    targets = [target_from_dict(target, f"target {n + 1}") for n, target in enumerate(listed)]
    return StanceHead.from_dict(entry, scorer, KnownTargets(targets, str(entry["targets"]["name"])))


def _linear(head: StanceHead) -> LinearScorer:
    if not isinstance(head.scorer, LinearScorer):
        raise TypeError(f"a stance head with a {type(head.scorer).__name__} cannot be saved")
    return head.scorer

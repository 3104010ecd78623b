"""The stance heads as a section of a manifest and a few arrays, and back. Not for reading or writing the files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.errors import LabelError
from newsstand.stance.encoder import MODEL, TOKENIZER, EncoderScorer
from newsstand.stance.features import VERSION
from newsstand.stance.head import StanceHead
from newsstand.stance.heads import StanceHeads
from newsstand.stance.joint import JointScorer
from newsstand.stance.linear import LinearScorer
from newsstand.stance.passages import StanceScorer
from newsstand.stance.targets import KnownTargets, target_from_dict, target_to_dict
from newsstand.stance.words import WordTable, word_dtype

FOLDER = "stance"
ARRAYS = ("words", "weights", "dense")
ARRAY_FILES = tuple(f"{FOLDER}/{name}.npy" for name in ARRAYS)
ENCODER_FILES = (f"{FOLDER}/{MODEL}", f"{FOLDER}/{TOKENIZER}")
FILES = ARRAY_FILES + ENCODER_FILES
MAX_SIZE = 1024  # dimensions of word vectors


def heads_to_dict(heads: StanceHeads) -> dict[str, Any]:
    """The section of the manifest.

    Raises
    ------
    TypeError
        If a head has a scorer that cannot be saved.
    """
    entry: dict[str, Any] = {
        "targets": {"name": heads.targets.name, "entries": [target_to_dict(target) for target in heads.targets]},
        "sure": heads.sure,
    }
    for name, head in (("fast", heads.fast), ("accurate", heads.accurate)):
        if head is not None:
            entry[name] = {**_scorer_to_dict(head.scorer), **head.to_dict()}
    return entry


def write_heads(heads: StanceHeads, folder: Path) -> None:
    """Write the files of the heads into an existing folder: arrays, each of one dimension, and an encoder."""
    for head in (heads.fast, heads.accurate):
        scorer = head.scorer if head else None
        scorer = (
            scorer.encoder if isinstance(scorer, JointScorer) else scorer
        )  # the linear one is that of the fast head
        if isinstance(scorer, EncoderScorer):
            for name in (MODEL, TOKENIZER):
                (folder / name).write_bytes((scorer.folder / name).read_bytes())
        elif isinstance(scorer, LinearScorer):
            arrays = {"words": scorer.words.entries, "weights": scorer.weights, "dense": scorer.dense}
            for name, array in arrays.items():
                np.save(folder / f"{name}.npy", array, allow_pickle=False)


def heads_from_dict(
    entry: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], folder: Path, listed: Collection[str]
) -> StanceHeads:
    """Rebuild the heads.

    Parameters
    ----------
    entry : mapping
        The section of the manifest.
    arrays : mapping of str to array
        The arrays by name.
    folder : Path
        Where their files lie.
    listed : collection of str
        The files whose digests were checked.

    Raises
    ------
    LabelError, KeyError, TypeError, ValueError
        If the section or an array is not what this module wrote.
    """
    named = entry["targets"]["entries"]
    if not isinstance(named, list):
        raise LabelError("the targets of the stance head must be a list")
    targets = [target_from_dict(target, f"target {n + 1}") for n, target in enumerate(named)]
    fast, accurate = (
        StanceHead.from_dict(entry[name], _scorer_from_dict(entry[name], arrays, folder, listed))
        if name in entry
        else None
        for name in ("fast", "accurate")
    )
    if accurate and "linear_weight" in entry["accurate"]:
        accurate = replace(accurate, scorer=_joint(accurate, fast, float(entry["accurate"]["linear_weight"])))
    return StanceHeads(KnownTargets(targets, str(entry["targets"]["name"])), fast, accurate, float(entry["sure"]))


def _joint(accurate: StanceHead, fast: StanceHead | None, weight: float) -> JointScorer:
    if not isinstance(accurate.scorer, EncoderScorer) or fast is None or not isinstance(fast.scorer, LinearScorer):
        raise ValueError("the accurate stance head leans on a linear one that the run does not have")
    return JointScorer(accurate.scorer, fast.scorer, weight)


def _scorer_to_dict(scorer: StanceScorer) -> dict[str, Any]:
    if isinstance(scorer, EncoderScorer):
        return {"kind": "encoder", "max_tokens": scorer.max_tokens, "learned_from": list(scorer.learned_from)}
    if isinstance(scorer, JointScorer):
        return {**_scorer_to_dict(scorer.encoder), "linear_weight": scorer.weight}
    if isinstance(scorer, LinearScorer):
        return {
            "kind": "linear",
            "features": VERSION,
            "vector_size": scorer.words.size,
            "intercept": list(scorer.intercept),
        }
    raise TypeError(f"a stance head with a {type(scorer).__name__} cannot be saved")


def _scorer_from_dict(
    entry: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], folder: Path, listed: Collection[str]
) -> StanceScorer:
    if entry["kind"] == "encoder":
        if not set(ENCODER_FILES) <= set(listed) or type(entry["max_tokens"]) is not int:
            raise ValueError("the encoder of the stance head is not whole")
        learned_from = entry["learned_from"]
        if not isinstance(learned_from, list) or not all(isinstance(name, str) for name in learned_from):
            raise ValueError("what the encoder learned from must be a list of corpora")
        return EncoderScorer(folder, entry["max_tokens"], tuple(learned_from))
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
    return LinearScorer(WordTable(words), arrays["weights"], arrays["dense"], (first, second, third))

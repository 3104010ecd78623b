"""How good the stance heads of a run are on labelled documents. Not for the figures of a training (see ``training``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand import metrics
from newsstand.documents import STANCES, Document
from newsstand.stance.heads import StanceHeads
from newsstand.stance.modes import StanceMode


@dataclass(frozen=True)
class ScoredStances:
    """What stance heads say where there are gold stances; every entry is one gold stance.

    Parameters
    ----------
    probabilities : array of shape (n, 3)
    mentioned : array of bool, shape (n,)
        Whether the target was found.
    gold : array of shape (n,)
        A target that is not mentioned counts as neutral.
    is_mentioned : array of bool, shape (n,)
        Whether the target is mentioned, as annotated.
    targets : list of str
    document : array of shape (n,)
        A number for each document that has a gold stance, from 0.
    """

    probabilities: NDArray[np.float32]
    mentioned: NDArray[np.bool_]
    gold: NDArray[np.intp]
    is_mentioned: NDArray[np.bool_]
    targets: list[str]
    document: NDArray[np.intp]


def score_stances(heads: StanceHeads, documents: Sequence[Document], mode: StanceMode | None = None) -> ScoredStances:
    """Ask the heads for the stances that are annotated."""
    asked = [document for document in documents if document.stances]
    said = [stance for document in asked for stance in document.stances or ()]
    found = [heads.probabilities(document, [s.target for s in document.stances or ()], mode) for document in asked]
    return ScoredStances(
        np.concatenate([probabilities for probabilities, _ in found]),
        np.concatenate([np.asarray(mentioned, bool) for _, mentioned in found]),
        np.array([STANCES.index(stance.stance or "neutral") for stance in said], np.intp),
        np.array([stance.stance is not None for stance in said]),
        [stance.target for stance in said],
        np.repeat(np.arange(len(asked)), [len(document.stances or ()) for document in asked]),
    )


def judge_stance(heads: StanceHeads, documents: Sequence[Document], mode: StanceMode | None = None) -> dict[str, Any]:
    """Figures of the stance heads on the documents that have gold stances."""
    scored = score_stances(heads, documents, mode)
    figures = metrics.stance_metrics(scored.probabilities, scored.gold, scored.targets, scored.document)
    confident = scored.probabilities.max(axis=1) >= heads.threshold(mode)
    right = scored.probabilities.argmax(axis=1) == scored.gold
    return figures | {
        "coverage": round(float(confident.mean()), 4),
        "selective_accuracy": round(float(right[confident].mean()), 4) if confident.any() else None,
        "mention_accuracy": round(float((scored.mentioned == scored.is_mentioned).mean()), 4),
        "mentioned": round(float(scored.mentioned.mean()), 4),
    }

"""How good the stance heads of a run are on labelled documents. Not for the figures of a training (see ``training``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from newsstand import metrics
from newsstand.documents import STANCES, Document
from newsstand.stance.heads import StanceHeads
from newsstand.stance.modes import StanceMode


def judge_stance(heads: StanceHeads, documents: Sequence[Document], mode: StanceMode | None = None) -> dict[str, Any]:
    """Figures of the stance heads on the documents that have gold stances."""
    probabilities, gold, targets, owner = [], [], [], []
    hits = said = 0
    for number, document in enumerate(documents):
        asked = [stance.target for stance in document.stances or ()]
        if not asked:
            continue
        found, mentioned = heads.probabilities(document, asked, mode)
        probabilities.append(found)
        targets += asked
        owner += [number] * len(asked)
        for stance, seen in zip(document.stances or (), mentioned, strict=True):
            gold.append(STANCES.index(stance.stance or "neutral"))
            hits += seen == (stance.stance is not None)
            said += seen
    stacked = np.concatenate(probabilities)
    clusters = np.unique(owner, return_inverse=True)[1].astype(np.intp)
    figures = metrics.stance_metrics(stacked, np.array(gold, np.intp), targets, clusters)
    confident = stacked.max(axis=1) >= heads.threshold(mode)
    right = stacked.argmax(axis=1) == np.array(gold)
    return figures | {
        "coverage": round(float(confident.mean()), 4),
        "selective_accuracy": round(float(right[confident].mean()), 4) if confident.any() else None,
        "mention_accuracy": round(hits / len(gold), 4),
        "mentioned": round(said / len(gold), 4),
    }

"""What a run gives to articles that its judging models never saw, for a service to hold its own days against. Not a quality figure."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from newsstand.distributions import LEANING, LEANING_SCORES, NONE, TOPIC_SCORES, TOPICS, score_class
from newsstand.documents import LEANINGS
from newsstand.heads.leaning import LeaningHead
from newsstand.labels import LabelSet
from train.judge import Scored

Reference = dict[str, dict[str, int]]
"""Counts of the classes of each distribution."""


def topic_reference(labels: LabelSet, scored: Scored) -> Reference:
    """Topics given, and the score of the likeliest of them, of articles that the judging heads never saw."""
    probabilities, given = scored.probabilities, scored.given
    topics = {name: int(n) for name, n in zip(labels.ids, given.sum(axis=0), strict=True) if n}
    best = np.where(given, probabilities, 0).max(axis=1)
    scores = Counter(score_class(float(score)) if score > 0 else NONE for score in best)
    unlabelled = int((~given.any(axis=1)).sum())
    return {TOPICS: topics | ({NONE: unlabelled} if unlabelled else {}), TOPIC_SCORES: dict(sorted(scores.items()))}


def leaning_reference(head: LeaningHead, probabilities: NDArray[np.float32]) -> Reference:
    """Leanings given, and the score of the likeliest, from probabilities of shape (n_articles, 3)."""
    best = probabilities.max(axis=1)
    names = [
        LEANINGS[column] if score >= head.threshold else NONE
        for column, score in zip(probabilities.argmax(axis=1), best, strict=True)
    ]
    scores = Counter(score_class(float(score)) for score in best)
    return {LEANING: dict(sorted(Counter(names).items())), LEANING_SCORES: dict(sorted(scores.items()))}

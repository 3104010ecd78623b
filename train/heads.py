"""Heads fitted on held-out margins: calibration, thresholds, abstention, and weights small enough to ship."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from newsstand.heads.curves import Certainty
from newsstand.heads.leaning import LeaningHead
from newsstand.heads.topics import TopicHead, likeliest_evidence
from newsstand.kernel import table_dtype
from newsstand.labels import LabelSet
from train.calibration import fit_sigmoids, fit_softmax, selective_threshold
from train.curves import fit_curve
from train.thresholds import best_common, f1_cuts, precision_cuts, recall_cut

LEANING_ACCURACY = 0.70
MIN_SELECTED = 100
LOWEST_THRESHOLD, HIGHEST_THRESHOLD = 0.1, 0.6
NEVER_GIVEN = 1 - 1e-6


@dataclass(frozen=True, slots=True)
class TopicsWanted:
    """What the topic head is to be like.

    Parameters
    ----------
    precision : float, optional
        Give a topic only where this share of such labels was right on held-out documents.
    recall : float, optional
        Give so many that this share of a document's topics is among them. Without either, thresholds make F1 high.
    exclusive : bool
        Every document has exactly one topic, and at most one is to be given.
    """

    precision: float | None = None
    recall: float | None = None
    exclusive: bool = False


@dataclass(frozen=True)
class Evidence:
    """What is known about documents that their models did not see; every array has one row a document.

    Parameters
    ----------
    margins : array of float32, shape (n_documents, n_labels)
        Beside them, sums of log-count ratios of the same shape, until :func:`train.stacking.stacked` has combined both.
    signs : array of int8, shape (n_documents, n_labels)
        What calibration goes by: 1, -1, or 0 where nobody says or the annotation is doubtful.
    gold : array of int8, same shape
        What annotators said, doubtful or not.
    main_topic_only : array of bool, shape (n_documents,)
    """

    margins: NDArray[np.float32]
    signs: NDArray[np.int8]
    gold: NDArray[np.int8]
    main_topic_only: NDArray[np.bool_]

    def part(self, rows: NDArray[np.intp]) -> Evidence:
        """That of some documents."""
        return Evidence(self.margins[rows], self.signs[rows], self.gold[rows], self.main_topic_only[rows])


def topic_head(
    labels: LabelSet, intercept: NDArray[np.float32], evidence: Evidence, wanted: TopicsWanted | None = None
) -> TopicHead:
    """Calibrate topics on margins of documents that their models did not see, and choose the threshold of each."""
    wanted = wanted or TopicsWanted()
    if wanted.exclusive:
        return _exclusive_head(labels, intercept, evidence, wanted.precision)
    slope, offset = (part.astype(np.float32) for part in fit_sigmoids(evidence.margins, evidence.signs))
    curves = {}
    for n in range(len(labels)):
        known = evidence.signs[:, n] != 0
        log_odds = (slope[n] * evidence.margins[known, n] + offset[n]).astype(np.float64)
        if (curve := fit_curve(log_odds, evidence.signs[known, n] > 0)) is not None:
            curves[n] = curve
    head = TopicHead(labels, intercept, slope, offset, np.full(len(labels), 0.5, np.float32), curves=curves)
    probabilities = head.probabilities(evidence.margins - intercept)
    if wanted.recall is not None:
        thresholds = np.full(len(labels), min(recall_cut(probabilities, evidence.gold, wanted.recall), NEVER_GIVEN))
    elif wanted.precision is None:
        thresholds = _probabilities_at(head, f1_cuts(evidence.margins, evidence.signs))
    else:
        thresholds = np.minimum(precision_cuts(probabilities, evidence.gold, wanted.precision), NEVER_GIVEN)
    said = (evidence.gold != 0).any(axis=1)
    few, all_topics = np.flatnonzero(evidence.main_topic_only & said), np.flatnonzero(~evidence.main_topic_only & said)
    few = few[(evidence.gold[few] > 0).any(axis=1)]
    flat = not any(topic.parent for topic in labels)
    return replace(
        head,
        threshold=thresholds.astype(np.float32),
        likeliest=_likeliest(head, probabilities[all_topics], evidence.gold[all_topics]) if flat else None,
        main_topic=_likeliest(head, probabilities[few], evidence.gold[few]),
    )


def _probabilities_at(head: TopicHead, cuts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability that each topic has at a margin, apart from its children; kept where a label still means something."""
    log_odds = (head.slope * cuts + head.offset).astype(np.float64)
    for n, curve in head.curves.items():
        log_odds[n] = curve(float(log_odds[n]))
    return np.asarray(np.clip(1 / (1 + np.exp(-log_odds)), LOWEST_THRESHOLD, HIGHEST_THRESHOLD))


def _exclusive_head(
    labels: LabelSet, intercept: NDArray[np.float32], evidence: Evidence, precision: float | None
) -> TopicHead:
    known = np.flatnonzero((evidence.gold > 0).any(axis=1))
    margins, gold = evidence.margins[known], evidence.gold[known]
    ones = np.ones(len(labels), np.float32)
    slope = fit_softmax(margins, gold.argmax(axis=1)) if len(gold) else 1.0
    head = TopicHead(labels, intercept, np.float32(slope) * ones, 0 * ones, 0 * ones, exclusive=True)
    probabilities = head.probabilities(margins - intercept)
    head = replace(head, likeliest=_likeliest(head, probabilities, gold))
    top, certainty = probabilities.argmax(axis=1), head.certainty(probabilities)
    if precision is None:
        right = gold[np.arange(len(gold)), top] > 0
        return replace(head, threshold=min(best_common(certainty, right), HIGHEST_THRESHOLD) * ones)
    decided = np.where(np.arange(len(labels)) == top[:, None], gold, 0).astype(np.int8)
    values = np.repeat(certainty[:, None], len(labels), axis=1)
    thresholds = np.minimum(precision_cuts(values, decided, precision), NEVER_GIVEN)
    return replace(head, threshold=thresholds.astype(np.float32))


def _likeliest(head: TopicHead, probabilities: NDArray[np.float32], gold: NDArray[np.int8]) -> Certainty | None:
    """How likely the likeliest topic is right; ``None`` where there is too little to learn it from."""
    if len(head.labels) < 2 or len(gold) < MIN_SELECTED:
        return None
    ranking = head.ranking(probabilities)
    right = gold[np.arange(len(gold)), ranking.argmax(axis=1)] > 0
    if right.all() or not right.any():
        return None
    known = likeliest_evidence(probabilities, ranking)
    fitted = LogisticRegression(C=100.0, max_iter=500).fit(known[:, :2], right)
    certainty = Certainty((float(fitted.coef_[0, 0]), float(fitted.coef_[0, 1]), float(fitted.intercept_[0])))
    return replace(certainty, curve=fit_curve(known @ np.array(certainty.weights), right))


def leaning_head(intercept: NDArray[np.float32], margins: NDArray[np.float32], signs: NDArray[np.int8]) -> LeaningHead:
    """Calibrate leanings, and abstain below the confidence from which seven in ten are right on outlets never seen."""
    known = (signs > 0).any(axis=1)
    gold = signs[known].argmax(axis=1)
    slope = fit_softmax(margins[known], gold)
    head = LeaningHead(intercept, slope, 1.0)
    probabilities = head.probabilities(margins[known] - intercept)
    correct = probabilities.argmax(axis=1) == gold
    least = min(MIN_SELECTED, max(20, len(gold) // 10))
    threshold = selective_threshold(probabilities.max(axis=1), correct, LEANING_ACCURACY, least)
    return LeaningHead(intercept, slope, threshold)


def quantise(idf: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.void]:
    """The table of a run: weights of shape (n_features, n_labels) as int8, with a scale of its own for each feature.

    Weights of rare n-grams are large and those of frequent ones small, so a scale a feature loses less than one a label.
    """
    unit = np.abs(weights).max(axis=1) / 127
    table = np.zeros(len(weights), table_dtype(weights.shape[1]))
    table["idf"] = idf
    table["scale"] = np.where(unit > 0, unit, 1)
    table["weights"][:, : weights.shape[1]] = np.rint(weights / table["scale"][:, None])
    return table

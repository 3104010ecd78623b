"""Heads fitted on held-out margins: calibration, thresholds, abstention, and weights small enough to ship."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from newsstand.heads.leaning import LeaningHead
from newsstand.heads.topics import TopicHead
from newsstand.kernel import table_dtype
from newsstand.labels import LabelSet
from train.calibration import best_thresholds, fit_sigmoids, fit_softmax, selective_threshold

LEANING_ACCURACY = 0.70
MIN_SELECTED = 100


def topic_head(
    labels: LabelSet, intercept: NDArray[np.float32], margins: NDArray[np.float32], signs: NDArray[np.int8]
) -> TopicHead:
    """Calibrate topics on margins of documents that their models did not see, and choose the threshold of each."""
    slope, offset = (part.astype(np.float32) for part in fit_sigmoids(margins, signs))
    head = TopicHead(labels, intercept, slope, offset, np.full(len(labels), 0.5, np.float32))
    thresholds = best_thresholds(head.probabilities(margins - intercept), signs).astype(np.float32)
    return TopicHead(labels, intercept, slope, offset, thresholds)


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

"""From margins on documents that a model did not see to probabilities and thresholds. Not for the margins themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

Floats = NDArray[np.float64]
NEWTON_STEPS = 25
PRIOR_DOCUMENTS = 10.0
MIN_FOR_THRESHOLD = 20
MAX_SLOPE = 50.0


def fit_sigmoid(
    margins: NDArray[np.float32], positive: NDArray[np.bool_], prior: tuple[float, float] | None = None
) -> tuple[float, float]:
    """Slope and offset of ``sigmoid(slope * margin + offset)``, Platt's (1999) with his smoothed targets.

    Parameters
    ----------
    margins, positive : arrays of shape (n,)
    prior : (slope, offset), optional
        Where a label has few documents the result is drawn towards this one.
    """
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    target = np.where(positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    x = np.stack([margins.astype(np.float64), np.ones(len(margins))], axis=1)
    start = np.array(prior if prior else (1.0, 0.0))
    strength = np.diag([PRIOR_DOCUMENTS, PRIOR_DOCUMENTS / 4]) if prior else np.diag([1e-3, 1e-3])
    beta = start.copy()
    for _ in range(NEWTON_STEPS):
        p = _sigmoid(x @ beta)
        gradient = x.T @ (p - target) + strength @ (beta - start)
        curvature = (x * (p * (1 - p))[:, None]).T @ x + strength
        step = np.linalg.solve(curvature, gradient)
        length = np.abs(step).max()
        beta -= step / max(1.0, length / 2)
        if length < 1e-8:
            break
    return max(float(beta[0]), 0.0), float(beta[1])


def fit_sigmoids(margins: NDArray[np.float32], signs: NDArray[np.int8]) -> tuple[Floats, Floats]:
    """Slope and offset of each label, from the documents for which it is annotated; rare labels lean on the others."""
    known = signs != 0
    usable = [n for n in range(signs.shape[1]) if (signs[:, n] > 0).any() and (signs[:, n] < 0).any()]
    often = [n for n in usable if (signs[:, n] > 0).sum() >= 5 * MIN_FOR_THRESHOLD] or usable
    fits = {n: fit_sigmoid(margins[known[:, n], n], signs[known[:, n], n] > 0) for n in often}
    prior = tuple(np.median(list(fits.values()), axis=0).tolist()) if fits else (1.0, 0.0)
    slope, offset = np.full(signs.shape[1], prior[0]), np.full(signs.shape[1], prior[1])
    for n in usable:
        slope[n], offset[n] = fit_sigmoid(margins[known[:, n], n], signs[known[:, n], n] > 0, prior)
    return slope, offset


def fit_softmax(margins: NDArray[np.float32], gold: NDArray[np.intp]) -> float:
    """Slope of ``softmax(slope * margin)`` with the highest likelihood (temperature scaling, Guo et al. 2017).

    No offset a class: it would learn how many articles the judged outlets have of each, and overrule the margins by it.
    """
    x = margins.astype(np.float64)
    rows = np.arange(len(x))

    def loss(slope: float) -> float:
        logits = slope * x
        return float((logsumexp(logits, axis=1) - logits[rows, gold]).mean())

    return float(minimize_scalar(loss, bounds=(0.0, MAX_SLOPE), method="bounded").x)


def selective_threshold(
    confidence: NDArray[np.float32],
    correct: NDArray[np.bool_],
    wanted: float,
    least: int,
    weights: NDArray[np.float64] | None = None,
) -> float:
    """The lowest confidence from which at least ``wanted`` of the decisions are right; 1 where no ``least`` documents reach it.

    With ``weights``, decisions count that much among those that are right.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked, given = confidence[order], np.arange(1, len(order) + 1)
    counts = np.ones(len(order)) if weights is None else weights[order]
    accuracy = (correct[order] * counts).cumsum() / counts.cumsum()
    enough = np.flatnonzero((accuracy >= wanted) & (given >= least) & last_of_ties(ranked))
    return float(ranked[enough[-1]]) if len(enough) else 1.0


def last_of_ties(ranked: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where a threshold can be drawn in a ranking: what is equally likely is given, or not given, together."""
    return np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)]


def _sigmoid(z: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(z, -50, 50)))

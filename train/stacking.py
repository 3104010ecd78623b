"""Margins of support vector machines and log-count ratios combined by one matrix, learned from documents that neither has seen. Not for
corpora whose documents have several topics, where it gained nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

PARTS = 3
STRENGTH = 100.0
MAX_ITERATIONS = 200

Floats = NDArray[np.float64]


def fit_stack(scores: NDArray[np.float32], gold: NDArray[np.intp], n_labels: int) -> NDArray[np.float32]:
    """The matrix that turns scores into logits of a softmax with the highest likelihood.

    Stacked generalisation (Wolpert 1992): what one topic's score says for or against another is learned too. Whatever lies off the
    diagonal is drawn to zero, as in matrix scaling (Kull et al. 2019), and the diagonal to its mean; there is no offset a class, which would
    learn how many documents of each the judged outlets have. Both kinds of scores are linear in the features, so the matrix goes
    into the weights and costs nothing in use.

    Parameters
    ----------
    scores : array of shape (n_documents, k * n_labels)
        Held-out scores, k kinds of them side by side.
    gold : array of int, shape (n_documents,)
    n_labels : int

    Returns
    -------
    array of float32, shape (k * n_labels, n_labels)
    """
    n_kinds = scores.shape[1] // n_labels
    spread = np.repeat([max(float(kind.std()), 1e-9) for kind in np.split(scores, n_kinds, axis=1)], n_labels)
    same = np.tile(np.eye(n_labels), (n_kinds, 1))
    rows = np.arange(len(gold))
    X = scores / spread

    def loss(values: Floats) -> tuple[float, Floats]:
        matrix = values.reshape(-1, n_labels)
        logits = X @ matrix
        logits -= logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        total = odds.sum(axis=1)
        off = matrix - _mean_diagonals(matrix, n_labels) * same
        missed = float((np.log(total) - logits[rows, gold]).sum())
        slip = odds / total[:, None]
        slip[rows, gold] -= 1
        gradient = X.T @ slip + STRENGTH * off
        return (missed + STRENGTH * float((off**2).sum()) / 2) / len(gold), gradient.ravel() / len(gold)

    found = minimize(loss, same.ravel() / n_kinds, jac=True, method="L-BFGS-B", options={"maxiter": MAX_ITERATIONS})
    return np.asarray(found.x.reshape(-1, n_labels) / spread[:, None], np.float32)


def _mean_diagonals(matrix: Floats, n_labels: int) -> Floats:
    """The mean of the diagonal of each square part, repeated for its rows; shape (k * n_labels, 1)."""
    means = [np.diag(part).mean() for part in np.split(matrix, len(matrix) // n_labels)]
    return np.repeat(means, n_labels)[:, None]


def stacked(scores: NDArray[np.float32], gold: NDArray[np.int8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The matrix, and the scores of each document as the matrix of other documents turns them.

    Where the first kind of scores is right no more often than the commonest topic, it alone is kept as it is: what is wrong with it
    on outlets never seen must not be turned around for those that were.

    Parameters
    ----------
    scores : array of shape (n_documents, k * n_labels)
        Held-out scores, k kinds of them side by side, the margins first.
    gold : array of shape (n_documents, n_labels)
        1 for the topic of a document; a document without one is not learned from.

    Returns
    -------
    matrix : array of float32, shape (k * n_labels, n_labels)
    margins : array of float32, shape (n_documents, n_labels)
    """
    n_labels = gold.shape[1]
    known, topic = (gold > 0).any(axis=1), gold.argmax(axis=1)
    right = float((scores[known, :n_labels].argmax(axis=1) == topic[known]).sum())
    if right <= np.bincount(topic[known], minlength=1).max():
        return np.eye(scores.shape[1], n_labels, dtype=np.float32), scores[:, :n_labels]
    part = np.arange(len(gold)) % PARTS
    margins = np.zeros(gold.shape, np.float32)
    for number in range(PARTS):
        learn, judge = known & (part != number), part == number
        if learn.any():
            margins[judge] = scores[judge] @ fit_stack(scores[learn], topic[learn], n_labels)
    return fit_stack(scores[known], topic[known], n_labels), margins

"""Labels that a model trained on the other documents contradicts with confidence. Not for changing them.

Confident learning (Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels", JAIR 70,
2021): a model that did not see a document must be at least as sure of another label as it is, on average, where that
label was given. The average, taken label by label, allows for labels that models are seldom sure of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that is likely wrong.

    Parameters
    ----------
    row : int
        The document.
    given : int or None
        Column of the label that seems wrong; None where only one seems missing.
    suggested : int
        Column of the label that fits better.
    doubt : float
        Probability that the model gives to the suggested label.
    trust : float
        Probability that it gives to the given label, or to the absence of the missing one.
    """

    row: int
    given: int | None
    suggested: int
    doubt: float
    trust: float


def suspects(
    probabilities: NDArray[np.float64],
    given: NDArray[np.bool_],
    not_given: NDArray[np.bool_],
    *,
    exclusive: bool,
    complete: bool,
) -> list[Suspect]:
    """Find suspicious labels, the most suspicious first.

    Parameters
    ----------
    probabilities : array of float, shape (n_documents, n_labels)
        From models that did not see the document.
    given, not_given : array of bool, shape (n_documents, n_labels)
        What the annotation says of each label; neither where it says nothing.
    exclusive : bool
        Every document has one label: a wrong one means that another one is right.
    complete : bool
        A document has every label that applies, so that one may be missing.
    """
    sure = _mean(probabilities, given)
    sure_not = _mean(1 - probabilities, not_given)
    confident = (probabilities >= sure) & not_given
    is_confident = np.asarray(confident.any(axis=1))
    has_other = np.asarray(not_given.any(axis=1))
    # The best alternative: one that the model is sure of, otherwise the likeliest.
    score = np.where(not_given, probabilities + confident, -1)
    best = score.argmax(axis=1)
    doubt = probabilities[np.arange(len(best)), best]
    better = doubt[:, None] > probabilities
    if exclusive:
        wrong = given & is_confident[:, None] & better
    else:
        wrong = given & (1 - probabilities >= np.maximum(sure_not, 0.5)) & better & has_other[:, None]
    found = [
        Suspect(row, column, int(best[row]), float(doubt[row]), float(probabilities[row, column]))
        for row, column in np.argwhere(wrong).tolist()
    ]
    if complete and not exclusive:
        missing = is_confident & ~wrong.any(axis=1) & (doubt > 0.5)
        found += [
            Suspect(row, None, int(best[row]), float(doubt[row]), float(1 - doubt[row]))
            for row in np.flatnonzero(missing).tolist()
        ]
    return sorted(found, key=lambda suspect: (suspect.trust - suspect.doubt, suspect.row))


def _mean(probabilities: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Average of each column over the chosen documents; more than 1 where there is none, which nothing reaches."""
    counts = chosen.sum(axis=0)
    return np.where(counts > 0, (probabilities * chosen).sum(axis=0) / np.maximum(counts, 1), 2.0)

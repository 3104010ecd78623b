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
    suggested : int or None
        Column of the label that fits better; None where none is confident.
    probability : float
        That the model gives to the suggested label, or to the absence of the given one.
    """

    row: int
    given: int | None
    suggested: int | None
    probability: float


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
    with np.errstate(invalid="ignore"):
        sure = (probabilities * given).sum(axis=0) / given.sum(axis=0)  # nan without documents: nothing is confident
        sure_not = ((1 - probabilities) * not_given).sum(axis=0) / not_given.sum(axis=0)
    confident = (probabilities >= sure) & not_given
    best = np.where(confident, probabilities, -1).argmax(axis=1)
    suggests = confident.any(axis=1)
    found = []
    doubted = (
        suggests[:, None] & (probabilities < sure) if exclusive else 1 - probabilities >= np.maximum(sure_not, 0.5)
    )
    wrong = given & doubted
    for row, column in np.argwhere(wrong).tolist():
        other = int(best[row]) if suggests[row] else None
        if other is None:
            found.append(Suspect(row, column, None, float(1 - probabilities[row, column])))
        elif probabilities[row, other] > probabilities[row, column]:
            found.append(Suspect(row, column, other, float(probabilities[row, other])))
    if complete and not exclusive:
        wrong_rows = wrong.any(axis=1)
        missing = np.flatnonzero(suggests & ~wrong_rows & (probabilities[np.arange(len(best)), best] > 0.5)).tolist()
        found += [Suspect(row, None, int(best[row]), float(probabilities[row, best[row]])) for row in missing]
    own = [probabilities[s.row, s.given] if s.given is not None else 1 - s.probability for s in found]
    order = sorted(range(len(found)), key=lambda n: (own[n] - found[n].probability, found[n].row))
    return [found[n] for n in order]

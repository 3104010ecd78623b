"""The margin from which each topic is given: for the highest F1, a wanted precision or a wanted recall. Not for probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train.calibration import last_of_ties

Floats = NDArray[np.float64]
Margins = NDArray[np.float32]
BANDS = (5, 20, 80)
"""Positives that part rare topics from less rare ones: topics of a band share one cut."""

CUTS = np.linspace(-0.9, 0.2, 45)
LOWEST_CUT, HIGHEST_CUT = -0.8, 0.3
FEW = 10
USUAL_CUT = -0.3
COMMON_WEIGHT = 100
NEVER = np.inf
CAUTION = 0.5
"""Standard errors that a precision must be above what is wanted, since a cut is the luckiest of many."""


def f1_cuts(margins: Margins, signs: NDArray[np.int8]) -> Floats:
    """For each topic the margin from which giving it makes F1 high, on documents that its model did not see.

    A topic with few documents cannot choose for itself: its own best cut would be the one at which chance favoured it. So topics of
    about the same frequency choose one cut together, by the mean of their micro-F1 and macro-F1, and each topic's own is drawn
    towards it as if that stood for 100 documents.

    Parameters
    ----------
    margins : array of shape (n_documents, n_labels)
    signs : array of int8, same shape
        1, -1, or 0 where nobody says.
    """
    positives = (signs > 0).sum(axis=0)
    band = np.digitize(positives, BANDS)
    common = np.full(len(positives), USUAL_CUT)
    for number in np.unique(band):
        columns = np.flatnonzero(band == number)
        if positives[columns].sum() >= FEW:
            common[columns] = _common_cut(margins[:, columns], signs[:, columns])
    own = np.array([_own_cut(margins[:, n], signs[:, n], common[n]) for n in range(len(positives))])
    return np.asarray((positives * own + COMMON_WEIGHT * common) / (positives + COMMON_WEIGHT))


def precision_cuts(values: Margins, signs: NDArray[np.int8], wanted: float) -> Floats:
    """For each topic the lowest value from which at least ``wanted`` of what is given is right, ``inf`` where there is none.

    One mistake more than was counted is assumed, so that a topic with few documents is not given on the strength of luck, and the
    wanted precision must be exceeded by half its standard error.

    Parameters
    ----------
    values, signs : arrays of shape (n_documents, n_labels)
    wanted : float
        Between 0 and 1.
    """
    cuts = np.full(signs.shape[1], NEVER)
    for n in range(signs.shape[1]):
        known = np.flatnonzero(signs[:, n])
        order = known[np.argsort(-values[known, n], kind="stable")]
        ranked, right = values[order, n], (signs[order, n] > 0).cumsum()
        given = np.arange(1, len(order) + 1)
        least = wanted + CAUTION * np.sqrt(wanted * (1 - wanted) / given)
        enough = np.flatnonzero((right / (given + 1) >= least) & last_of_ties(ranked))
        if len(enough):
            cuts[n] = ranked[enough[-1]]
    return cuts


def recall_cut(values: Margins, gold: NDArray[np.int8], wanted: float) -> float:
    """The highest value from which at least ``wanted`` of a document's topics can be expected to be given, 0 where nothing proves it.

    One cut for all topics makes what is given a conformal prediction set: on documents drawn like these, whatever the model is worth, the
    expected share of a document's topics that are missed is at most ``1 - wanted`` (conformal risk control; Angelopoulos et al. 2022).

    Parameters
    ----------
    values, gold : arrays of shape (n_documents, n_labels)
        Documents without a gold topic say nothing.
    wanted : float
        Between 0 and 1.
    """
    rows, columns = np.nonzero(gold > 0)
    documents, share = np.unique(rows, return_inverse=True)
    missed = (1 / np.bincount(share))[share] if len(rows) else np.empty(0)
    order = np.argsort(values[rows, columns], kind="stable")
    ranked = values[rows, columns][order]
    allowed = (1 - wanted) * (len(documents) + 1) - 1
    too_many = np.flatnonzero(missed[order].cumsum() > allowed)
    return float(ranked[too_many[0]]) if len(too_many) and allowed >= 0 else 0.0


def best_common(values: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """The value from which giving the one answer that each document has makes F1 highest, where every document has one."""
    order = np.argsort(-values, kind="stable")
    f1 = 2 * right[order].cumsum() / (np.arange(1, len(order) + 1) + len(order))
    return float(values[order][int(f1.argmax())]) if len(order) else 0.0


def _common_cut(margins: Margins, signs: NDArray[np.int8]) -> float:
    scores = np.array([_mean_f1(margins >= cut, signs) for cut in CUTS])
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.full(5, 0.2), "valid")
    return float(CUTS[int(smooth.argmax())])


def _mean_f1(given: NDArray[np.bool_], signs: NDArray[np.int8]) -> float:
    true, false = (given & (signs > 0)).sum(axis=0), (given & (signs < 0)).sum(axis=0)
    missed = (~given & (signs > 0)).sum(axis=0)
    macro = np.mean(2 * true / np.maximum(1, 2 * true + false + missed))
    micro = 2 * true.sum() / max(1, 2 * true.sum() + false.sum() + missed.sum())
    return float(macro + micro) / 2


def _own_cut(margins: NDArray[np.float32], signs: NDArray[np.int8], otherwise: float) -> float:
    known = np.flatnonzero(signs)
    order = known[np.argsort(-margins[known], kind="stable")]
    right = (signs[order] > 0).cumsum()
    if not len(order) or not right[-1]:
        return otherwise
    ranked = margins[order]
    best = int((2 * right / (np.arange(1, len(order) + 1) + right[-1])).argmax())
    below = ranked[best + 1] if best + 1 < len(order) else ranked[best]
    return float(np.clip((ranked[best] + below) / 2, LOWEST_CUT, HIGHEST_CUT))

"""Isotonic corrections of calibrated log-odds, for labels with many documents. Not for sigmoids (see :mod:`train.calibration`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from newsstand.heads.curves import Curve

MIN_FOR_CURVE = 1000
"""Positive documents from which isotonic regression is taken; with fewer, a sigmoid's two numbers are known better."""

POSITIVES_A_KNOT = 60
MOST_KNOTS = 16
STEP = 1e-3


def fit_curve(log_odds: NDArray[np.float64], positive: NDArray[np.bool_]) -> Curve | None:
    """The isotonic regression of outcomes on log-odds (Zadrozny & Elkan 2002), by bins with equally many positives.

    Parameters
    ----------
    log_odds, positive : arrays of shape (n,)

    Returns
    -------
    Curve or None
        ``None`` where there are fewer than 1,000 positives or negatives, or nothing to tell them apart by.
    """
    n_positive = int(positive.sum())
    if n_positive < MIN_FOR_CURVE or len(positive) - n_positive < MIN_FOR_CURVE:
        return None
    order = np.argsort(log_odds, kind="stable")
    ranked, hits = log_odds[order], positive[order].astype(np.float64)
    n_bins = min(MOST_KNOTS, n_positive // POSITIVES_A_KNOT)
    bins = np.minimum((hits.cumsum() - hits) * n_bins // n_positive, n_bins - 1).astype(np.intp)
    size, won = np.bincount(bins, minlength=n_bins), np.bincount(bins, hits, n_bins)
    # The mean of the probabilities, not of the log-odds, is what the rate of a bin is an estimate of.
    expected = np.bincount(bins, 1 / (1 + np.exp(-np.clip(ranked, -30, 30))), n_bins) / np.maximum(size, 1)
    rate = IsotonicRegression(y_min=0, y_max=1).fit_transform(expected, (won + 0.5) / (size + 1), sample_weight=size)
    return _strictly(_log_odds(expected), _log_odds(rate))


def _log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p / (1 - p)))


def _strictly(before: NDArray[np.float64], after: NDArray[np.float64]) -> Curve | None:
    """A curve through the knots that rise, a little where isotonic regression is flat."""
    keep = np.flatnonzero(np.diff(before, prepend=-np.inf) > STEP)
    before, after = before[keep], after[keep] + STEP * np.arange(len(keep))
    return Curve(tuple(before.tolist()), tuple(after.tolist())) if len(keep) > 1 else None

"""Log-count ratios of n-grams by topic, which :mod:`train.stacking` combines with linear weights. Not a classifier of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

SMOOTHING = 0.01


def log_count_ratios(X: csr_matrix, signs: NDArray[np.int8], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """How much more often each n-gram stands in documents of a topic than in the others, as logarithms.

    The weights of a naive-Bayes classifier over weighted n-grams (Rennie et al. 2003). Short and noisy texts gain from adding a
    little of them to a support vector machine's (Wang & Manning 2012), and since both are linear it costs nothing in use.

    Parameters
    ----------
    X : CSR matrix, shape (n_documents, n_features)
    signs : array of int8, shape (n_documents, n_labels)
    rows : array of int64
        The documents to count.

    Returns
    -------
    array of float32, shape (n_features, n_labels)
    """
    part = X[rows]
    own = np.asarray(part.T @ (signs[rows] > 0).astype(np.float32)) + SMOOTHING
    rest = np.asarray(part.sum(axis=0)).reshape(-1, 1) + 2 * SMOOTHING - own
    return np.asarray(np.log(own / own.sum(axis=0)) - np.log(rest / rest.sum(axis=0)), np.float32)

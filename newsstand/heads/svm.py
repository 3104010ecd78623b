"""One-against-the-rest linear support vector machines for many labels, fitted together. Knows nothing of calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator

from newsstand.kernel.fitting import LABEL_GROUP, Fit


class LabelwiseSVM(BaseEstimator):  # type: ignore[misc]
    """A linear SVM with squared hinge loss for each label, as ``LinearSVC`` would fit one by one, in a fraction of its time.

    Dual coordinate descent (Hsieh et al. 2008) walks the documents once an epoch for all labels; labels are independent
    of each other, so cutting them into blocks for threads changes no bit of the result.

    Parameters
    ----------
    C : float
        Weight of the loss against the squared norm of the weights.
    positive_weight : float
        Factor on C for positive documents.
    max_epochs : int
    tolerance : float
        A label is done when no document of an epoch violates its optimality by more.
    seed : int
        Order in which documents are visited.
    n_jobs : int, optional
        Threads.

    Attributes
    ----------
    coef_ : array of float32, shape (n_features, n_labels)
    intercept_ : array of float32, shape (n_labels,)
    dual_ : array of float32, shape (n_learned, n_labels)
        Dual variables of the documents that were learned from, where another fit of much the same documents may begin.
    """

    def __init__(
        self,
        *,
        C: float = 0.5,
        positive_weight: float = 1.0,
        max_epochs: int = 30,
        tolerance: float = 0.3,
        seed: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.C = C
        self.positive_weight = positive_weight
        self.max_epochs = max_epochs
        self.tolerance = tolerance
        self.seed = seed
        self.n_jobs = n_jobs

    def fit(
        self,
        X: csr_matrix,
        signs: NDArray[np.int8],
        rows: NDArray[np.int64] | None = None,
        importance: NDArray[np.float32] | None = None,
        begin: NDArray[np.float32] | None = None,
        on_progress: Callable[[float], None] | None = None,
    ) -> Self:
        """Fit every label.

        Parameters
        ----------
        X : CSR matrix of float32, shape (n_documents, n_features)
        signs : array of int8, shape (n_documents, n_labels)
            1 where a document has the label, -1 where it does not, 0 where nobody says.
        rows : array of int64, optional
            Learn from these documents only.
        importance : array of float32, shape (n_documents,), optional
            Positive factors on C, 1 if left out.
        begin : array of float32, shape (n_learned, n_labels), optional
            Dual variables to begin with, nowhere negative: the nearer they are to those of the solution, the fewer epochs it takes.
        on_progress : callable, optional
            Called now and then with the share of the epochs done, 0 to 1.
        """
        order = np.arange(X.shape[0], dtype=np.int64) if rows is None else rows
        cut = self._cut(signs)
        blocks = self._blocks(cut, X, signs, importance)
        if begin is not None:
            _begin(blocks, cut, order, begin)
        options: dict[str, Any] = {
            "bias_unit": 1.0,
            "max_epochs": self.max_epochs,
            "tolerance": self.tolerance,
            "seed": self.seed,
        }
        if on_progress is not None:
            on_progress(0.0)
        with ThreadPoolExecutor(len(blocks)) as pool:
            fits = [pool.submit(block.run, order, **options) for block in blocks]
            try:
                while wait(fits, timeout=0.25).not_done:
                    if on_progress is not None:
                        on_progress(min(block.epochs for block in blocks) / self.max_epochs)
            finally:  # also on Ctrl-C: the threads must not go on
                for block in blocks:
                    block.stop()
            self.n_iter_ = max(fit.result() for fit in fits)
        place = np.argsort(np.concatenate(cut))[: signs.shape[1]]
        self.coef_ = np.concatenate([block.weights for block in blocks], axis=1)[:, place]
        self.intercept_ = np.concatenate([block.bias for block in blocks])[place]
        self.dual_ = np.concatenate([block.dual[order] for block in blocks], axis=1)[:, place]
        return self

    def decision_function(self, X: csr_matrix) -> NDArray[np.float32]:
        """Margins of shape (n_documents, n_labels)."""
        return np.asarray(X @ self.coef_ + self.intercept_, np.float32)

    def _cut(self, signs: NDArray[np.int8]) -> list[NDArray[np.intp]]:
        """The columns of each thread, padded to a multiple of LABEL_GROUP with columns that do not exist.

        Labels of like frequency stand together, since they are done at the same time and then skipped together.
        """
        n_labels = signs.shape[1]
        by_frequency = np.argsort(-(signs > 0).sum(axis=0), kind="stable")
        lanes = np.append(by_frequency, np.arange(n_labels, -(-n_labels // LABEL_GROUP) * LABEL_GROUP)).reshape(
            -1, LABEL_GROUP
        )
        threads = max(1, min(effective_n_jobs(self.n_jobs), len(lanes)))
        return [lanes[thread::threads].ravel() for thread in range(threads)]

    def _blocks(
        self,
        cut: list[NDArray[np.intp]],
        X: csr_matrix,
        signs: NDArray[np.int8],
        importance: NDArray[np.float32] | None,
    ) -> list[Fit]:
        n_documents, n_labels = signs.shape
        factors = np.ones(n_documents, np.float32) if importance is None else importance
        indptr = X.indptr.astype(np.int64)
        indices, values = X.indices.astype(np.int32, copy=False), X.data.astype(np.float32, copy=False)
        blocks = []
        for columns in cut:
            padded = np.zeros((n_documents, len(columns)), np.int8)
            exist = columns < n_labels
            padded[:, exist] = signs[:, columns[exist]]
            cost = np.full((2, len(columns)), self.C, np.float32)
            cost[0] *= self.positive_weight
            blocks.append(Fit(indptr, indices, values, X.shape[1], padded, factors, cost))
        return blocks


def _begin(
    blocks: Sequence[Fit], cut: Sequence[NDArray[np.intp]], order: NDArray[np.int64], begin: NDArray[np.float32]
) -> None:
    """Give each block the dual variables of its labels."""
    for block, columns in zip(blocks, cut, strict=True):
        exist = np.flatnonzero(columns < begin.shape[1])
        block.dual[order[:, None], exist] = begin[:, columns[exist]]

"""Support vector machines being fitted in the kernel. Not for what to fit (see :mod:`newsstand.heads.svm`)."""

from __future__ import annotations

from ctypes import byref, c_int32

import numpy as np
from numpy.typing import NDArray

from newsstand.kernel.library import checked, library

LABEL_GROUP = 16


class Fit:
    """One block of labels being fitted; :meth:`run` may be called from a thread and :meth:`stop` from another.

    Parameters
    ----------
    indptr, indices, values : arrays of int64, int32, float32
        The documents as a CSR matrix with ``n_columns`` columns.
    signs : array of int8, shape (n_documents, width)
        1, -1, or 0 where a label is not annotated. ``width`` is a multiple of 16.
    importance : array of float32, shape (n_documents,)
        Positive factors on the cost of each document.
    cost : array of float32, shape (2, width)
        Weight of the loss of positives and of negatives.

    Attributes
    ----------
    weights : array of float32, shape (n_columns, width)
    bias : array of float32, shape (width,)
    dual : array of float32, shape (n_documents, width)
        Dual variables, nowhere negative. What stands here before :meth:`run` is where it begins.
    """

    def __init__(
        self,
        indptr: NDArray[np.int64],
        indices: NDArray[np.int32],
        values: NDArray[np.float32],
        n_columns: int,
        signs: NDArray[np.int8],
        importance: NDArray[np.float32],
        cost: NDArray[np.float32],
    ) -> None:
        if signs.shape[1] % LABEL_GROUP:
            raise ValueError(f"the width must be a multiple of {LABEL_GROUP}, got {signs.shape[1]}")
        self._csr = (indptr, indices, values)
        self._signs, self._cost = np.ascontiguousarray(signs), np.ascontiguousarray(cost, np.float32)
        self._importance = np.ascontiguousarray(importance, np.float32)
        width = signs.shape[1]
        self.weights = np.zeros((n_columns, width), np.float32)
        self.bias = np.zeros(width, np.float32)
        self.dual = np.zeros(signs.shape, np.float32)
        self._epochs, self._stop = c_int32(0), c_int32(0)

    @property
    def epochs(self) -> int:
        """Epochs finished so far."""
        return self._epochs.value

    def stop(self) -> None:
        """Ask a running fit to end after the document it is at."""
        self._stop.value = 1

    def run(self, order: NDArray[np.int64], *, bias_unit: float, max_epochs: int, tolerance: float, seed: int) -> int:
        """Fit on the documents of ``order``; returns the epochs run."""
        return int(
            checked(
                library.ns_fit(
                    *(part.ctypes.data for part in self._csr),
                    np.ascontiguousarray(order, np.int64).ctypes.data,
                    len(order),
                    self._signs.ctypes.data,
                    self._importance.ctypes.data,
                    self._cost.ctypes.data,
                    self._signs.shape[1],
                    bias_unit,
                    max_epochs,
                    tolerance,
                    seed,
                    self.weights.ctypes.data,
                    self.bias.ctypes.data,
                    self.dual.ctypes.data,
                    byref(self._epochs),
                    byref(self._stop),
                )
            )
        )

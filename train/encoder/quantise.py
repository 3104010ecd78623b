"""Weights of 8 bits that every x86 processor multiplies exactly. Not for writing the network (see ``train.encoder.export``)."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

MOST_OF_TWO = 128
"""A processor without VNNI adds two products in 16 bits: 255 * 128 is the most that fits."""
CLIPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)

Matrix = NDArray[np.float32]


def requantise(model: onnx.ModelProto, matrices: dict[str, Matrix]) -> None:
    """Replace the int8 weights of a dynamically quantised model by ones that no processor overflows on.

    Halving the range of all weights would do that too, at a multiple of the loss. Here only neighbours that are added
    together are kept below the limit, and of each column the scale is taken that comes closest to its weights.

    Parameters
    ----------
    model : onnx.ModelProto
        Quantised by output channel; changed in place.
    matrices : dict of str to array of shape (n_in, n_out)
        The weights before they were quantised, by their names.
    """
    stored = {array.name: array for array in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "MatMulInteger" and node.input[1] in stored:
            name = node.input[1].removesuffix("_quantized")
            weights, scale = rounded(matrices[name])
            stored[node.input[1]].CopyFrom(numpy_helper.from_array(weights, node.input[1]))
            stored[f"{name}_scale"].CopyFrom(numpy_helper.from_array(scale, f"{name}_scale"))


def rounded(matrix: Matrix) -> tuple[NDArray[np.int8], Matrix]:
    """Whole numbers and the scale of each column; of two neighbours in a column, the sizes add up to at most 128.

    Parameters
    ----------
    matrix : array of shape (n_in, n_out)
        ``n_in`` even.
    """
    two = (np.abs(matrix[0::2]) + np.abs(matrix[1::2])).max(axis=0)
    widest = np.maximum(np.maximum(np.abs(matrix).max(axis=0), two) / (MOST_OF_TWO - 1), np.finfo(np.float32).tiny)
    tried = [_with_scale(matrix, widest * clip) for clip in CLIPS]
    errors = [((whole * scale - matrix) ** 2).sum(axis=0) for whole, scale in tried]
    best = np.argmin(errors, axis=0)
    columns = np.arange(matrix.shape[1])
    whole = np.stack([whole for whole, _ in tried])[best, :, columns].T
    scale = np.stack([scale for _, scale in tried])[best, columns]
    return np.ascontiguousarray(whole, np.int8), np.ascontiguousarray(scale, np.float32)


def _with_scale(matrix: Matrix, scale: Matrix) -> tuple[Matrix, Matrix]:
    whole = np.clip(np.round(matrix / scale), 1 - MOST_OF_TWO, MOST_OF_TWO - 1)
    over = np.maximum(np.abs(whole[0::2]) + np.abs(whole[1::2]) - MOST_OF_TWO, 0)
    for first, less in ((0, np.ceil(over / 2)), (1, np.floor(over / 2))):
        own = whole[first::2]
        whole[first::2] = np.sign(own) * np.maximum(np.abs(own) - less, 0)
    return whole, scale

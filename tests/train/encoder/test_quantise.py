"""Weights of 8 bits stay close to what they stand for, and no two of them overflow 16 bits together."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="quantising an encoder needs the extra encoder")

from train.encoder.quantise import MOST_OF_TWO, rounded


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e6])
@pytest.mark.parametrize("outlier", [1.0, 40.0])
def test_neighbours_never_overflow_and_the_error_is_small(scale: float, outlier: float) -> None:
    draw = np.random.default_rng(0)
    matrix = np.asarray(draw.normal(size=(64, 10)) * scale, np.float32)
    matrix[6:8, 0] *= outlier
    whole, steps = rounded(matrix)
    sizes = np.abs(whole.astype(int))
    assert (sizes[0::2] + sizes[1::2]).max() <= MOST_OF_TWO
    assert np.abs(whole * steps - matrix).mean() < 0.02 * np.abs(matrix).mean() * outlier


def test_halving_the_range_would_lose_more() -> None:
    matrix = np.asarray(np.random.default_rng(1).normal(size=(384, 50)), np.float32)
    whole, steps = rounded(matrix)
    halved = np.abs(matrix).max(axis=0) / 64
    assert ((whole * steps - matrix) ** 2).sum() < 0.6 * ((np.round(matrix / halved) * halved - matrix) ** 2).sum()


def test_a_column_of_zeros_stays_one() -> None:
    whole, steps = rounded(np.zeros((4, 2), np.float32))
    assert not whole.any() and np.isfinite(steps).all()

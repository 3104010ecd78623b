"""Isotonic corrections of calibrated log-odds."""

from __future__ import annotations

import numpy as np
import pytest

from train.curves import MIN_FOR_CURVE, fit_curve


def drawn(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds that exaggerate on the right side only, where no sigmoid can follow."""
    random = np.random.default_rng(0)
    log_odds = random.normal(0, 2, n)
    true = np.where(log_odds > 0, log_odds / 4, log_odds)
    return log_odds, random.random(n) < 1 / (1 + np.exp(-true))


def test_what_a_sigmoid_cannot_say_is_corrected() -> None:
    log_odds, positive = drawn(20_000)
    curve = fit_curve(log_odds, positive)
    assert curve
    corrected = 1 / (1 + np.exp(-curve.apply(log_odds)))
    for part in np.array_split(np.argsort(log_odds), 10):
        assert corrected[part].mean() == pytest.approx(positive[part].mean(), abs=0.02)


def test_a_curve_rises_and_can_be_read_backwards() -> None:
    curve = fit_curve(*drawn(20_000))
    assert curve
    values = np.linspace(-12, 12, 200)
    assert (np.diff(curve.apply(values)) > 0).all()
    for value in (-11.0, -0.3, 0.0, 2.5, 14.0):
        assert curve(value) == pytest.approx(float(curve.apply(np.array([value]))[0]))
        assert curve.inverse(curve(value)) == pytest.approx(value)


def test_few_documents_leave_it_to_the_sigmoid() -> None:
    log_odds, positive = drawn(MIN_FOR_CURVE)
    assert fit_curve(log_odds, positive) is None

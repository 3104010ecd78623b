"""Margins to probabilities, and the thresholds from which a label is worth giving."""

from __future__ import annotations

import numpy as np
import pytest

from train.calibration import (
    fit_sigmoid,
    fit_sigmoids,
    fit_softmax,
    selective_threshold,
)


def drawn(slope: float, offset: float, n: int = 20_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Margins, and outcomes that follow a sigmoid of them."""
    random = np.random.default_rng(seed)
    margins = random.normal(size=n).astype(np.float32)
    return margins, random.random(n) < 1 / (1 + np.exp(-(slope * margins + offset)))


@pytest.mark.parametrize(("slope", "offset"), [(2.0, -1.0), (0.5, 0.3), (6.0, -4.0)])
def test_a_sigmoid_is_found_again(slope: float, offset: float) -> None:
    found = fit_sigmoid(*drawn(slope, offset))
    assert found == pytest.approx((slope, offset), abs=0.15 * slope)


def test_probabilities_are_right_on_average() -> None:
    margins, positive = drawn(3.0, -2.0, n=3000)
    slope, offset = fit_sigmoid(margins, positive)
    assert (1 / (1 + np.exp(-(slope * margins + offset)))).mean() == pytest.approx(positive.mean(), abs=0.005)


def test_margins_that_mislead_are_worth_nothing_rather_than_less() -> None:
    margins, positive = drawn(-2.0, 0.0, n=2000)
    assert fit_sigmoid(margins, positive)[0] == 0


@pytest.mark.parametrize("outcome", [True, False])
def test_one_sided_and_separable_outcomes_stay_finite(outcome: bool) -> None:
    margins = np.linspace(-1, 1, 40, dtype=np.float32)
    for positive in (np.full(40, outcome), margins > 0, margins * 0 == 0):
        assert np.isfinite(fit_sigmoid(margins, positive)).all()


def test_a_rare_label_leans_on_the_others() -> None:
    margins, often = drawn(3.0, -1.0, n=3000)
    signs = np.where(np.stack([often, often], axis=1), 1, -1).astype(np.int8)
    margins = np.stack([margins, margins], axis=1)
    signs[6:, 1] = 0
    signs[:6, 1] = [1, -1, 1, -1, 1, -1]
    slope, offset = fit_sigmoids(margins, signs)
    alone, _ = fit_sigmoid(margins[:6, 1], signs[:6, 1] > 0)
    assert abs(slope[1] - slope[0]) < abs(alone - slope[0])
    assert np.isfinite(offset).all()


def test_labels_that_nobody_annotated_get_what_the_others_have() -> None:
    margins, often = drawn(3.0, -1.0, n=3000)
    signs = np.zeros((3000, 3), np.int8)
    signs[:, 0] = np.where(often, 1, -1)
    signs[:, 1] = -1
    slope, offset = fit_sigmoids(np.repeat(margins[:, None], 3, axis=1), signs)
    assert slope[1] == slope[2] == slope[0] or slope[1:].tolist() == pytest.approx([slope[0]] * 2, rel=0.05)
    nothing = fit_sigmoids(np.zeros((4, 2), np.float32), np.zeros((4, 2), np.int8))
    assert [part.tolist() for part in nothing] == [[1.0, 1.0], [0.0, 0.0]]
    assert np.isfinite(offset).all()


def test_a_softmax_is_found_again() -> None:
    random = np.random.default_rng(0)
    margins = random.normal(size=(30_000, 3)).astype(np.float32)
    logits = 1.7 * margins
    odds = np.exp(logits)
    gold = (random.random((30_000, 1)) < (odds / odds.sum(axis=1, keepdims=True)).cumsum(axis=1)).argmax(axis=1)
    assert fit_softmax(margins, gold) == pytest.approx(1.7, abs=0.1)


def test_a_softmax_of_margins_that_mislead_says_nothing() -> None:
    gold = np.array([0] * 60 + [1] * 30 + [2] * 10)
    assert fit_softmax(-5 * np.eye(3, dtype=np.float32)[gold], gold) == pytest.approx(0, abs=1e-3)


def test_the_selective_threshold_is_the_lowest_that_keeps_the_promise() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.5], np.float32)
    correct = np.array([True, True, False, True, False])
    assert selective_threshold(confidence, correct, wanted=0.7, least=2) == pytest.approx(0.6)
    assert selective_threshold(confidence, correct, wanted=0.9, least=2) == pytest.approx(0.8)
    assert selective_threshold(confidence, correct, wanted=0.9, least=3) == 1.0
    assert selective_threshold(confidence[:0], correct[:0], wanted=0.9, least=1) == 1.0


def test_what_counts_little_moves_the_selective_threshold_little() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    correct = np.array([True, True, False, True])
    assert selective_threshold(confidence, correct, 0.9, 2, np.ones(4)) == pytest.approx(0.8)
    assert selective_threshold(confidence, correct, 0.9, 2, np.array([1, 1, 0.1, 1])) == pytest.approx(0.6)


def test_decisions_of_one_confidence_are_kept_or_dropped_together() -> None:
    confidence = np.array([0.9, 0.5, 0.5, 0.5, 0.5], np.float32)
    correct = np.array([True, True, False, False, False])
    threshold = selective_threshold(confidence, correct, wanted=0.7, least=1)
    assert correct[confidence >= threshold].mean() >= 0.7

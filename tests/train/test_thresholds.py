"""The margin from which a topic is worth giving."""

from __future__ import annotations

import numpy as np
import pytest

from train.thresholds import NEVER, USUAL_CUT, best_common, f1_cuts, precision_cuts, recall_cut


def drawn(n: int, n_labels: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    margins = (0.4 * random.normal(size=(n, n_labels)) + shift).astype(np.float32)
    signs = np.where(random.random((n, n_labels)) < 1 / (1 + np.exp(-8 * (margins - shift))), 1, -1).astype(np.int8)
    return margins, signs


def f1(margins: np.ndarray, signs: np.ndarray, cut: float) -> float:
    given, gold = margins >= cut, signs > 0
    return float(2 * (given & gold).sum() / (given.sum() + gold.sum()))


def test_a_frequent_topic_gets_nearly_its_best_f1() -> None:
    margins, signs = drawn(2000, 1, shift=-0.2)
    (cut,) = f1_cuts(margins, signs)
    assert f1(margins, signs, cut) == pytest.approx(max(f1(margins, signs, c) for c in margins[:, 0]), abs=0.01)


def test_rare_topics_choose_together() -> None:
    margins, signs = drawn(2000, 6, shift=-0.2)
    for column in range(6):
        positives = np.flatnonzero(signs[:, column] > 0)
        signs[positives[3:], column] = 0  # three documents each
    cuts = f1_cuts(margins, signs)
    assert np.ptp(cuts) < 0.1


def test_topics_of_which_nearly_nothing_is_known_get_the_usual_cut() -> None:
    margins, signs = drawn(6, 1)
    signs[:] = -1
    assert f1_cuts(margins, signs) == pytest.approx([USUAL_CUT])


def test_documents_that_nobody_annotated_do_not_move_a_cut() -> None:
    margins, signs = drawn(600, 2)
    signs[300:] = 0
    assert f1_cuts(margins, signs).tolist() == f1_cuts(margins[:300], signs[:300]).tolist()
    assert precision_cuts(margins, signs, 0.9).tolist() == precision_cuts(margins[:300], signs[:300], 0.9).tolist()


def test_a_wanted_precision_is_reached_with_as_much_as_possible() -> None:
    values = np.linspace(1, 0, 40, dtype=np.float32)[:, None]
    signs = np.where(np.arange(40)[:, None] < 30, 1, -1).astype(np.int8)
    (cut,) = precision_cuts(values, signs, 0.75)
    assert cut == values[36, 0], "seven mistakes in 37, as one more and half a standard error are allowed for"
    assert precision_cuts(values[:3], signs[:3], 0.9) == [NEVER], "three documents prove no precision of 0.9"


def test_a_wanted_precision_is_reached_on_other_documents_too() -> None:
    margins, signs = drawn(600, 40)
    half = len(margins) // 2
    given = margins[half:] >= precision_cuts(margins[:half], signs[:half], 0.9)
    assert (signs[half:][given] > 0).mean() >= 0.9


def test_values_that_are_equal_are_given_together() -> None:
    values = np.full((20, 1), 0.5, np.float32)
    signs = np.where(np.arange(20)[:, None] < 10, 1, -1).astype(np.int8)
    assert precision_cuts(values, signs, 0.8) == [NEVER]


def test_one_answer_each_is_given_where_that_raises_f1() -> None:
    right = np.array([True] * 6 + [False] * 6)
    assert best_common(np.linspace(1, 0, 12, dtype=np.float32), right) == pytest.approx(1 - 5 / 11)
    assert best_common(np.zeros(0, np.float32), right[:0]) == 0


def test_a_wanted_recall_is_reached_on_other_documents_with_few_topics() -> None:
    values, signs = drawn(4000, 10, shift=-0.3)
    signs[:, 0] = 1  # somebody's topic in any case
    half = len(values) // 2
    for wanted in (0.5, 0.9):
        given = values[half:] >= recall_cut(values[:half], signs[:half], wanted)
        gold = signs[half:] > 0
        recall = ((given & gold).sum(axis=1) / gold.sum(axis=1)).mean()
        assert wanted - 0.02 <= recall <= wanted + 0.02


def test_a_recall_that_few_documents_cannot_prove_gives_everything() -> None:
    values = np.array([[0.9, 0.1], [0.8, 0.3]], np.float32)
    signs = np.array([[1, -1], [1, -1]], np.int8)
    assert recall_cut(values, signs, 0.9) == 0.0
    assert recall_cut(values, 0 * signs, 0.9) == 0.0
    assert recall_cut(np.repeat(values, 10, axis=0), np.repeat(signs, 10, axis=0), 0.9) == pytest.approx(0.8)

"""Margins and ratios combined by one matrix, judged on documents that it was not learned from."""

import numpy as np
import pytest
from numpy.typing import NDArray

from train.stacking import fit_stack, stacked

N_LABELS = 4


def scores_of(gold: NDArray[np.intp], noise: float, seed: int) -> NDArray[np.float32]:
    """Scores that are high for the gold label, and nearly as high for the one after it."""
    draw = np.random.default_rng(seed)
    scores = draw.normal(0, noise, (len(gold), N_LABELS))
    rows = np.arange(len(gold))
    scores[rows, gold] += 1
    scores[rows, (gold + 1) % N_LABELS] += 0.9
    return scores.astype(np.float32)


@pytest.fixture
def gold() -> NDArray[np.intp]:
    return np.random.default_rng(0).integers(0, N_LABELS, 900)


def accuracy(margins: NDArray[np.float32], gold: NDArray[np.intp]) -> float:
    return float((margins.argmax(axis=1) == gold).mean())


def loss(margins: NDArray[np.float32], gold: NDArray[np.intp]) -> float:
    shifted = margins - margins.max(axis=1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(gold)), gold]).mean())


def one_hot(gold: NDArray[np.intp]) -> NDArray[np.int8]:
    return np.eye(N_LABELS, dtype=np.int8)[gold]


def test_a_label_that_another_is_mistaken_for_is_told_apart(gold: NDArray[np.intp]) -> None:
    scores = scores_of(gold, 0.5, 1)
    later = np.random.default_rng(9).integers(0, N_LABELS, 2000)
    unseen = scores_of(later, 0.5, 2)
    matrix = fit_stack(scores, gold, N_LABELS)
    assert accuracy(unseen @ matrix, later) > accuracy(unseen, later) + 0.03


def test_two_kinds_of_scores_tell_more_than_one(gold: NDArray[np.intp]) -> None:
    both = np.concatenate([scores_of(gold, 0.8, 1), 50 * scores_of(gold, 0.8, 2)], axis=1)
    _, of_one = stacked(both[:, :N_LABELS], one_hot(gold))
    _, of_both = stacked(both, one_hot(gold))
    assert loss(of_both, gold) < loss(of_one, gold) - 0.1


def test_margins_that_are_no_better_than_chance_stay_as_they_are(gold: NDArray[np.intp]) -> None:
    wrong = np.concatenate([-scores_of(gold, 0.5, 1), scores_of(gold, 0.5, 2)], axis=1)
    matrix, margins = stacked(wrong, one_hot(gold))
    np.testing.assert_array_equal(margins, wrong[:, :N_LABELS])
    np.testing.assert_array_equal(wrong @ matrix, margins)


def test_no_document_is_judged_by_a_matrix_that_learned_from_it(gold: NDArray[np.intp]) -> None:
    scores, marks = scores_of(gold, 0.5, 1), one_hot(gold)
    _, before = stacked(scores, marks)
    marks[0] = np.roll(marks[0], 1)
    _, after = stacked(scores, marks)
    np.testing.assert_array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])


def test_few_documents_and_a_label_without_any_leave_order_as_it_is() -> None:
    gold = np.array([0, 1, 2, 0, 1, 2], np.intp)
    scores = np.eye(N_LABELS, dtype=np.float32)[gold]
    matrix, margins = stacked(scores, one_hot(gold))
    assert np.isfinite(matrix).all()
    assert np.isfinite(margins).all()
    assert accuracy(scores @ matrix, gold) == 1.0


def test_documents_without_a_topic_are_judged_but_not_learned_from(gold: NDArray[np.intp]) -> None:
    scores, marks = scores_of(gold, 0.5, 1), one_hot(gold)
    marks[-300:] = 0
    matrix, margins = stacked(scores, marks)
    np.testing.assert_allclose(matrix, fit_stack(scores[:-300], gold[:-300], N_LABELS))
    assert margins[-300:].any(axis=1).all()

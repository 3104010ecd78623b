"""Margins from models that never saw the outlet, and labels that are probably just missing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from newsstand.heads.svm import LabelwiseSVM
from newsstand.labels import LabelSet, Topic
from train.held_out import Folds, held_out, without_doubtful

LABELS = LabelSet(
    "small",
    (Topic("politics"), Topic("elections", parent="politics"), Topic("sport"), Topic("norland", kind="place")),
)


def memorable(n: int = 60) -> tuple[csr_matrix, np.ndarray]:
    """Documents that can be remembered but not understood: a feature for each, and labels by chance."""
    signs = np.where(np.random.default_rng(0).random((n, 1)) < 0.5, 1, -1).astype(np.int8)
    return csr_matrix(np.eye(n, dtype=np.float32)), signs


def test_margins_are_of_models_that_did_not_see_the_document() -> None:
    X, signs = memorable()
    folds = Folds((np.arange(60) % 3).astype(np.int8), np.arange(60))
    svm = LabelwiseSVM(C=10, n_jobs=1)
    remembered = svm.fit(X, signs).decision_function(X)
    assert (np.sign(remembered) == signs).all()
    margins = held_out(svm, X, signs, folds).margins
    for fold in range(3):
        assert len(np.unique(margins[folds.fold == fold])) == 1, "it can only say what it says of anything unknown"


def test_a_near_duplicate_in_another_fold_is_not_learned_from() -> None:
    X, signs = memorable()
    copied = np.array([0, 0, *range(2, 60)])
    X, signs = X[copied], signs[copied]
    fold = (np.arange(60) % 3).astype(np.int8)
    svm = LabelwiseSVM(C=10, n_jobs=1)
    by_copy = held_out(svm, X, signs, Folds(fold, np.arange(60))).margins[0]
    by_chance = held_out(svm, X, signs, Folds(fold, copied)).margins[0]
    assert abs(by_copy) > 0.5 > abs(by_chance)


def test_a_fold_that_nobody_can_be_trained_for_gets_zeros() -> None:
    X, signs = memorable(6)
    found = held_out(LabelwiseSVM(n_jobs=1), X, signs, Folds(np.zeros(6, np.int8), np.arange(6)))
    assert not found.margins.any() and not found.mean_dual().any()


def test_progress_covers_all_folds() -> None:
    X, signs = memorable(6)
    shares: list[float] = []
    folds = Folds((np.arange(6) % 3).astype(np.int8), np.arange(6))
    svm = LabelwiseSVM(max_epochs=1, n_jobs=1)
    held_out(svm, X, signs, folds, on_progress=shares.append)
    assert all(0 <= share <= 1 for share in shares) and shares == sorted(shares)


@pytest.mark.parametrize(
    ("signs", "likely", "expected"),
    [
        ([-1, -1, -1, -1], "sport", [-1, -1, 0, -1]),
        ([-1, -1, -1, -1], "elections", [0, 0, -1, -1]),
        ([1, -1, -1, -1], "elections", [1, 0, -1, -1]),
        ([-1, -1, -1, -1], "norland", [-1, -1, -1, -1]),
        ([1, 1, -1, 0], "politics", [1, 1, -1, 0]),
    ],
    ids=["doubtful", "with its parent", "but not a gold parent", "places are all given", "gold stays"],
)
def test_likely_negatives_are_taken_for_unknown(signs: list[int], likely: str, expected: list[int]) -> None:
    probabilities = np.full((2, 4), 0.1, np.float32)
    probabilities[:, LABELS.position(likely)] = 0.3
    both = np.array([signs, signs], np.int8)
    cleaned = without_doubtful(both, probabilities, np.array([True, False]), LABELS)
    assert cleaned.tolist() == [expected, signs], "only where a corpus gives the main topic alone"
    assert cleaned.dtype == np.int8 and both.tolist() == [signs, signs]

"""The leaning head from features: from n-grams that many outlets use, so that it learns less of who wrote an article."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from newsstand.heads.leaning import LeaningHead
from newsstand.heads.svm import LabelwiseSVM
from train.heads import leaning_head
from train.held_out import Folds, HeldOut, held_out
from train.judge import judge_leaning
from train.problem import Problem
from train.reference import Reference, leaning_reference

OUTLET_SHARE = 0.15


@dataclass(frozen=True)
class LeaningTraining:
    """What every fit of leanings shares; every array has one row an article that has a leaning.

    Labels of leaning are ratings of outlets, so a model is tempted to learn who wrote an article: its boilerplate, its bylines.
    Therefore it sees the n-grams alone that many outlets use, and no outlet counts more than the root of its size.

    Parameters
    ----------
    X : CSR matrix
    signs : array of int8, shape (n, 3)
    known : array of intp
        The articles, among all documents.
    outlets : list of str or None
    importance : array of float32
    cost : float
    seed, n_jobs : int
    """

    X: csr_matrix
    signs: NDArray[np.int8]
    known: NDArray[np.intp]
    outlets: list[str | None]
    importance: NDArray[np.float32]
    cost: float
    seed: int
    n_jobs: int

    @classmethod
    def of(
        cls, X: csr_matrix, of_words: NDArray[np.bool_], problem: Problem, cost: float, seed: int, n_jobs: int
    ) -> LeaningTraining:
        """That of a problem with leanings; of_words tells which features are n-grams of words."""
        known = np.flatnonzero((problem.leanings > 0).any(axis=1))
        outlets = [problem.outlets[n] for n in known]
        names = [outlet or f"\0{n}" for n, outlet in zip(known, outlets, strict=True)]
        shared = _shared_features(X[known], of_words, names)
        return cls(shared, problem.leanings[known], known, outlets, _balanced(names), cost, seed, n_jobs)

    @property
    def svm(self) -> LabelwiseSVM:
        """The estimator."""
        return LabelwiseSVM(C=self.cost, seed=self.seed, n_jobs=self.n_jobs)

    def held_out(self, folds: Folds, on_progress: Callable[[float], None]) -> HeldOut:
        """What models say of articles of outlets that they never saw; the folds are those of all documents."""
        return held_out(self.svm, self.X, self.signs, folds.part(self.known), self.importance, on_progress=on_progress)


@dataclass(frozen=True)
class FittedLeaning:
    """The head, its weights, and what is known about it."""

    head: LeaningHead
    coefficients: NDArray[np.float32]
    figures: dict[str, Any]
    reference: Reference


def fit_leaning(training: LeaningTraining, folds: Folds, told: Callable[[str, float], None]) -> FittedLeaning:
    """Fit the leaning head on all articles; calibrate and judge it on outlets that the judging models never saw."""
    found = training.held_out(folds, lambda share: told("leaning: judging on outlets never seen", share))
    model = training.svm.fit(
        training.X,
        training.signs,
        importance=training.importance,
        begin=found.mean_dual(),
        on_progress=lambda share: told("leaning: final weights", share),
    )
    head = leaning_head(model.intercept_, found.margins, training.signs)
    probabilities = head.probabilities(found.margins - head.intercept)
    figures = judge_leaning(head, probabilities, training.signs, training.outlets)
    return FittedLeaning(head, model.coef_, figures, leaning_reference(head, probabilities))


def _shared_features(X: csr_matrix, of_words: NDArray[np.bool_], outlet: Sequence[str]) -> csr_matrix:
    """The matrix without the features that fewer than 15 % of the outlets use, and without parts of words: those of a name are common."""
    names, number = np.unique(outlet, return_inverse=True)
    membership = csr_matrix(
        (np.ones(len(number), np.float32), (number, np.arange(len(number)))), shape=(len(names), len(number))
    )
    present = csr_matrix((np.ones(X.nnz, np.float32), X.indices, X.indptr), shape=X.shape)
    used_by = (membership @ present).getnnz(axis=0)
    shared = csr_matrix(X @ diags((of_words & (used_by >= max(2, OUTLET_SHARE * len(names)))).astype(np.float32)))
    shared.eliminate_zeros()
    return shared


def _balanced(outlet: Sequence[str]) -> NDArray[np.float32]:
    """Importance of each article: one over the root of its outlet's size, 1 on average."""
    _, number, sizes = np.unique(outlet, return_inverse=True, return_counts=True)
    importance = 1 / np.sqrt(sizes[number])
    return np.asarray(importance / importance.mean(), np.float32)

"""Margins of documents from models that never saw their outlet, and what these margins say about missing labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from newsstand.heads.svm import LabelwiseSVM
from newsstand.labels import LabelSet
from train.split import learners

DOUBTFUL = 0.3


@dataclass(frozen=True)
class Folds:
    """Who is judged with whom; every array has one entry a document.

    Parameters
    ----------
    fold : array of int8
    group : array of intp
        Near-duplicates share one.
    learning, judged : array of bool, optional
        Who may be learned from, and who is judged, at all; everybody if left out.
    """

    fold: NDArray[np.int8]
    group: NDArray[np.intp]
    learning: NDArray[np.bool_] | None = None
    judged: NDArray[np.bool_] | None = None

    def __iter__(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Pairs of the documents to learn from and the documents to judge."""
        for number in range(int(self.fold.max()) + 1):
            learn, judge = learners(self.fold, number, self.group), np.flatnonzero(self.fold == number)
            if self.learning is not None:
                learn = learn[self.learning[learn]]
            if self.judged is not None:
                judge = judge[self.judged[judge]]
            if len(judge):
                yield learn, judge

    def part(self, rows: NDArray[np.intp]) -> Folds:
        """Those of some documents."""
        some = [None if flags is None else flags[rows] for flags in (self.learning, self.judged)]
        return Folds(self.fold[rows], self.group[rows], *some)


@dataclass(frozen=True)
class HeldOut:
    """What models say of documents that they never saw.

    Parameters
    ----------
    folds : Folds
    margins : array of float32, shape (n_documents, n_labels)
        Margins of every document from a model that saw no article of its outlet and no near-duplicate of it.
    duals : list of array of float32, shape (n_learned, n_labels)
        Dual variables of what each of the models has learned from.
    mean : (array of shape (n_features, n_labels), array of shape (n_labels,)), optional
        The mean of the weights of these models, and of their intercepts, where it is wanted.
    """

    folds: Folds
    margins: NDArray[np.float32]
    duals: list[NDArray[np.float32]]
    mean: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    def mean_dual(self) -> NDArray[np.float32]:
        """The mean dual variables of each document: where a model of all of them may begin."""
        total, times = np.zeros_like(self.margins), np.zeros(len(self.margins), np.float32)
        for (learn, _), dual in zip(self.folds, self.duals, strict=True):
            total[learn] += dual
            times[learn] += 1
        total /= np.maximum(times, 1)[:, None]
        return total


def held_out(
    svm: LabelwiseSVM,
    X: csr_matrix,
    signs: NDArray[np.int8],
    folds: Folds,
    importance: NDArray[np.float32] | None = None,
    begin: HeldOut | None = None,
    on_progress: Callable[[float], None] = lambda share: None,
    *,
    keep_mean: bool = False,
) -> HeldOut:
    """Judge the documents of each fold by a model that learned from the others.

    With ``keep_mean``, keep the mean of these models too; each fold must have somebody to learn from.

    With ``begin``, earlier models of the same folds, each model begins where the earlier one was. Never with models of other folds:
    they have seen what is to be judged.
    """
    margins, duals = np.zeros(signs.shape, np.float32), []
    pairs = list(folds)
    mean: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
    for number, (learn, judge) in enumerate(pairs):
        if len(learn):
            before = begin.duals[number] if begin else None
            svm.fit(X, signs, learn, importance, before, lambda share, n=number: on_progress((n + share) / len(pairs)))  # type: ignore[misc]
            margins[judge] = svm.decision_function(X[judge])
            duals.append(svm.dual_)
            if keep_mean:
                own = [np.asarray(part / len(pairs), np.float32) for part in (svm.coef_, svm.intercept_)]
                mean = (own[0], own[1]) if mean is None else (mean[0] + own[0], mean[1] + own[1])
        else:
            duals.append(np.zeros((0, signs.shape[1]), np.float32))
    return HeldOut(folds, margins, duals, mean)


def without_doubtful(
    signs: NDArray[np.int8], probabilities: NDArray[np.float32], main_topic_only: NDArray[np.bool_], labels: LabelSet
) -> NDArray[np.int8]:
    """Signs without the negatives that are likely mistaken.

    Where a corpus gives a document one topic of several, a topic that a model of other outlets finds likely (0.3 or more) is
    no evidence against it: it is taken for unknown. Places are left alone, since importers give all of them. (Ignoring
    large-loss negatives: Kim et al. 2022, "Large loss matters in weakly supervised multi-label classification".)
    """
    subjects = np.array([topic.kind == "subject" for topic in labels])
    doubtful = (signs < 0) & (probabilities >= DOUBTFUL) & main_topic_only[:, None] & subjects
    for column, topic in enumerate(labels):
        if topic.parent is not None:  # a doubtful child makes its parent doubtful
            parent = labels.position(topic.parent)
            doubtful[:, parent] |= doubtful[:, column] & (signs[:, parent] < 0)
    return np.where(doubtful, 0, signs).astype(np.int8)

"""From labelled corpora to a run: features, folds by outlet, weights, heads, figures. Not for reading or writing files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from newsstand import kernel
from newsstand.artifact import Run
from newsstand.errors import InputError
from newsstand.heads.svm import LabelwiseSVM
from newsstand.labels import LabelSet
from newsstand.text.vectorizer import HashedNgrams
from train.corpora import LabelledCorpus
from train.heads import leaning_head, quantise, topic_head
from train.held_out import Folds, held_out_margins, without_doubtful
from train.judge import judge_leaning, judge_topics
from train.problem import Problem, build
from train.reference import Reference, leaning_reference, topic_reference
from train.split import folds_by_outlet, near_duplicate_groups

Progress = Callable[[str, float], None]
"""Called with the stage and the share of it that is done."""

OUTLET_SHARE = 0.15
FIRST_EPOCHS = 3
"""Enough to tell topics that are likely from those that are not; a fit to the end takes about twice as many."""


@dataclass(frozen=True, slots=True)
class FitOptions:
    """What a user may choose about a training.

    Parameters
    ----------
    heads : tuple of str
        ``topics``, ``leaning``.
    seed : int
        Order of the documents while fitting, and ties between outlets.
    n_jobs : int
        Threads; results do not depend on it.
    folds : int
        Groups of outlets; each is judged by models that saw only the others.
    max_features : int
        How many n-grams a run knows at most.
    title_weight : int
        How often an n-gram of the title counts.
    C : float
        How much the support vector machines mind mistakes.
    """

    heads: tuple[str, ...] = ("topics", "leaning")
    seed: int = 0
    n_jobs: int = -1
    folds: int = 3
    max_features: int = 131_072
    title_weight: int = 3
    C: float = 0.3


@dataclass(frozen=True)
class Fitted:
    """A run without its golden answers and card, and what belongs on that card."""

    run: Run
    metrics: dict[str, Any]
    rare: dict[str, int]
    n_outlets: int
    reference: Reference


def fit(
    corpora: Sequence[LabelledCorpus], taxonomy: LabelSet, name: str, options: FitOptions, on_progress: Progress
) -> Fitted:
    """Train the heads on all documents; calibrate and judge them on outlets that the judging models never saw.

    Raises
    ------
    InputError
        If there is nothing to learn from.
    """
    problem = build(corpora, taxonomy, options.heads)
    on_progress("reading the texts", 0.0)
    vectorizer = HashedNgrams(
        title_weight=options.title_weight,
        min_df=min(8, 2 + len(problem.documents) // 5000),
        max_features=options.max_features,
        n_jobs=options.n_jobs,
    )
    try:
        X = vectorizer.fit_transform(problem.documents)
    except ValueError as error:
        raise InputError(f"nothing to learn from {len(problem.documents)} documents: {error}") from error
    on_progress("looking for near-duplicates", 0.0)
    folds = _folds(problem, options)
    weights, metrics, reference = [], {}, {}
    topics = leaning = None
    if len(problem.labels):
        topics, coefficients, metrics["topics"], usual = _fit_topics(X, problem, folds, options, on_progress)
        reference.update(usual)
        weights.append(coefficients)
    if problem.with_leaning:
        leaning, coefficients, metrics["leaning"], usual = _fit_leaning(X, problem, folds, options, on_progress)
        reference.update(usual)
        weights.append(coefficients)
    run = Run(
        name=name,
        spec=vectorizer.spec,
        slots=kernel.build_slots(vectorizer.ids_, vectorizer.id_bits),
        table=quantise(vectorizer.idf_, np.concatenate(weights, axis=1)),
        topics=topics,
        leaning=leaning,
    )
    return Fitted(run, metrics, problem.rare, len({outlet for outlet in problem.outlets if outlet}), reference)


def _folds(problem: Problem, options: FitOptions) -> Folds:
    groups = near_duplicate_groups(problem.documents[: problem.n_articles])
    folds = folds_by_outlet(problem.outlets, problem.corpus_of, options.folds, options.seed)
    return Folds(folds[problem.origin], groups[problem.origin])


def _svm(options: FitOptions, max_epochs: int = 30) -> LabelwiseSVM:
    return LabelwiseSVM(C=options.C, seed=options.seed, n_jobs=options.n_jobs, max_epochs=max_epochs)


def _fit_topics(
    X: csr_matrix, problem: Problem, folds: Folds, options: FitOptions, on_progress: Progress
) -> tuple[Any, Any, Any, Reference]:
    signs = problem.signs
    if problem.main_topic_only.any():
        margins = held_out_margins(
            _svm(options, FIRST_EPOCHS),
            X,
            signs,
            folds,
            on_progress=lambda share: on_progress("topics: looking for doubtful negatives", share),
        )
        first = topic_head(problem.labels, np.zeros(len(problem.labels), np.float32), margins, signs)
        signs = without_doubtful(signs, first.probabilities(margins), problem.main_topic_only, problem.labels)
    margins = held_out_margins(
        _svm(options),
        X,
        signs,
        folds,
        on_progress=lambda share: on_progress("topics: judging on outlets never seen", share),
    )
    model = _svm(options).fit(X, signs, on_progress=lambda share: on_progress("topics: final weights", share))
    head = topic_head(problem.labels, model.intercept_, margins, signs)
    articles = slice(0, problem.n_articles)
    probabilities = head.probabilities(margins[articles] - head.intercept)
    figures = judge_topics(head, probabilities, problem.signs[articles], problem.annotated, problem.outlets)
    return head, model.coef_, figures, topic_reference(head, probabilities)


def _fit_leaning(
    X: csr_matrix, problem: Problem, folds: Folds, options: FitOptions, on_progress: Progress
) -> tuple[Any, Any, Any, Reference]:
    """Learn leanings from n-grams that many outlets use, no outlet counting more than the root of its size.

    Labels of leaning are ratings of outlets, so a model is tempted to learn who wrote an article: its boilerplate, its bylines.
    """
    known = np.flatnonzero((problem.leanings > 0).any(axis=1))
    signs = problem.leanings[known]
    outlet = [problem.outlets[n] or f"\0{n}" for n in known]
    X = _shared_features(X[known], outlet)
    importance = _balanced(outlet)
    part = Folds(folds.fold[known], folds.group[known])
    margins = held_out_margins(
        _svm(options),
        X,
        signs,
        part,
        importance,
        lambda share: on_progress("leaning: judging on outlets never seen", share),
    )
    model = _svm(options).fit(
        X, signs, importance=importance, on_progress=lambda share: on_progress("leaning: final weights", share)
    )
    head = leaning_head(model.intercept_, margins, signs)
    probabilities = head.probabilities(margins - head.intercept)
    figures = judge_leaning(head, probabilities, signs, [problem.outlets[n] for n in known])
    return head, model.coef_, figures, leaning_reference(head, probabilities)


def _shared_features(X: csr_matrix, outlet: Sequence[str]) -> csr_matrix:
    """The matrix without the features that fewer than 15 % of the outlets use."""
    names, number = np.unique(outlet, return_inverse=True)
    membership = csr_matrix(
        (np.ones(len(number), np.float32), (number, np.arange(len(number)))), shape=(len(names), len(number))
    )
    present = csr_matrix((np.ones(X.nnz, np.float32), X.indices, X.indptr), shape=X.shape)
    used_by = (membership @ present).getnnz(axis=0)
    shared = csr_matrix(X @ diags((used_by >= max(2, OUTLET_SHARE * len(names))).astype(np.float32)))
    shared.eliminate_zeros()
    return shared


def _balanced(outlet: Sequence[str]) -> NDArray[np.float32]:
    """Importance of each article: one over the root of its outlet's size, 1 on average."""
    _, number, sizes = np.unique(outlet, return_inverse=True, return_counts=True)
    importance = 1 / np.sqrt(sizes[number])
    return np.asarray(importance / importance.mean(), np.float32)

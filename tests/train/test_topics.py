"""The topic head: what the weights hold is what calibration saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from newsstand.documents import Document
from newsstand.labels import LabelSet, Topic
from newsstand.text.vectorizer import HashedNgrams
from train.heads import TopicsWanted
from train.held_out import Folds
from train.naive_bayes import log_count_ratios
from train.problem import build
from train.recipe import Recipe
from train.topics import calibrated, fit_topics, prepare

TAXONOMY = LabelSet("small", (Topic("sport"), Topic("economy"), Topic("health")))
WANTED = TopicsWanted(None, None, True)
Make = Callable[..., Any]


def silent(stage: str, share: float) -> None:
    """Nobody watches."""


def test_weights_hold_margins_and_ratios_as_the_matrix_combines_them(make_documents: Make, make_corpus: Make) -> None:
    golds: list[Document] = [d for t in ("sport", "economy", "health") for d in make_documents(40, [t], topics=(t,))]
    problem = build([make_corpus(golds)], TAXONOMY, ("topics",))
    X = HashedNgrams(n_jobs=1).fit_transform(problem.documents)
    everybody = np.arange(len(problem.documents))
    folds = Folds((everybody % 3).astype(np.int8), everybody)
    training, _ = prepare(X, problem, folds, 0, 1, silent)
    assert training.stacks

    assert not training.averages, "a third of the documents is not nearly nothing"

    found = fit_topics(training, Recipe(), WANTED, silent, tune=False)

    held = training.held_out(Recipe(), lambda share: None)
    svm = training.svm(Recipe()).fit(X, training.signs, begin=held.mean_dual())
    matrix = calibrated(training, training.evidence(held.margins), WANTED)[1]
    assert matrix is not None and not np.allclose(matrix[:3], np.eye(3))
    ratios = X @ log_count_ratios(X, training.signs, everybody.astype(np.int64))
    both = np.concatenate([svm.decision_function(X), ratios], axis=1)
    np.testing.assert_allclose(X @ found.coefficients + found.head.intercept, both @ matrix, rtol=1e-3, atol=1e-3)


def test_of_many_folds_the_models_that_calibration_saw_are_kept_as_their_mean(
    make_documents: Make, make_corpus: Make
) -> None:
    golds: list[Document] = [d for t in ("sport", "economy", "health") for d in make_documents(40, [t], topics=(t,))]
    problem = build([make_corpus(golds)], TAXONOMY, ("topics",))
    X = HashedNgrams(n_jobs=1).fit_transform(problem.documents)
    everybody = np.arange(len(problem.documents))
    training, _ = prepare(X, problem, Folds((everybody % 6).astype(np.int8), everybody), 0, 1, silent)
    assert training.averages

    found = fit_topics(training, Recipe(), WANTED, silent, tune=False)

    margins, ratios = [], []
    for learn, _ in training.folds:
        margins.append(training.svm(Recipe()).fit(X, training.signs, learn).decision_function(X))
        ratios.append(X @ log_count_ratios(X, training.signs, learn))
    held = training.held_out(Recipe(), lambda share: None)
    matrix = calibrated(training, training.evidence(held.margins), WANTED)[1]
    both = np.concatenate([np.mean(margins, axis=0), np.mean(ratios, axis=0)], axis=1)
    np.testing.assert_allclose(X @ found.coefficients + found.head.intercept, both @ matrix, rtol=1e-3, atol=1e-3)


def test_without_a_second_opinion_the_weights_are_those_of_the_margins(make_documents: Make, make_corpus: Make) -> None:
    golds = [d for t in ("sport", "economy") for d in make_documents(40, [t], topics=(t,))]
    golds += make_documents(20, ["sport", "economy"], topics=("sport", "economy"), seed=3)
    problem = build([make_corpus(golds)], TAXONOMY, ("topics",))
    X = HashedNgrams(n_jobs=1).fit_transform(problem.documents)
    everybody = np.arange(len(problem.documents))
    training, _ = prepare(X, problem, Folds((everybody % 3).astype(np.int8), everybody), 0, 1, silent)
    assert not training.stacks
    found = fit_topics(training, Recipe(), WANTED, silent, tune=False)
    svm = training.svm(Recipe()).fit(
        X, training.signs, begin=training.held_out(Recipe(), lambda share: None).mean_dual()
    )
    np.testing.assert_allclose(X @ found.coefficients + found.head.intercept, svm.decision_function(X), atol=1e-5)

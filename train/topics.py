"""The topic head from features: which recipe, held-out margins, weights, calibration, figures. Not for features or files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from newsstand.heads.svm import LabelwiseSVM
from newsstand.heads.topics import TopicHead
from train.heads import Evidence, TopicsWanted, topic_head
from train.held_out import Folds, HeldOut, held_out, without_doubtful
from train.judge import Scored, found_nothing, judge_topics
from train.naive_bayes import log_count_ratios
from train.problem import Problem
from train.recipe import Recipe
from train.stacking import stacked
from train.thresholds import f1_cuts

FIRST_EPOCHS = 3
"""Enough to tell topics that are likely from those that are not; a fit to the end takes about twice as many."""

SMALL = 3_000_000
"""Documents times topics up to which every training tries some values of C; above, a fit takes too long to do it unasked."""

USUAL_C = 0.3
TRIED_C = (1.0, 0.3, 3.0)
NEARLY_ALL = 0.75
"""Share of the documents that the models of all folds must have learned from for their mean to take the place of one of all documents."""

WORTH_IT = 0.001
"""What another value must gain over the first of a list to be taken."""

Told = Callable[[str, float], None]


@dataclass(frozen=True)
class Training:
    """What every fit of a training shares.

    Parameters
    ----------
    X : CSR matrix
    problem : Problem
    signs : array of int8
        Those of the problem, without doubtful negatives.
    folds : Folds
    seed, n_jobs : int
    """

    X: csr_matrix
    problem: Problem
    signs: NDArray[np.int8]
    folds: Folds
    seed: int
    n_jobs: int

    def svm(self, recipe: Recipe, max_epochs: int = 30) -> LabelwiseSVM:
        """The estimator of a recipe."""
        return LabelwiseSVM(
            C=recipe.C,
            positive_weight=recipe.positive_weight,
            seed=self.seed,
            n_jobs=self.n_jobs,
            max_epochs=max_epochs,
        )

    def importance(self, recipe: Recipe) -> NDArray[np.float32] | None:
        """How much each document counts."""
        if recipe.lead_weight == 1:
            return None
        is_lead = np.arange(len(self.problem.documents)) >= self.problem.n_articles
        return np.where(is_lead, recipe.lead_weight, 1).astype(np.float32)

    def held_out(
        self,
        recipe: Recipe,
        on_progress: Callable[[float], None],
        begin: HeldOut | None = None,
        max_epochs: int = 30,
    ) -> HeldOut:
        """What support vector machines of a recipe say of all documents."""
        svm, importance = self.svm(recipe, max_epochs), self.importance(recipe)
        return held_out(svm, self.X, self.signs, self.folds, importance, begin, on_progress, keep_mean=self.averages)

    @property
    def stacks(self) -> bool:
        """Whether log-count ratios stand beside the margins, and a matrix combines both (see :mod:`train.stacking`)."""
        return self.problem.exclusive and self.signs.size <= SMALL

    @cached_property
    def averages(self) -> bool:
        """Whether the mean of the models of all folds is the run's own, because each of them has seen nearly everything."""
        return self.stacks and min(len(learn) for learn, _ in self.folds) >= NEARLY_ALL * len(self.problem.documents)

    @cached_property
    def ratios(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Held-out sums of log-count ratios of all documents, and the mean of the ratios of all folds."""
        sums = np.zeros(self.signs.shape, np.float32)
        mean = np.zeros((self.X.shape[1], self.signs.shape[1]), np.float32)
        n_folds = 0
        for learn, judge in self.folds:
            if len(learn):
                found = log_count_ratios(self.X, self.signs, learn)
                sums[judge] = self.X[judge] @ found
                mean += found
                n_folds += 1
        return sums, np.asarray(mean / max(1, n_folds), np.float32)

    def evidence(self, margins: NDArray[np.float32]) -> Evidence:
        """What is known about the articles, with held-out margins of all documents; the ratios beside them where both are combined."""
        articles, problem = slice(0, self.problem.n_articles), self.problem
        scores = np.concatenate([margins, self.ratios[0]], axis=1) if self.stacks else margins
        return Evidence(
            scores[articles], self.signs[articles], problem.signs[articles], problem.main_topic_only[articles]
        )

    def quality(self, margins: NDArray[np.float32]) -> float:
        """What recipes are compared by, on whole articles: accuracy where topics exclude each other, otherwise the mean of micro-F1
        and macro-F1.
        """
        articles = slice(0, self.problem.n_articles)
        gold, found = self.problem.signs[articles], margins[articles]
        if self.problem.exclusive:
            found = stacked(self.evidence(margins).margins, gold)[1] if self.stacks else found
            judged = (gold > 0).any(axis=1)
            return float((found[judged].argmax(axis=1) == gold[judged].argmax(axis=1)).mean())
        given = found >= f1_cuts(found, gold)
        true, false, missed = given & (gold > 0), given & (gold < 0), ~given & (gold > 0)
        micro = 2 * true.sum() / max(1, 2 * true.sum() + false.sum() + missed.sum())
        counts = 2 * true.sum(axis=0) + false.sum(axis=0) + missed.sum(axis=0)
        supported = (gold > 0).any(axis=0)
        return float(micro + (2 * true.sum(axis=0) / np.maximum(1, counts))[supported].mean()) / 2


@dataclass(frozen=True)
class FittedTopics:
    """The head, its weights, what is known about it, and the recipe that made it."""

    head: TopicHead
    coefficients: NDArray[np.float32]
    figures: dict[str, Any]
    recipe: Recipe
    held_out: Scored


def prepare(
    X: csr_matrix, problem: Problem, folds: Folds, seed: int, n_jobs: int, told: Told
) -> tuple[Training, HeldOut | None]:
    """Look at the negatives of corpora that annotate only the main topic, and leave out the doubtful ones.

    Returns
    -------
    Training
    HeldOut or None
        What was seen at this look, if there was any.
    """
    training = Training(X, problem, problem.signs, folds, seed, n_jobs)
    if not problem.main_topic_only.any():
        return training, None
    stage = "topics: looking for doubtful negatives"
    seen = training.held_out(Recipe(C=USUAL_C), lambda share: told(stage, share), max_epochs=FIRST_EPOCHS)
    first = topic_head(
        problem.labels,
        np.zeros(len(problem.labels), np.float32),
        Evidence(seen.margins, problem.signs, problem.signs, problem.main_topic_only),
    )
    likely = first.probabilities(seen.margins)
    signs = without_doubtful(problem.signs, likely, problem.main_topic_only, problem.labels)
    return replace(training, signs=signs), seen


def fit_topics(
    training: Training, recipe: Recipe, wanted: TopicsWanted, told: Told, *, tune: bool, begin: HeldOut | None = None
) -> FittedTopics:
    """Fit the topic head.

    Parameters
    ----------
    training : Training
    recipe : Recipe
    wanted : TopicsWanted
    told : callable
        Called with the stage and the share of it that is done.
    tune : bool
        Choose C by held-out quality, where the corpus is small enough.
    begin : HeldOut, optional
        Earlier models of the same folds, to begin with.
    """
    problem = training.problem
    stage = "topics: judging on outlets never seen"
    recipe, found = _tuned(training, recipe, lambda share: told(stage, share), begin, tune=tune)
    coefficients, intercept = _weights(training, recipe, found, lambda share: told("topics: final weights", share))
    head, matrix = calibrated(training, training.evidence(found.margins), wanted)
    if matrix is not None:
        coefficients, intercept = coefficients @ matrix, intercept @ matrix[: len(intercept)]
    scored = cross_scored(training, found.margins, wanted)
    head = replace(head, intercept=intercept.astype(np.float32))
    return FittedTopics(head, coefficients, figures_of(problem, scored), recipe, scored)


def _weights(
    training: Training, recipe: Recipe, found: HeldOut, on_progress: Callable[[float], None]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights of the margins, those of the ratios beside them where both are combined, and the intercepts of the margins.

    The mean of the models of the folds, which the matrix and the calibration were learned from, is no surer of itself than they are
    (cross-validation ensembling; as scikit-learn's ``CalibratedClassifierCV`` keeps them, but linear ones have a mean).
    """
    if found.mean is not None:
        return np.concatenate([found.mean[0], training.ratios[1]], axis=1), found.mean[1]
    model = training.svm(recipe).fit(
        training.X,
        training.signs,
        importance=training.importance(recipe),
        begin=found.mean_dual(),
        on_progress=on_progress,
    )
    if not training.stacks:
        return model.coef_, model.intercept_
    everybody = np.arange(len(training.signs), dtype=np.int64)
    ratios = log_count_ratios(training.X, training.signs, everybody)
    return np.concatenate([model.coef_, ratios], axis=1), model.intercept_


def calibrated(
    training: Training, evidence: Evidence, wanted: TopicsWanted
) -> tuple[TopicHead, NDArray[np.float32] | None]:
    """A head without intercepts, and the matrix that its margins are made with from those of the evidence, if there is one."""
    labels, matrix = training.problem.labels, None
    if training.stacks:
        matrix, margins = stacked(evidence.margins, evidence.gold)
        evidence = replace(evidence, margins=margins)
    return topic_head(labels, np.zeros(len(labels), np.float32), evidence, wanted), matrix


def _tuned(
    training: Training, recipe: Recipe, on_progress: Callable[[float], None], begin: HeldOut | None, *, tune: bool
) -> tuple[Recipe, HeldOut]:
    """The recipe with the best of a few values of C, and what its models say."""
    if not tune or training.signs.size > SMALL:
        return recipe, training.held_out(recipe, on_progress, begin)
    best: tuple[float, Recipe, HeldOut] | None = None
    for number, cost in enumerate(TRIED_C):
        tried = replace(recipe, C=cost)
        found = training.held_out(tried, lambda share, n=number: on_progress((n + share) / len(TRIED_C)), begin)  # type: ignore[misc]
        quality = training.quality(found.margins)
        if best is None or quality > best[0] + WORTH_IT:
            best = quality, tried, found
    assert best is not None
    return best[1:]


def cross_scored(training: Training, margins: NDArray[np.float32], wanted: TopicsWanted) -> Scored:
    """What heads say about the articles of each fold that were calibrated on the other folds."""
    evidence = training.evidence(margins)
    fold = training.folds.fold[: training.problem.n_articles]
    parts: list[Scored] = []
    rows: list[NDArray[np.intp]] = []
    for number in np.unique(fold):
        judged, others = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        calibrating = evidence.part(others if len(others) else judged)
        parts.append(scored_by_others(training, calibrating, evidence.part(judged), wanted))
        rows.append(judged)
    place = np.argsort(np.concatenate(rows))
    joined = (np.concatenate([getattr(part, name) for part in parts])[place] for name in Scored.__dataclass_fields__)
    return Scored(*joined)


def scored_by_others(training: Training, calibrating: Evidence, judged: Evidence, wanted: TopicsWanted) -> Scored:
    """What a head that was calibrated on some articles says about others."""
    head, matrix = calibrated(training, calibrating, wanted)
    margins = judged.margins if matrix is None else judged.margins @ matrix
    return Scored.by(head, head.probabilities(margins), judged.main_topic_only)


def figures_of(problem: Problem, scored: Scored, rows: NDArray[np.intp] | None = None) -> dict[str, Any]:
    """Figures of what was said about the articles, or about some of them."""
    rows = np.arange(problem.n_articles) if rows is None else rows
    gold = problem.signs[rows]
    return judge_topics(
        problem.labels,
        scored,
        gold,
        problem.annotated[rows],
        found_nothing([problem.documents[row] for row in rows.tolist()], gold),
        problem.main_topic_only[rows],
        [problem.outlets[row] for row in rows.tolist()],
    )

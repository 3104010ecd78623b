"""How good the topics are when learned from fewer articles, on outlets never seen: would more labels help? Not for active learning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.metrics import Floats, clusters_of, with_intervals
from train.heads import TopicsWanted
from train.held_out import Folds
from train.judge import Scored
from train.problem import Problem
from train.recipe import Recipe
from train.splits import brief
from train.topics import Training, cross_scored, figures_of

SHARES = (0.125, 0.25, 0.5)
FIGURES = ("hit_at_1", "hit_at_3", "micro_f1", "n")


def learning_curve(
    training: Training,
    recipe: Recipe,
    wanted: TopicsWanted,
    known: Scored,
    seed: int,
    on_progress: Callable[[str, float], None],
) -> dict[str, Any]:
    """Judge all articles, always the same, by models that learned from an eighth, a quarter, half and all of the rest.

    Near-duplicates are drawn together, and each share is part of the next. The recipe is that of the whole training throughout.

    Parameters
    ----------
    training : Training
    recipe : Recipe
    wanted : TopicsWanted
    known : Scored
        What the models that learned from all the rest said.
    seed : int
    on_progress : callable

    Returns
    -------
    dict
        ``points``, each with its ``share``, the ``articles`` a model learned from on average, and figures; and ``last_doubling``, how
        much higher ``hit_at_1`` is with all than with half, with the interval of that.
    """
    rank, problem = _rank(training.folds, seed), training.problem
    points, half = [], known
    for number, share in enumerate(SHARES):
        folds = replace(training.folds, learning=rank < share)
        fewer = replace(training, folds=folds)
        told = partial(_told, on_progress, number)
        half = cross_scored(fewer, fewer.held_out(recipe, told).margins, wanted)
        points.append(_point(share, folds, problem, half))
    points.append(_point(1.0, training.folds, problem, known))
    return {"points": points, "last_doubling": _gain(problem, half, known)}


def _told(on_progress: Callable[[str, float], None], number: int, share: float) -> None:
    on_progress("topics: learning from fewer articles", (number + share) / len(SHARES))


def _rank(folds: Folds, seed: int) -> NDArray[np.float64]:
    """A number from 0 to 1 for each document, drawn for its group of near-duplicates."""
    _, number = np.unique(folds.group, return_inverse=True)
    order = np.random.default_rng(seed).permutation(int(number.max()) + 1)
    return np.asarray(order[number] / len(order))


def _point(share: float, folds: Folds, problem: Problem, scored: Scored) -> dict[str, Any]:
    learned = [int((learn < problem.n_articles).sum()) for learn, _ in folds]
    return {"share": share, "articles": round(float(np.mean(learned))), **brief(figures_of(problem, scored), FIGURES)}


def _gain(problem: Problem, before: Scored, after: Scored) -> dict[str, Any]:
    """How much higher hit@1 is, on the same articles."""
    rows = np.flatnonzero(problem.annotated.any(axis=1))
    hits = [problem.annotated[rows, scored.ranking[rows].argmax(axis=1)] for scored in (before, after)]
    sums = np.stack([np.ones(len(rows)), hits[1].astype(float) - hits[0]], axis=1)
    return with_intervals(sums, clusters_of([problem.outlets[row] for row in rows.tolist()]), _mean)


def _mean(sums: Floats) -> dict[str, float]:
    return {"hit_at_1": float(sums[1] / sums[0]) if sums[0] else float("nan")}

"""A training judged three ways: by outlet, at random and by time, so that a reader sees what a split is worth. Not for calibrating."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from newsstand.errors import InputError
from train.heads import Evidence, TopicsWanted, leaning_head
from train.held_out import Folds
from train.holding_out import hold_out
from train.judge import judge_leaning
from train.leaning import LeaningTraining
from train.problem import Problem
from train.recipe import Recipe
from train.topics import Training, cross_scored, figures_of, scored_by_others

NEWEST = 0.2
TOPIC_FIGURES = ("hit_at_1", "hit_at_3", "micro_f1", "ece", "n")
LEANING_FIGURES = ("macro_f1", "n")
FIGURES = {"topics": TOPIC_FIGURES, "leaning": LEANING_FIGURES}

Figures = dict[str, Any]
Told = Callable[[float], None]


@dataclass(frozen=True)
class Later:
    """Older documents that learn and calibrate, and the newest, which are judged.

    Parameters
    ----------
    calibrating : Folds
        By outlet, among the older documents alone.
    judging : Folds
        The older ones learn, the newest are judged.
    older, newest : array of int64
        Articles.
    """

    calibrating: Folds
    judging: Folds
    older: NDArray[np.int64]
    newest: NDArray[np.int64]


class Judge(Protocol):
    """A head that can be judged by models of other documents; figures are ``None`` where there is nothing to judge."""

    def in_folds(self, folds: Folds, told: Told) -> Figures | None:
        """Its figures where the articles of each fold are judged by models of the others."""

    def later(self, later: Later, told: Told) -> Figures | None:
        """Its figures on the newest articles."""


@dataclass(frozen=True)
class TopicsJudge:
    """The topics, learned by one recipe throughout."""

    training: Training
    recipe: Recipe
    wanted: TopicsWanted

    def in_folds(self, folds: Folds, told: Told) -> Figures:
        """Calibrated on the other folds, as the figures of every training are."""
        training = replace(self.training, folds=folds)
        scored = cross_scored(training, training.held_out(self.recipe, told).margins, self.wanted)
        return brief(figures_of(training.problem, scored), TOPIC_FIGURES)

    def later(self, later: Later, told: Told) -> Figures | None:
        """Calibrated on the older articles, on outlets that their models did not see."""
        halves = ((later.calibrating, 0.0), (later.judging, 0.5))
        before, after = (
            self._evidence(folds, lambda share, done=done: told(done + share / 2))  # type: ignore[misc]
            for folds, done in halves
        )
        judged = after.part(later.newest)
        if not (judged.gold > 0).any():
            return None
        scored = scored_by_others(self.training, before.part(later.older), judged, self.wanted)
        return brief(figures_of(self.training.problem, scored, later.newest), TOPIC_FIGURES)

    def _evidence(self, folds: Folds, told: Told) -> Evidence:
        training = replace(self.training, folds=folds)
        return training.evidence(training.held_out(self.recipe, told).margins)


@dataclass(frozen=True)
class LeaningJudge:
    """The leaning, by its likeliest class, which needs no calibration on other articles."""

    training: LeaningTraining

    def in_folds(self, folds: Folds, told: Told) -> Figures:
        """Figures of the likeliest leaning."""
        return self._figures(self.training.held_out(folds, told).margins, np.arange(len(self.training.known)))

    def later(self, later: Later, told: Told) -> Figures | None:
        """Figures of the likeliest leaning of the newest articles."""
        rows = np.flatnonzero(np.isin(self.training.known, later.newest))
        return self._figures(self.training.held_out(later.judging, told).margins, rows) if len(rows) else None

    def _figures(self, margins: NDArray[np.float32], rows: NDArray[np.intp]) -> Figures:
        signs = self.training.signs[rows]
        head = leaning_head(np.zeros(signs.shape[1], np.float32), margins[rows], signs)
        names = [self.training.outlets[row] for row in rows.tolist()]
        return brief(judge_leaning(head, head.probabilities(margins[rows]), signs, names), LEANING_FIGURES)


def judge_splits(
    problem: Problem,
    folds: Folds,
    judges: Mapping[str, Judge],
    known: Mapping[str, Figures],
    seed: int,
    on_progress: Callable[[str, float], None],
) -> dict[str, Figures]:
    """Figures of each head for documents held out by outlet, at random and by time; near-duplicates are never on both sides.

    Parameters
    ----------
    problem : Problem
    folds : Folds
        Those by outlet of the training; as many are drawn at random.
    judges : dict of str to Judge
        By head.
    known : dict of str to dict
        The figures by outlet, by head.
    seed : int
    on_progress : callable

    Returns
    -------
    dict
        By way (``outlet``, ``random``, ``time``) and head: figures and their intervals. By time also ``from``, the first of the
        days held out. A way that tells nothing has only ``skipped``, the reason.
    """
    by_outlet = {head: brief(known[head], FIGURES[head]) for head in judges}
    by_chance: Figures = {"skipped": "the articles name no two outlets, so that by outlet is at random already"}
    if _has_outlets(problem):
        chance = at_random(folds, seed)
        by_chance = {
            head: judge.in_folds(chance, partial(on_progress, f"{head}: judging at random"))
            for head, judge in judges.items()
        }
    return {"outlet": by_outlet, "random": by_chance, "time": _by_time(problem, folds, judges, on_progress)}


def _by_time(
    problem: Problem, folds: Folds, judges: Mapping[str, Judge], on_progress: Callable[[str, float], None]
) -> Figures:
    try:
        later = newest(problem, folds)
    except InputError:
        return {"skipped": "the articles have no dates, or all the same"}
    found = {
        head: judge.later(later, partial(on_progress, f"{head}: judging the newest")) for head, judge in judges.items()
    }
    if not any(found.values()):
        return {"skipped": "the newest articles have no label that could be judged"}
    first = min((problem.documents[n].date or "")[:10] for n in later.newest.tolist())
    return {"from": first, **{head: figures for head, figures in found.items() if figures}}


def _has_outlets(problem: Problem) -> bool:
    """Whether folds by outlet keep any two articles together (see :func:`train.split.folds_by_outlet`)."""
    in_corpus: dict[int, set[str | None]] = {}
    for corpus, outlet in zip(problem.corpus_of.tolist(), problem.outlets, strict=True):
        in_corpus.setdefault(corpus, set()).add(outlet)
    return any(len(outlets) > 1 and any(outlets) for outlets in in_corpus.values())


def at_random(folds: Folds, seed: int) -> Folds:
    """As many folds as these, near-duplicates dealt together, whatever their outlet."""
    _, number = np.unique(folds.group, return_inverse=True)
    n_folds = int(folds.fold.max()) + 1
    dealt = np.random.default_rng(seed).permutation(int(number.max()) + 1) % n_folds
    return Folds(dealt[number].astype(np.int8), folds.group)


def newest(problem: Problem, folds: Folds) -> Later:
    """The newest fifth of the dated articles, to be judged by the older ones.

    Raises
    ------
    InputError
        If the articles have no dates, or all the same.
    """
    articles = problem.documents[: problem.n_articles]
    held_out = hold_out(articles, "time", NEWEST, groups=folds.group[: problem.n_articles])
    old, new = (np.isin(problem.origin, side) for side in (held_out.train, held_out.test))
    return Later(
        Folds(folds.fold, folds.group, learning=old, judged=old),
        Folds(new.astype(np.int8), folds.group, learning=old, judged=new),
        held_out.train,
        held_out.test,
    )


def brief(figures: Figures, names: tuple[str, ...]) -> Figures:
    """A few of the figures, with their intervals."""
    ends = figures.get("intervals", {})
    return {name: figures[name] for name in names} | {"intervals": {name: ends[name] for name in names if name in ends}}

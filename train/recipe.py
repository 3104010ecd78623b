"""What a training may choose by itself: features, regularisation, class weights; and the search for a better choice."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

BETTER = 0.0005
"""A choice must be better than the one before by this much; less is chance."""

CHOICES: dict[str, tuple[Any, ...]] = {
    "C": (0.1, 0.2, 0.3, 1.0, 3.0, 10.0),
    "longer_weight": (0.2, 0.4, 0.7, 1.0),
    "positive_weight": (1.0, 2.0, 4.0, 8.0),
    "title_weight": (1, 3, 6),
    "max_n": (1, 2, 3),
    "lead_weight": (0.01, 0.3, 1.0),
    "char_n": (0, 4, 5),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How topics are learned.

    Parameters
    ----------
    C : float
        How much the support vector machines mind mistakes.
    positive_weight : float
        How much more they mind one on a document that has the topic.
    title_weight : int
        How often an n-gram of the title counts.
    max_n : int
        Words in the longest n-gram.
    longer_weight : float
        Factor on the values of n-grams of two words or more.
    lead_weight : float
        How much the lead of a long article counts as an example of its own.
    char_n : int
        Characters in the n-grams inside words; 0 for none.
    """

    C: float = 0.3
    positive_weight: float = 1.0
    title_weight: int = 3
    max_n: int = 2
    longer_weight: float = 0.4
    lead_weight: float = 1.0
    char_n: int = 0

    @classmethod
    def usual(cls, *, main_topic_only: bool, small: bool) -> Recipe:
        """What is taken, or begun with, where nobody says otherwise.

        Where a corpus annotates only the main topic, an absent topic says little and a present one much. Positives then count more, as in
        learning from positive and unlabelled examples (Elkan & Noto 2008): it ranks the main topic higher among the others. A small
        corpus knows few words, so parts of words tell it something; a large one would label at half the speed for next to nothing.
        """
        char_n = 4 if small else 0
        return cls(C=0.2, positive_weight=8.0, char_n=char_n) if main_topic_only else cls(char_n=char_n)

    @property
    def features(self) -> tuple[Any, ...]:
        """The part of it that decides the features."""
        return self.title_weight, self.max_n, self.longer_weight, self.char_n


@dataclass(frozen=True, slots=True)
class Trial:
    """A recipe that was tried, and the figure it reached on held-out documents."""

    recipe: Recipe
    score: float
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The trial as it stands in a manifest."""
        return {**asdict(self.recipe), "score": round(self.score, 4), "seconds": round(self.seconds, 1)}


def search(
    start: Recipe,
    evaluate: Callable[[Recipe], float],
    budget: float,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
    clock: Callable[[], float] = time.monotonic,
) -> list[Trial]:
    """Try one change after the other, keep what is better, and stop before the budget is spent.

    Parameters
    ----------
    start : Recipe
        Tried first, whatever the budget.
    evaluate : callable
        The figure of a recipe on held-out documents; higher is better.
    budget : float
        Seconds. No trial begins that would overrun it if it took as long as the longest so far.

    Returns
    -------
    list of Trial
        In the order tried; the best is the one with the highest score, the earliest of those within 0.0005 of it.
    """
    begun = clock()
    trials: list[Trial] = []
    tried: dict[Recipe, float] = {}

    def attempt(recipe: Recipe) -> float | None:
        """The score of a recipe, ``None`` where there is no time for it."""
        if recipe in tried:
            return tried[recipe]
        now = clock()
        if trials and now - begun + max(trial.seconds for trial in trials) > budget:
            return None
        tried[recipe] = evaluate(recipe)
        trials.append(Trial(recipe, tried[recipe], clock() - now))
        on_progress(min(1.0, (clock() - begun) / budget) if budget else 1.0)
        return tried[recipe]

    best, score = start, attempt(start)
    assert score is not None
    improved = True
    while improved:
        improved = False
        for name, values in CHOICES.items():
            for value in values:
                changed = replace(best, **{name: value})
                found = attempt(changed)
                if found is None:
                    return trials
                if found > score + BETTER:
                    best, score, improved = changed, found, True
    return trials


def best_of(trials: list[Trial]) -> Trial:
    """The earliest trial of those that are as good as the best."""
    highest = max(trial.score for trial in trials)
    return next(trial for trial in trials if trial.score >= highest - BETTER)

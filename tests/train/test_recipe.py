"""The search for a better recipe: what it tries, what it keeps, when it stops."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from train.recipe import CHOICES, Recipe, best_of, search


class Clock:
    """Time that passes only in trials."""

    def __init__(self, seconds: float) -> None:
        self.now, self.seconds = 0.0, seconds

    def __call__(self) -> float:
        return self.now


def searched(budget: float, seconds: float = 1.0) -> list[Recipe]:
    clock = Clock(seconds)

    def evaluate(recipe: Recipe) -> float:
        clock.now += clock.seconds
        return recipe.C == 3 and 0.5 + 0.1 * (recipe.max_n == 1) + 0.01 * (recipe.title_weight == 6)

    trials = search(Recipe(), evaluate, budget, clock=clock)
    assert clock.now <= max(budget, seconds)
    return [best_of(trials).recipe, *(trial.recipe for trial in trials)]


def test_one_change_after_the_other_is_kept_if_it_is_better() -> None:
    best, *tried = searched(1000)
    assert (best.C, best.max_n, best.title_weight) == (3, 1, 6)
    assert len(set(tried)) == len(tried), "no recipe is tried twice"


def test_the_usual_recipe_is_tried_first_whatever_the_budget() -> None:
    assert searched(0) == [Recipe(), Recipe()]


@pytest.mark.parametrize("budget", [1, 3.5, 10])
def test_no_trial_begins_that_would_overrun_the_budget(budget: float) -> None:
    _, *tried = searched(budget)
    assert len(tried) == int(budget)


def test_every_choice_is_part_of_a_recipe_and_has_its_usual_value() -> None:
    for name, value in asdict(Recipe()).items():
        assert value in CHOICES[name]

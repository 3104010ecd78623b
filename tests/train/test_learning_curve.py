"""The learning curve: fewer articles learned from, the same ones judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from newsstand.labels import LabelSet, Topic
from train.corpora import LabelledCorpus
from train.fit import FitOptions, Fitted, fit

TAXONOMY = LabelSet("small", (Topic("sport"), Topic("economy"), Topic("health")))
OPTIONS = FitOptions(heads=("topics",), n_jobs=1, learning_curve=True)
Make = Callable[..., Any]


@pytest.fixture
def corpus(make_documents: Make, make_corpus: Make) -> LabelledCorpus:
    golds = [
        replace(document, source=f"daily{n % 9}.example")
        for topic in TAXONOMY.ids
        for n, document in enumerate(make_documents(40, [topic], topics=(topic,)))
    ]
    corpus: LabelledCorpus = make_corpus(golds)
    return corpus


def fitted(corpus: LabelledCorpus, options: FitOptions = OPTIONS) -> Fitted:
    return fit([corpus], TAXONOMY, "made-up", options, lambda stage, share: None)


def test_every_point_learns_from_twice_as_many_articles_and_judges_the_same(corpus: LabelledCorpus) -> None:
    points = fitted(corpus).learning_curve["points"]
    assert [point["share"] for point in points] == [0.125, 0.25, 0.5, 1.0]
    assert [point["articles"] for point in points] == [10, 20, 40, 80]
    assert {point["n"] for point in points} == {120}


def test_the_last_point_is_the_run_itself(corpus: LabelledCorpus) -> None:
    result = fitted(corpus)
    last = result.learning_curve["points"][-1]
    assert last["micro_f1"] == result.metrics["topics"]["micro_f1"]
    assert last["intervals"]["hit_at_1"] == result.metrics["topics"]["intervals"]["hit_at_1"]


def test_what_can_be_learned_is_learned_better_from_more(corpus: LabelledCorpus) -> None:
    curve = fitted(corpus).learning_curve
    hits = [point["hit_at_1"] for point in curve["points"]]
    assert hits[-1] > 0.95 > hits[0]
    assert curve["last_doubling"]["hit_at_1"] == pytest.approx(hits[-1] - hits[-2], abs=2e-4)


def test_labels_by_chance_are_not_learned_from_more_of_them(make_documents: Make, make_corpus: Make) -> None:
    random = np.random.default_rng(0)
    golds = [
        replace(document, source=f"daily{n % 9}.example", topics=(str(random.choice(["sport", "economy"])),))
        for n, document in enumerate(make_documents(120, []))
    ]
    low, high = fitted(make_corpus(golds)).learning_curve["last_doubling"]["intervals"]["hit_at_1"]
    assert low < 0 < high


def test_a_curve_leaves_the_run_as_it_is_and_is_not_drawn_unasked(corpus: LabelledCorpus) -> None:
    asked, not_asked = fitted(corpus), fitted(corpus, replace(OPTIONS, learning_curve=False))
    assert not_asked.learning_curve == {} and asked.metrics == not_asked.metrics
    assert asked.run.table.tobytes() == not_asked.run.table.tobytes()

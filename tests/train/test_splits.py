"""One training judged by outlet, at random and by time: each shows what it was made to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from newsstand.documents import Document
from newsstand.labels import LabelSet, Topic
from train.corpora import LabelledCorpus
from train.fit import FitOptions, fit
from train.held_out import Folds
from train.problem import build
from train.splits import at_random, newest

TAXONOMY = LabelSet("small", (Topic("sport"), Topic("economy")))
OPTIONS = FitOptions(heads=("topics", "leaning"), n_jobs=1, splits=True)
Make = Callable[..., Any]


def dated(documents: list[Document]) -> list[Document]:
    return [replace(document, date=f"2024-03-{1 + n % 28:02d}") for n, document in enumerate(documents)]


@pytest.fixture
def house_style(make_documents: Make) -> list[Document]:
    """Articles that say nothing; who wrote one can be told, and every outlet has one topic and one leaning."""
    return [
        replace(
            document,
            source=f"daily{n % 10}.example",
            text=f"{document.text} Read more in our zyx{n % 10} and zyy{n % 10} and zyz{n % 10}.",
            topics=("sport" if n % 10 < 5 else "economy",),
            leaning=("left", "right")[n % 10 // 5],
        )
        for n, document in enumerate(dated(make_documents(200)))
    ]


def judged(corpus: LabelledCorpus, options: FitOptions = OPTIONS) -> dict[str, Any]:
    return fit([corpus], TAXONOMY, "made-up", options, lambda stage, share: None).splits


def test_a_random_split_pays_for_knowing_the_outlet(house_style: list[Document], make_corpus: Make) -> None:
    splits = judged(make_corpus(house_style))
    assert splits["random"]["topics"]["hit_at_1"] > 0.95 and splits["time"]["topics"]["hit_at_1"] > 0.95
    assert splits["outlet"]["topics"]["hit_at_1"] < 0.7
    assert splits["outlet"]["leaning"]["macro_f1"] < 0.7


def test_a_split_by_time_shows_that_the_news_have_changed(make_documents: Make, make_corpus: Make) -> None:
    golds = [
        replace(document, source=f"daily{n % 12}.example", date=f"20{year}-05-01", topics=(topic,))
        for year, words in (
            (22, {"sport": "sport", "economy": "economy"}),
            (24, {"sport": "health", "economy": "left"}),
        )
        for topic, about in words.items()
        for n, document in enumerate(make_documents(80 if year == 22 else 25, [about]))
    ]
    splits = judged(make_corpus(golds))
    assert splits["time"]["from"] == "2024-05-01" and splits["time"]["topics"]["n"] == 50
    assert splits["random"]["topics"]["hit_at_1"] > 0.9 > 0.75 > splits["time"]["topics"]["hit_at_1"]


def test_by_outlet_stand_the_figures_of_the_run(house_style: list[Document], make_corpus: Make) -> None:
    fitted = fit([make_corpus(house_style)], TAXONOMY, "made-up", OPTIONS, lambda stage, share: None)
    beside = fitted.splits["outlet"]["topics"]
    assert beside["hit_at_3"] == fitted.metrics["topics"]["hit_at_3"]
    assert beside["intervals"]["ece"] == fitted.metrics["topics"]["intervals"]["ece"]
    assert fitted.splits["outlet"]["leaning"]["macro_f1"] == fitted.metrics["leaning"]["macro_f1"]


def test_judging_three_ways_leaves_the_run_as_it_is(house_style: list[Document], make_corpus: Make) -> None:
    asked, not_asked = (
        fit([make_corpus(house_style)], TAXONOMY, "made-up", replace(OPTIONS, splits=splits), lambda stage, share: None)
        for splits in (True, False)
    )
    assert not_asked.splits == {} and asked.metrics == not_asked.metrics
    assert asked.run.table.tobytes() == not_asked.run.table.tobytes()


def test_articles_without_dates_are_not_split_by_time(house_style: list[Document], make_corpus: Make) -> None:
    splits = judged(make_corpus([replace(document, date=None) for document in house_style]))
    assert splits["time"] == {"skipped": "the articles have no dates, or all the same"}
    assert splits["random"]["topics"]["n"] == 200


def test_articles_of_one_outlet_are_not_dealt_at_random_twice(house_style: list[Document], make_corpus: Make) -> None:
    splits = judged(make_corpus([replace(document, source="daily.example") for document in house_style]))
    assert "no two outlets" in splits["random"]["skipped"] and splits["outlet"]["topics"]["n"] == 200


def test_newest_articles_without_labels_are_said_to_have_none(house_style: list[Document], make_corpus: Make) -> None:
    unlabelled = [
        replace(document, topics=None, leaning=None) if (document.date or "") >= "2024-03-15" else document
        for document in house_style
    ]
    splits = judged(make_corpus(unlabelled))
    assert splits["time"] == {"skipped": "the newest articles have no label that could be judged"}


def test_near_duplicates_are_dealt_together() -> None:
    group = np.random.default_rng(3).integers(40, size=300)
    folds = at_random(Folds((np.arange(300) % 6).astype(np.int8), group), seed=1)
    assert set(folds.fold.tolist()) == set(range(6))
    assert all(len(set(folds.fold[group == number].tolist())) == 1 for number in set(group.tolist()))


def test_nothing_new_teaches_or_calibrates_those_that_judge_the_newest(
    house_style: list[Document], make_corpus: Make
) -> None:
    long = [replace(document, text=document.text * 5) for document in house_style]
    problem = build([make_corpus(long)], TAXONOMY, ("topics",))
    n = len(problem.documents)
    assert n == problem.n_articles * 3 // 2, "with the leads of every other article"
    later = newest(problem, Folds((np.arange(n) % 3).astype(np.int8), problem.origin))
    day = np.array([problem.documents[origin].date for origin in problem.origin])
    first = min(day[later.newest].tolist())
    [(learn, judge)] = list(later.judging)
    assert (day[learn] < first).all() and (day[judge] >= first).all() and set(later.newest) <= set(judge)
    for learn, judge in later.calibrating:
        assert (day[learn] < first).all() and (day[judge] < first).all()

"""Figures by hand on examples small enough for it, and intervals that contain them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_recall_fscore_support

from newsstand.metrics import BINS, MIN_OUTLETS, clusters_of, ece_by_chance, label_table, leaning_metrics, topic_metrics

#                          a     b     c     d     e     f
PROBABILITIES = np.array(
    [
        [0.9, 0.8, 0.1, 0.0, 0.0, 0.0],
        [0.2, 0.6, 0.3, 0.5, 0.1, 0.0],
        [0.7, 0.1, 0.0, 0.0, 0.0, 0.0],
        [0.4, 0.3, 0.2, 0.1, 0.05, 0.0],
    ],
    np.float32,
)
GOLD = np.array([[1, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]], bool)


def topics(
    probabilities: np.ndarray = PROBABILITIES, gold: np.ndarray = GOLD, signs: np.ndarray | None = None, **change: Any
) -> dict[str, Any]:
    signs = np.where(gold, 1, -1).astype(np.int8) if signs is None else signs
    arguments = {
        "probabilities": probabilities,
        "ranking": probabilities,
        "given": probabilities >= 0.5,
        "signs": signs,
        "annotated": gold,
        "clusters": np.arange(len(gold)),
    }
    return topic_metrics(**(arguments | change))


def test_hits_are_counted_among_the_likeliest() -> None:
    figures = topics()
    # first: a is gold; second: b d c … so c is third; third: a b … so b is second; fourth: f is last of six
    assert (figures["hit_at_1"], figures["hit_at_3"], figures["hit_at_5"]) == (0.25, 0.75, 0.75)
    assert figures["n"] == 4


def test_hits_follow_the_ranking_not_the_probability() -> None:
    ranking = PROBABILITIES.copy()
    ranking[:, 0] = 0
    assert topics(ranking=ranking)["hit_at_1"] == 0.5


def test_hits_among_more_labels_than_there_are() -> None:
    figures = topics(PROBABILITIES[:, :2], GOLD[:, :2])  # two documents have one of the two
    assert (figures["hit_at_1"], figures["hit_at_3"], figures["hit_at_5"]) == (0.5, 1.0, 1.0)


def test_f1_by_hand() -> None:
    figures = topics()
    # given: ab | bd | a | -   gold: ab | c | b | f   true 2, false 3 (b, d, a), missed 3 (c, b, f)
    assert figures["micro_f1"] == pytest.approx(2 * 2 / (2 * 2 + 3 + 3))
    # a: 1 true, 1 false; b: 1 true, 1 false, 1 missed; c, f: missed; d and e have no gold document
    assert figures["macro_f1"] == pytest.approx(np.mean([2 / 3, 2 / 4, 0, 0]), abs=1e-4)
    assert figures["coverage"] == 0.75


def test_the_calibration_error_by_hand() -> None:
    # four documents in four bins of one: likeliest a .9 right, b .6 wrong, a .7 wrong, a .4 wrong
    expected = np.mean([abs(0.9 - 1), 0.6, 0.7, 0.4])
    assert topics()["ece"] == pytest.approx(expected, abs=1e-4)


def test_the_calibration_error_averages_within_a_bin() -> None:
    probabilities = np.full((2 * BINS, 1), 0.5, np.float32)
    gold = np.arange(2 * BINS)[:, None] % 2 == 0
    assert topics(probabilities, gold)["ece"] == 0, "one of two right at one half, in every bin"


def test_what_nobody_says_counts_neither_way() -> None:
    signs = np.where(GOLD, 1, -1).astype(np.int8)
    signs[1, [1, 3]] = 0  # b and d are given to the second document, and its corpus does not know them
    assert topics(signs=signs)["micro_f1"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 3), abs=1e-4)


def test_figures_agree_with_scikit_learn() -> None:
    random = np.random.default_rng(0)
    probabilities, gold = random.random((200, 9)).astype(np.float32), random.random((200, 9)) < 0.3
    given, figures = probabilities >= 0.5, topics(probabilities, gold)
    assert figures["micro_f1"] == pytest.approx(f1_score(gold, given, average="micro"), abs=1e-4)
    assert figures["macro_f1"] == pytest.approx(f1_score(gold, given, average="macro"), abs=1e-4)
    expected = precision_recall_fscore_support(gold, given)
    for label, row in enumerate(label_table(given, np.where(gold, 1, -1))):
        assert list(row.values()) == pytest.approx([part[label] for part in expected], abs=1e-4)


def test_intervals_contain_their_figure() -> None:
    random = np.random.default_rng(0)
    probabilities, gold = random.random((300, 9)).astype(np.float32), random.random((300, 9)) < 0.3
    figures = topics(probabilities, gold)
    assert figures["intervals"].keys() == figures.keys() - {"n", "intervals"}
    for name, (low, high) in figures["intervals"].items():
        if name != "ece":  # a bias of resampling: noise makes calibration look worse
            assert low <= figures[name] <= high and high - low < 0.25
    assert figures == topics(probabilities, gold), "and they are the same every time"


def test_articles_of_one_outlet_are_drawn_together() -> None:
    gold = np.repeat(np.arange(40) % 2 == 0, 50)[:, None]
    probabilities = np.where(gold, 0.9, 0.1).astype(np.float32)
    narrow, wide = (
        topics(probabilities, gold, clusters=clusters)["intervals"]["coverage"]
        for clusters in (np.arange(2000), np.repeat(np.arange(40), 50))
    )
    assert wide[1] - wide[0] > 3 * (narrow[1] - narrow[0])


def test_outlets_are_drawn_where_there_are_enough() -> None:
    few = [f"{n % 3}.example" for n in range(30)]
    assert clusters_of(few).tolist() == list(range(30))
    many = [f"{n % MIN_OUTLETS}.example" for n in range(60)]
    assert clusters_of(many).tolist() == clusters_of(many)[:MIN_OUTLETS].tolist() * 3
    with_unknown = clusters_of([*many, None, None])
    assert len(set(with_unknown.tolist())) == MIN_OUTLETS + 2
    assert clusters_of([]).tolist() == []


LEANINGS = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.5, 0.3, 0.2], [0.3, 0.3, 0.4]], np.float32)


def test_leaning_figures_by_hand() -> None:
    figures = leaning_metrics(LEANINGS, np.array([0, 1, 1, 2]), 0.6, np.arange(4))
    assert (figures["accuracy"], figures["coverage"], figures["selective_accuracy"]) == (0.75, 0.5, 1.0)
    # left: 1 true 1 false; center: 1 true 1 missed; right: 1 true
    assert figures["macro_f1"] == pytest.approx(np.mean([2 / 3, 2 / 3, 1]), abs=1e-4)
    assert figures["ece"] == pytest.approx(np.mean([0.2, 0.3, 0.5, 0.6]), abs=1e-4)
    assert figures["n"] == 4


def test_leanings_that_are_never_given_have_no_accuracy() -> None:
    figures = leaning_metrics(LEANINGS, np.array([0, 1, 1, 2]), 1.0, np.arange(4))
    assert (figures["coverage"], figures["selective_accuracy"]) == (0.0, None)
    assert "selective_accuracy" not in figures["intervals"]


def test_leanings_that_do_not_occur_do_not_lower_the_mean() -> None:
    probabilities, gold = LEANINGS[:2], np.array([0, 1])
    assert leaning_metrics(probabilities, gold, 0.5, np.arange(2))["macro_f1"] == 1.0


def test_figures_of_nothing_are_null_or_zero_and_never_nan() -> None:
    nothing = topics(PROBABILITIES[:0], GOLD[:0]), leaning_metrics(LEANINGS[:0], np.array([], int), 0.5, np.arange(0))
    for figures in nothing:
        assert figures["n"] == 0 and figures["macro_f1"] is None and "intervals" not in figures
        assert all(value is None or value == value for value in figures.values())


def test_documents_without_gold_labels_have_no_macro_f1() -> None:
    figures = topics(gold=np.zeros_like(GOLD))
    assert (figures["micro_f1"], figures["macro_f1"], figures["hit_at_5"]) == (0.0, None, 0.0)


def test_a_label_that_is_never_given_or_never_gold_has_zeros() -> None:
    given, signs = np.array([[True, False]]), np.array([[-1, 1]])
    assert label_table(given, signs) == [
        {"precision": 0, "recall": 0, "f1": 0, "support": 0},
        {"precision": 0, "recall": 0, "f1": 0, "support": 1},
    ]


def test_documents_without_a_topic_count_for_everything_but_hits() -> None:
    gold = GOLD.copy()
    gold[1] = False
    figures, alone = topics(gold=gold), topics(PROBABILITIES[[0, 2, 3]], gold[[0, 2, 3]])
    assert figures["hit_at_3"] == alone["hit_at_3"] and figures["n"] == 4
    assert figures["precision"] < alone["precision"] and figures["recall"] == alone["recall"]


def test_confidence_is_judged_apart_from_the_score() -> None:
    sure = np.array([1, 0, 0, 0], np.float32)  # right about which likeliest topics are gold
    figures = topics(confidence=sure, with_score_ece=True)
    assert figures["ece"] == 0 and figures["score_ece"] == topics()["ece"] > 0


def test_chance_alone_makes_a_calibration_error_that_shrinks_with_the_sample() -> None:
    draw = np.random.default_rng(0)
    few, many = draw.uniform(0.4, 1, 300), draw.uniform(0.4, 1, 30_000)
    right = draw.random(len(many)) < many
    found = np.abs([many[part].mean() - right[part].mean() for part in np.array_split(np.argsort(many), 15)]).mean()
    assert ece_by_chance(many) == pytest.approx(found, abs=0.004)
    assert ece_by_chance(few) > 5 * ece_by_chance(many)
    assert ece_by_chance(np.ones(300)) == 0.0
    assert ece_by_chance(few, seed=1) == ece_by_chance(few, seed=1) != ece_by_chance(few)

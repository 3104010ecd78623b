"""Heads fitted on held-out margins, and weights small enough to ship."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from newsstand.labels import LabelSet, Topic
from train.heads import LEANING_ACCURACY, Evidence, TopicsWanted, leaning_head, quantise, topic_head

LABELS = LabelSet("small", (Topic("politics"), Topic("sport")))


def all_annotated(margins: np.ndarray, signs: np.ndarray) -> Evidence:
    return Evidence(margins, signs, signs, np.zeros(len(signs), bool))


def test_calibrated_probabilities_do_not_depend_on_where_the_intercept_is() -> None:
    random = np.random.default_rng(0)
    margins = random.normal(size=(3000, 2)).astype(np.float32)
    signs = np.where(random.random((3000, 2)) < 1 / (1 + np.exp(-2 * margins + 1)), 1, -1).astype(np.int8)
    intercept = np.array([-0.7, 0.4], np.float32)
    head = topic_head(LABELS, intercept, all_annotated(margins, signs))
    probabilities = head.probabilities(margins - intercept)
    assert probabilities.mean(axis=0) == pytest.approx((signs > 0).mean(axis=0), abs=0.01)
    near = (probabilities > 0.45) & (probabilities < 0.55)
    assert (signs[near] > 0).mean() == pytest.approx(0.5, abs=0.07)


def one_topic_each(n: int = 4000, skill: float = 1.5) -> tuple[np.ndarray, np.ndarray, LabelSet]:
    random = np.random.default_rng(3)
    gold = random.integers(4, size=n)
    margins = (random.normal(size=(n, 4)) + skill * np.eye(4)[gold]).astype(np.float32)
    return margins, np.where(np.eye(4)[gold] > 0, 1, -1).astype(np.int8), LabelSet.from_ids("four", "abcd")


@pytest.mark.parametrize("exclusive", [True, False])
def test_the_likeliest_topic_is_right_as_often_as_its_certainty_says(exclusive: bool) -> None:
    margins, signs, labels = one_topic_each()
    head = topic_head(labels, np.zeros(4, np.float32), all_annotated(margins, signs), TopicsWanted(exclusive=exclusive))
    probabilities = head.probabilities(margins)
    certainty = head.certainty(probabilities)
    right = signs[np.arange(len(signs)), probabilities.argmax(axis=1)] > 0
    for part in np.array_split(np.argsort(certainty), 8):
        assert certainty[part].mean() == pytest.approx(right[part].mean(), abs=0.05)


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_wanted_precision_is_kept(exclusive: bool) -> None:
    margins, signs, labels = one_topic_each()
    head = topic_head(
        labels, np.zeros(4, np.float32), all_annotated(margins, signs), TopicsWanted(0.9, exclusive=exclusive)
    )
    given = head.given(head.probabilities(margins))
    assert (signs[given] > 0).mean() >= 0.9 and given.any()


def test_a_topic_that_never_is_right_often_enough_is_never_given() -> None:
    margins, signs, labels = one_topic_each(400, skill=0.0)
    head = topic_head(labels, np.zeros(4, np.float32), all_annotated(margins, signs), TopicsWanted(0.9))
    assert not head.given(head.probabilities(margins)).any()


def test_an_annotator_of_the_main_topic_is_a_question_of_its_own() -> None:
    margins, signs, labels = one_topic_each()
    evidence = Evidence(margins, np.where(signs > 0, 1, 0).astype(np.int8), signs, np.ones(len(signs), bool))
    head = topic_head(labels, np.zeros(4, np.float32), evidence)
    assert head.main_topic is not None and head.likeliest is None
    certainty = head.certainty(head.probabilities(margins), main_topic=True)
    right = signs[np.arange(len(signs)), head.probabilities(margins).argmax(axis=1)] > 0
    assert certainty.mean() == pytest.approx(right.mean(), abs=0.02)


def leanings(skill: float, n: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    gold = random.integers(3, size=n)
    margins = (random.normal(size=(n, 3)) + skill * np.eye(3)[gold]).astype(np.float32)
    return margins, np.where(np.eye(3)[gold] > 0, 1, -1).astype(np.int8)


def test_leanings_are_given_only_where_seven_in_ten_are_right() -> None:
    margins, signs = leanings(skill=1.0)
    intercept = np.array([0.2, 0.0, -0.2], np.float32)
    head = leaning_head(intercept, margins, signs)
    probabilities = head.probabilities(margins - intercept)
    given = probabilities.max(axis=1) >= head.threshold
    correct = probabilities.argmax(axis=1) == signs.argmax(axis=1)
    assert 0.02 < given.mean() < 0.98
    assert correct[given].mean() >= LEANING_ACCURACY > correct.mean()


def test_a_head_that_knows_nothing_never_gives_a_leaning() -> None:
    margins, signs = leanings(skill=0.0)
    assert leaning_head(np.zeros(3, np.float32), margins, signs).threshold == 1.0


def test_articles_without_a_gold_leaning_teach_nothing() -> None:
    margins, signs = leanings(skill=1.0)
    more = np.concatenate([margins, margins[::-1]]), np.concatenate([signs, 0 * signs])
    alone, together = (leaning_head(np.zeros(3, np.float32), *part) for part in ((margins, signs), more))
    assert alone.to_dict() == together.to_dict()


@given(arrays(np.float32, (7, 5), elements=st.floats(-100, 100, width=32)))
def test_no_weight_is_off_by_more_than_half_a_step(weights: np.ndarray) -> None:
    idf = np.arange(1, 8, dtype=np.float32)
    table = quantise(idf, weights)
    restored = table["weights"][:, :5] * table["scale"][:, None].astype(float)
    step = np.abs(weights).max(axis=1, keepdims=True) / 127
    assert (np.abs(restored - weights) <= step * 0.501 + 1e-30).all()
    assert table["idf"].tolist() == idf.tolist()
    assert not table["weights"][:, 5:].any()
    assert np.isfinite(table["scale"]).all() and (table["scale"] > 0).all()

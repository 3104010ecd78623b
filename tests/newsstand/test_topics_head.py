"""From raw scores to topics."""

from __future__ import annotations

import json
from collections.abc import Iterable
from ctypes import c_float

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from newsstand.errors import LabelError
from newsstand.heads.curves import Certainty, Curve
from newsstand.heads.topics import TopicHead
from newsstand.labels import LabelSet, Topic

LABELS = LabelSet(
    "small",
    (
        Topic("elections", parent="politics"),
        Topic("politics", code="medtop:11000000"),
        Topic("courts", parent="law"),
        Topic("sport"),
        Topic("voting_rights", parent="politics"),
        Topic("law"),
    ),
)


def head(threshold: float | list[float] = 0.5, slope: float = 1.0) -> TopicHead:
    ones = np.ones(len(LABELS), np.float32)
    return TopicHead(LABELS, 0.5 * ones, slope * ones, -0.25 * ones, threshold * ones)


def decide(topic_head: TopicHead, scores: Iterable[float]) -> list[tuple[int, float]]:
    values = list(scores)
    return topic_head.decide((c_float * len(values))(*values))


scores = arrays(np.float32, len(LABELS), elements=st.floats(-60, 60, width=32))


def decided(topic_head: TopicHead, values: list[float]) -> dict[str, float]:
    return {LABELS.ids[column]: score for column, score in decide(topic_head, values)}


def test_a_probability_is_a_sigmoid_of_the_score() -> None:
    values = np.array([0, 1, -9, 2, -9, -9], np.float32)
    expected = 1 / (1 + np.exp(-(2 * (values + 0.5) - 0.25)))
    assert head(slope=2).probabilities(values)[[0, 1, 3]] == pytest.approx(expected[[0, 1, 3]])


def test_a_topic_is_given_from_its_threshold_on() -> None:
    at_half = [-9, -9, -9, -0.25, -9, -9]
    assert decided(head(0.5), at_half) == {"sport": pytest.approx(0.5)}
    assert decided(head(0.51), at_half) == {}


def test_a_child_brings_its_parent_however_unlikely() -> None:
    assert decided(head(), [3, -9, -9, -9, -9, -9]).keys() == {"elections", "politics"}
    unwilling = TopicHead(LABELS, *(part * np.ones(6, np.float32) for part in (0, 1, 0)), np.array([0.3] + [0.9] * 5))
    assert decided(unwilling, [0, -9, -9, -9, -9, -9]).keys() == {"elections", "politics"}


def test_a_parent_does_not_bring_its_children() -> None:
    assert decided(head(), [-9, 3, -9, -9, -9, -9]).keys() == {"politics"}


@given(scores)
def test_the_likeliest_comes_first_and_no_parent_is_less_likely_than_its_child(values: np.ndarray) -> None:
    found = decided(head(0.3), values.tolist())
    assert list(found.values()) == sorted(found.values(), reverse=True)
    for label, score in found.items():
        parent = LABELS[label].parent
        assert parent is None or found[parent] >= score


@given(arrays(np.float32, (5, len(LABELS)), elements=st.floats(-60, 60, width=32)))
def test_one_document_and_many_are_decided_alike(values: np.ndarray) -> None:
    topic_head = head(0.4)
    probabilities = topic_head.probabilities(values)
    given = topic_head.given(probabilities)
    for row in range(5):
        found = decide(topic_head, values[row])
        doubtful = np.isclose(probabilities[row], 0.4, atol=1e-6)
        assert set(dict(found)) ^ set(np.flatnonzero(given[row])) <= set(np.flatnonzero(doubtful))
        assert probabilities[row][[column for column, _ in found]] == pytest.approx([p for _, p in found], abs=1e-6)


def test_extreme_scores_stay_probabilities() -> None:
    for value in (-1e30, 1e30):
        probabilities = head().probabilities(np.full(6, value, np.float32))
        assert ((probabilities == 0) | (probabilities == 1)).all()
    assert all(0 <= score <= 1 for _, score in decide(head(0.0 + 1e-6), [-80] * 6))


def test_a_parent_ranks_by_what_its_children_do_not_account_for() -> None:
    probabilities = np.array([[0.6, 0.9, 0.2, 0.5, 0.1, 0.2]], np.float32)
    ranking = head().ranking(probabilities)
    assert ranking[0] == pytest.approx([0.6, 0.3, 0.2, 0.5, 0.1, 0.0], abs=1e-6)
    assert probabilities[0, 1] == np.float32(0.9), "what was handed in is left alone"


def test_flat_label_sets_have_no_families() -> None:
    ones = np.ones(2, np.float32)
    flat = TopicHead(LabelSet.from_ids("flat", ["a", "b"]), 0 * ones, ones, 0 * ones, 0.5 * ones)
    values = np.array([1, -1], np.float32)
    assert [column for column, _ in decide(flat, values)] == [0]
    assert flat.given(flat.probabilities(values)).tolist() == [True, False]
    assert flat.ranking(flat.probabilities(values)) == pytest.approx(flat.probabilities(values))


def test_a_head_survives_the_way_into_a_manifest_and_back() -> None:
    original = head([0.25, 0.3, 0.35, 0.4, 0.45, 0.6])
    restored = TopicHead.from_dict(json.loads(json.dumps(original.to_dict())))
    assert restored.labels.name == "small" and restored.labels.ids == LABELS.ids
    assert restored.labels["politics"].code == "medtop:11000000" and restored.labels["courts"].parent == "law"
    for name in ("intercept", "slope", "offset", "threshold"):
        assert getattr(restored, name).tobytes() == np.float32(getattr(original, name)).tobytes()


def test_a_head_without_labels_is_refused() -> None:
    with pytest.raises(LabelError, match="no labels"):
        TopicHead.from_dict({"label_set": "small", "labels": []})
    entry = head().to_dict()
    for label in entry["labels"]:
        label["slope"] = [1.0, 2.0]
    with pytest.raises(ValueError, match="every topic needs one intercept"):
        TopicHead.from_dict(entry)


def curved(**change: object) -> TopicHead:
    flat = LabelSet.from_ids("flat", ["a", "b", "c"])
    ones = np.ones(3, np.float32)
    numbers = {"intercept": 0 * ones, "slope": ones, "offset": 0 * ones, "threshold": 0.5 * ones}
    return TopicHead(flat, **(numbers | change))  # type: ignore[arg-type]


three = arrays(np.float32, (5, 3), elements=st.floats(-8, 8, width=32))
BENT = {0: Curve((-4.0, 0.0, 4.0), (-2.0, 1.0, 1.5)), 2: Curve((-1.0, 1.0), (-3.0, 3.0))}


@given(three)
def test_one_document_is_decided_as_many_are_with_curves(values: np.ndarray) -> None:
    topic_head = curved(curves=BENT)
    probabilities = topic_head.probabilities(values)
    clear = (np.abs(probabilities - 0.5) > 1e-3).all(axis=1)
    for row in np.flatnonzero(clear):
        decided_one = dict(decide(topic_head, values[row]))
        assert decided_one.keys() == set(np.flatnonzero(topic_head.given(probabilities)[row]))
        for column, score in decided_one.items():
            assert score == pytest.approx(probabilities[row, column], abs=1e-4)


@given(three)
def test_topics_that_exclude_each_other_add_up_to_one(values: np.ndarray) -> None:
    topic_head = curved(exclusive=True, threshold=np.zeros(3, np.float32))
    assert topic_head.probabilities(values).sum(axis=1) == pytest.approx(1, abs=1e-4)
    for row in values:
        (only,) = decide(topic_head, row)
        assert only[1] == pytest.approx(float(topic_head.probabilities(row).max()), abs=1e-4)


def test_the_likeliest_topic_is_scored_by_what_is_known_of_likeliest_topics() -> None:
    topic_head = curved(likeliest=Certainty((1.0, -0.5, 2.0)))
    decided_one = decide(topic_head, [1.0, -3.0, -1.0])
    assert decided_one == [(0, pytest.approx(1 / (1 + np.exp(-(1 + 0.5 + 2)))))]
    probabilities = topic_head.probabilities(np.array([[1.0, -3.0, -1.0]], np.float32))
    assert topic_head.certainty(probabilities) == pytest.approx(decided_one[0][1], abs=1e-4)


def test_a_head_with_curves_survives_a_manifest() -> None:
    for topic_head in (
        curved(curves=BENT, likeliest=Certainty((1.0, 2.0, 3.0), BENT[0]), main_topic=Certainty((0.0, 1.0, 0.0))),
        curved(exclusive=True),
    ):
        entry = json.loads(json.dumps(topic_head.to_dict()))
        assert TopicHead.from_dict(entry).to_dict() == topic_head.to_dict()


@pytest.mark.parametrize(
    "damage",
    [
        {"exclusive": 1},
        {"likeliest": {"weights": [1, 2]}},
        {"main_topic": {"weights": [1, 2, float("nan")]}},
        {"likeliest": {"weights": [1, 2, 3], "curve": {"before": [0, 0], "after": [0, 1]}}},
    ],
)
def test_a_damaged_head_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        TopicHead.from_dict(curved().to_dict() | damage)

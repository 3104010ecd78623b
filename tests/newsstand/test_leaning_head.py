"""From raw scores to a leaning, or to an abstention."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from newsstand.heads.leaning import LeaningHead


def head(threshold: float = 0.6) -> LeaningHead:
    return LeaningHead(np.array([0.1, 0.0, -0.1], np.float32), 2.0, threshold)


def test_the_likeliest_leaning_is_given_where_it_is_likely_enough() -> None:
    values = np.array([0.9, 0.0, 0.1], np.float32)  # logits 2, 0, 0
    label, scores = head(0.75).decide(values)
    assert label == "left"
    assert list(scores) == ["left", "center", "right"]
    assert scores["left"] == pytest.approx(np.exp(2) / (np.exp(2) + 2), abs=1e-6)
    assert head(0.8).decide(values)[0] is None
    assert head(0.8).decide(values)[1] == scores


@given(arrays(np.float32, (4, 3), elements=st.floats(-1e4, 1e4, width=32)))
def test_one_document_and_many_get_the_same_probabilities(values: np.ndarray) -> None:
    probabilities = head().probabilities(values)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    for row in range(4):
        label, scores = head(0.0).decide(values[row])
        assert list(scores.values()) == pytest.approx(probabilities[row].tolist(), abs=1e-3)
        assert label is not None and scores[label] == max(scores.values())


def test_a_threshold_of_one_hardly_ever_gives_a_leaning() -> None:
    assert head(1.0).decide(np.array([3, 0, 0], np.float32))[0] is None


def test_a_head_survives_the_way_into_a_manifest_and_back() -> None:
    restored = LeaningHead.from_dict(json.loads(json.dumps(head().to_dict())))
    values = np.array([0.3, -0.2, 0.1], np.float32)
    assert restored.decide(values) == head().decide(values)


@pytest.mark.parametrize("change", [{"intercept": [1, 2]}, {"slope": "steep"}, {"threshold": None}, {"slope": []}])
def test_what_is_no_leaning_head_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        LeaningHead.from_dict(head().to_dict() | change)
    with pytest.raises(KeyError):
        LeaningHead.from_dict({})

"""From what each word adds to the few passages worth showing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from newsstand.answers import Span
from newsstand.evidence import MAX_SPANS, evidence


def spans(n_words: int, length: int = 4) -> np.ndarray:
    """Words of four letters with a space between."""
    starts = np.arange(n_words, dtype=np.uint32) * (length + 1)
    return np.stack([starts, starts + length], axis=1)


def passages(*contributions: float, in_title: int = 0, slope: float = 1.0) -> tuple[Span, ...]:
    """The passages of one label."""
    column = np.array(contributions, np.float32).reshape(-1, 1)
    words = np.concatenate([spans(in_title), spans(len(contributions) - in_title)])
    return evidence(words, column, in_title, np.array([slope], np.float32))[0]


def test_neighbours_that_push_the_same_way_are_one_passage() -> None:
    assert passages(0.5, 0.25, -1.0, 0.5) == (
        Span("text", 10, 14, -1.0),
        Span("text", 0, 9, 0.75),
        Span("text", 15, 19, 0.5),
    )


def test_words_that_add_next_to_nothing_end_a_passage() -> None:
    assert [(span.start, span.end) for span in passages(1.0, 0.001, 0.5, 0.5)] == [(0, 4), (10, 19)]


def test_a_passage_is_worth_what_its_words_are_worth_together() -> None:
    first, second = passages(0.9, 0.0, 0.4, 0.4, 0.4)
    assert (first.start, first.end, first.weight) == (10, 24, pytest.approx(1.2))
    assert second.weight == pytest.approx(0.9)


def test_title_and_text_compete() -> None:
    assert [(span.field, span.weight) for span in passages(0.5, 0.75, 0.0, 0.25, in_title=1)] == [
        ("text", 0.75),
        ("title", 0.5),
        ("text", 0.25),
    ]


def test_no_passage_runs_from_the_title_into_the_text() -> None:
    assert [(span.field, span.start, span.end) for span in passages(0.5, 0.25, in_title=1)] == [
        ("title", 0, 4),
        ("text", 0, 4),
    ]


def test_weights_are_in_units_of_log_odds() -> None:
    assert [span.weight for span in passages(0.5, -0.25, slope=-2.0)] == [-1.0, 0.5]


def test_labels_have_passages_of_their_own() -> None:
    contributions = np.array([[1.0, 0.0], [0.0, -1.0]], np.float32)
    first, second = evidence(spans(2), contributions, 0, np.ones(2, np.float32))
    assert (first, second) == ((Span("text", 0, 4, 1.0),), (Span("text", 5, 9, -1.0),))


def test_nothing_said_is_no_evidence() -> None:
    assert passages() == passages(0.0, 0.0) == ()


@given(arrays(np.float32, st.integers(0, 40), elements=st.floats(-8, 8, width=32)))
def test_passages_are_few_apart_and_strongest_first(contributions: np.ndarray) -> None:
    found = passages(*contributions.tolist())
    weights = [abs(span.weight) for span in found]
    assert len(found) <= MAX_SPANS and weights == sorted(weights, reverse=True) and all(weights)
    assert bool(found) == bool(contributions.any())
    places = sorted((span.start, span.end) for span in found)
    assert all(end < start for (_, end), (start, _) in zip(places, places[1:], strict=False))
    for span in found:
        words = contributions[span.start // 5 : (span.end + 1) // 5]
        assert span.weight == pytest.approx(float(words.sum()), rel=1e-5, abs=1e-4)  # sums of float32, in another order
        assert (np.sign(words) == np.sign(span.weight)).all()

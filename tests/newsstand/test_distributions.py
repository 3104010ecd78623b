"""Counts of labels and scores, and how far two of them are apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.answers import Abstention, Answer, LeaningLabel, TopicLabel
from newsstand.distributions import classes_of, counted, score_class, stability_index, verdict, was_read

COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 1000), min_size=1)


def answer(*scores: float, leaning: str | None = None, abstained: tuple[Abstention, ...] = ()) -> Answer:
    topics = tuple(TopicLabel(f"t{n}", None, score) for n, score in enumerate(scores))
    probabilities = {"left": 0.2, "center": 0.1, "right": 0.7}
    return Answer(None, "en", topics, LeaningLabel(leaning, probabilities), abstained, "run", "sha256:1")  # type: ignore[arg-type]


def test_an_answer_counts_its_topics_its_best_score_and_its_leaning() -> None:
    found = counted([*classes_of(answer(0.62, 0.99)), *classes_of(answer(leaning="right"))])
    assert found == {
        "topics": {"t0": 1, "t1": 1, "none": 1},
        "topic_scores": {"0.9": 1, "none": 1},
        "leaning": {"none": 1, "right": 1},
        "leaning_scores": {"0.7": 2},
    }


def test_a_text_that_was_not_read_is_known_as_such() -> None:
    assert was_read(answer(abstained=(Abstention("topics", "low_confidence"),)))
    assert not was_read(answer(abstained=(Abstention("topics", "too_short"), Abstention("leaning", "too_short"))))


def test_scores_fall_into_tenths() -> None:
    assert [score_class(score) for score in (0.0, 0.09, 0.1, 0.95, 1.0)] == ["0.0", "0.0", "0.1", "0.9", "0.9"]


def test_the_index_is_that_of_the_textbook() -> None:
    index, chance = stability_index({"a": 500_000, "b": 500_000}, {"a": 300_000, "b": 700_000})
    assert index == pytest.approx(-0.2 * math.log(0.3 / 0.5) + 0.2 * math.log(0.7 / 0.5), abs=1e-4)
    assert chance == pytest.approx(2e-6)


@given(COUNTS, COUNTS)
def test_the_index_is_symmetric_in_shares_never_negative_and_zero_for_the_same(
    one: dict[str, int], other: dict[str, int]
) -> None:
    index, chance = stability_index(one, other)
    assert index >= 0
    assert chance >= 0
    assert stability_index(other, one)[0] == pytest.approx(index)
    assert stability_index(one, one)[0] == 0


def test_without_drift_the_index_is_what_chance_makes_it() -> None:
    chance = np.random.default_rng(0)
    shares = chance.dirichlet(np.full(20, 5))
    drawn = [{str(n): int(k) for n, k in enumerate(chance.multinomial(2000, shares))} for _ in range(40)]
    pairs = [stability_index(one, other) for one, other in zip(drawn[::2], drawn[1::2], strict=True)]
    assert np.mean([index for index, _ in pairs]) == pytest.approx(
        np.mean([by_chance for _, by_chance in pairs]), rel=0.2
    )
    assert {verdict(*pair) for pair in pairs} == {"stable"}


def test_nothing_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="at least one"):
        stability_index({}, {"a": 1})

"""How an article is written is counted in words of reporting and in the first and second person, outside quotations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from newsstand.stance.head import NEUTRAL, Combination
from newsstand.stance.manner import SHORTEST, Manner, manner_of
from newsstand.stance.passages import Passage
from newsstand.stance.reading import Reading

FILLER = " tram" * SHORTEST  # with it, each word is less than one in two hundred


def manner(text: str) -> Manner:
    return manner_of([Reading("We said I told you", "title"), Reading(text)])


def root_of(count: int, text: str) -> float:
    return math.sqrt(100 * count / max(SHORTEST, len(text.split())))


def test_words_of_reporting_are_counted_inside_quotations_and_outside() -> None:
    text = 'The mayor said: "She told the council." A spokeswoman added nothing.'
    assert manner(text) == Manner(reported=pytest.approx(root_of(4, text)), personal=0.0)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("We must act, I think, and you know my reasons.", 4),
        ('She said "We must act, I think" and our trams stopped.', 1),
        ("She said “We must act, I think” and “we will”, and our trams stopped.", 1),
        ('An inch is 1" and we measure it', 1),  # a mark that nothing closes quotes nothing
        ("The US and us", 0),
        ("", 0),
    ],
)
def test_the_first_and_second_person_count_outside_quotations(text: str, count: int) -> None:
    assert manner(text).personal == pytest.approx(root_of(count, text))


def test_a_long_text_is_measured_by_its_own_length_and_a_short_one_is_not() -> None:
    assert manner("We run." + FILLER + FILLER).personal == pytest.approx(math.sqrt(100 / (2 + 2 * SHORTEST)))
    assert manner("We run.").personal == manner("We run and run and run.").personal


def test_no_text_has_more_than_the_most() -> None:
    assert manner("I said " * 5000) == Manner(2.0, 2.0)


def test_reports_are_likelier_to_take_no_side_than_columns() -> None:
    read = [Passage("text", 0, "a", ((0, 1),))]
    combination = Combination(offset=(0.1, 0.2, 0.3), reported=0.5, personal=0.25)
    np.testing.assert_allclose(combination.offsets(read), [0.1, 0.2, 0.3])
    assert combination.offsets(read, Manner(reported=2.0))[NEUTRAL] == pytest.approx(1.3)
    assert combination.offsets(read, Manner(personal=2.0))[NEUTRAL] == pytest.approx(-0.2)
    np.testing.assert_allclose(combination.offsets(read, Manner(2.0, 2.0))[:NEUTRAL], [0.1, 0.2])

"""What reports what others say is told by its words of reporting, and takes sides less often."""

from __future__ import annotations

import math

import numpy as np
import pytest

from newsstand.stance.head import NEUTRAL, Combination
from newsstand.stance.passages import Passage
from newsstand.stance.reading import Reading
from newsstand.stance.reporting import SHORTEST, reporting_of

FILLER = " tram" * SHORTEST


def reporting(text: str) -> float:
    return reporting_of([Reading("She said so, he told us", "title"), Reading(text)])


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('The mayor said: "She told the council." A spokeswoman added nothing.', 4),
        ("He says, and they SAY.", 2),
        ("The Sayre estate was sold, untold.", 0),
        ("", 0),
    ],
)
def test_words_of_reporting_are_counted_whoever_speaks(text: str, count: int) -> None:
    assert reporting(text + FILLER) == pytest.approx(math.sqrt(100 * count / len(Reading(text + FILLER))))


def test_one_word_does_not_decide_in_a_short_text() -> None:
    assert (
        reporting("She said so.") == reporting("She said so and so and so.") == pytest.approx(math.sqrt(100 / SHORTEST))
    )


def test_no_text_has_more_than_the_most() -> None:
    assert reporting("said " * 5000) == 2.0
    assert reporting("!" * 5000) == 0.0


def test_reports_are_likelier_to_take_no_side() -> None:
    read = [Passage("text", 0, "a", ((0, 1),))]
    combination = Combination(offset=(0.1, 0.2, 0.3), reported=0.5)
    np.testing.assert_allclose(combination.offsets(read), [0.1, 0.2, 0.3])
    np.testing.assert_allclose(combination.offsets(read, 2.0), [0.1, 0.2, 1.3])
    assert combination.offsets(read, 2.0)[NEUTRAL] > combination.offsets(read, 1.0)[NEUTRAL]

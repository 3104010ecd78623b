"""A motion is for or against its subject where the rules say so, and nothing is guessed."""

from __future__ import annotations

import pytest

from train.encoder.motions import subject_of


@pytest.mark.parametrize(
    ("motion", "subject", "in_favour"),
    [
        ("We should ban kites", "kites", False),
        ("we should subsidize public kites.", "public kites.", True),
        ("This house would abolish the kite tax", "the kite tax", False),
        ("Should we legalize night fishing?", "night fishing", True),
    ],
)
def test_the_subject_of_a_motion(motion: str, subject: str, in_favour: bool) -> None:
    assert subject_of(motion) == (subject, in_favour)


@pytest.mark.parametrize(
    "motion",
    ["", "Kites are fun", "We should not ban kites", "We should consider kites", "We should ban " + "kites " * 9],
)
def test_other_claims_have_none(motion: str) -> None:
    assert subject_of(motion) is None

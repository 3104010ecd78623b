"""Texts unlike the training corpus are told by how little of them a run knows."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.artifact import Run
from newsstand.documents import Document
from newsstand.heads.familiarity import Familiarity
from newsstand.tagger import Tagger

USUAL = Familiarity((20, 100, 1000), (10.0, 20.0, 30.0))


@pytest.mark.parametrize(("words", "least"), [(5, 10), (20, 10), (100, 20), (316, 25), (1000, 30), (10**6, 30)])
def test_what_a_text_must_have_depends_on_its_length(words: int, least: float) -> None:
    assert USUAL.is_strange(words, (words * least * 0.99) ** 0.5)
    assert not USUAL.is_strange(words, (words * least * 1.01) ** 0.5)


@given(st.integers(0, 10**6), st.floats(0, 1e4))
def test_every_text_is_strange_or_not(words: int, norm: float) -> None:
    assert USUAL.is_strange(words, norm) in (True, False)


def test_it_survives_a_manifest() -> None:
    assert Familiarity.from_dict(json.loads(json.dumps(USUAL.to_dict()))) == USUAL


@pytest.mark.parametrize(
    "damage", [{"words": []}, {"words": [3, 2, 9]}, {"least": [1.0]}, {"least": [1, 2, float("inf")]}, {"words": 7}]
)
def test_damage_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        Familiarity.from_dict(USUAL.to_dict() | damage)


def test_a_strange_text_gets_no_topic_and_says_why(small_run: Run) -> None:
    assert small_run.topics
    document = Document(
        "The council of Harbour Falls voted to freeze the rents of the old town, the mayor said on Monday."
    )
    never = replace(small_run, topics=replace(small_run.topics, familiarity=Familiarity((1,), (1e9,))))
    answer = Tagger(never).label(document)
    assert answer.topics == () and [a.reason for a in answer.abstained if a.head == "topics"] == ["off_topic"]
    always = replace(small_run, topics=replace(small_run.topics, familiarity=Familiarity((1,), (0.0,))))
    longer = Document(" ".join([document.text] * 4))
    assert Tagger(always).label(longer).topics == Tagger(small_run).label(longer).topics


def test_a_short_text_gets_likely_topics_only_where_a_run_can_tell_what_is_strange(small_run: Run) -> None:
    assert small_run.topics
    document = Document(
        "The council of Harbour Falls voted to freeze the rents of the old town, the mayor said on Monday."
    )
    careful = replace(small_run, topics=replace(small_run.topics, familiarity=Familiarity((1,), (0.0,))))
    usual, likely = (Tagger(run).label(document).topics for run in (small_run, careful))
    assert likely == tuple(topic for topic in usual if topic.score >= 0.8) != usual

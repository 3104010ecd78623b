"""Three splits side by side, in the report and on the card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from newsstand.artifact import Run
from train.card import render as render_card
from train.report import splits
from train.report.judged import Judged
from train.report.page import render

TOPICS = {
    "hit_at_1": 0.5,
    "hit_at_3": 0.7,
    "micro_f1": 0.4,
    "ece": 0.1,
    "n": 1200,
    "intervals": {"hit_at_1": [0.4, 0.6]},
}
SKIPPED = {"skipped": "the articles have no dates, or all the same"}


@pytest.fixture
def found() -> dict[str, Any]:
    return {"outlet": {"topics": TOPICS}, "random": {"topics": {**TOPICS, "hit_at_1": 0.9}}, "time": SKIPPED}


@pytest.fixture
def asked(small_run: Run, found: dict[str, Any]) -> Run:
    return replace(small_run, about={**small_run.about, "splits": found})


def test_the_ways_stand_below_each_other_with_intervals(asked: Run, judged: Judged) -> None:
    page, card = render(asked, judged), render_card(asked)
    assert 'id="splits"' in page and "0.500 <small>[0.400, 0.600]</small>" in page
    assert "| By outlet | 1,200 | 0.500 [0.400, 0.600] | 0.700 | 0.400 | 0.100 |" in card
    assert "| At random | 1,200 | 0.900 [0.400, 0.600] |" in card


def test_a_way_that_was_skipped_is_named_with_the_reason(asked: Run, judged: Judged) -> None:
    for text in (render(asked, judged), render_card(asked)):
        assert "By time: not judged, as the articles have no dates, or all the same." in text


def test_both_say_why_the_difference_matters(asked: Run, judged: Judged) -> None:
    for text in (render(asked, judged), render_card(asked)):
        assert "The difference is the story" in text


def test_runs_that_were_not_asked_have_no_such_part(small_run: Run, judged: Judged) -> None:
    assert 'id="splits"' not in render(small_run, judged) and splits.TITLE not in render_card(small_run)


def test_a_head_without_figures_for_a_way_gets_a_dash(found: dict[str, Any]) -> None:
    leaning = {"macro_f1": 0.3, "n": 900, "intervals": {}}
    found["outlet"]["leaning"] = leaning
    found["time"] = {"from": "2024-03-01", "leaning": leaning}
    header, rows = splits.markdown(found)
    assert header[-1] == "leaning macro-F1"
    assert rows[0][-1] == "0.300" and rows[1][-1] == "–" and rows[2] == ["By time", "900", "–", "–", "–", "–", "0.300"]
    assert any("from 2024-03-01 on" in note for note in splits.notes(found))

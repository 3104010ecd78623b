"""The learning curve in the report and on the card, and its answer in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from newsstand.artifact import Run
from train.card import render as render_card
from train.report import learning_curve
from train.report.judged import Judged
from train.report.page import render


def curve(gain: float, low: float, high: float) -> dict[str, Any]:
    figures = {"hit_at_3": 0.8, "micro_f1": 0.5, "n": 900, "intervals": {"hit_at_1": [0.2, 0.4]}}
    points = [
        {"share": share, "articles": int(8000 * share), "hit_at_1": 0.3 + share / 10, **figures}
        for share in (0.125, 0.25, 0.5, 1.0)
    ]
    return {"points": points, "last_doubling": {"hit_at_1": gain, "intervals": {"hit_at_1": [low, high]}}}


@pytest.fixture
def asked(small_run: Run) -> Run:
    return replace(small_run, about={**small_run.about, "learning_curve": curve(0.05, 0.03, 0.07)})


@pytest.mark.parametrize(
    ("gain", "low", "high", "expected"),
    [
        (0.05, 0.03, 0.07, "+0.050 [+0.030, +0.070]: more labels of the same kind would help."),
        (0.003, 0.001, 0.005, "would help a little, but hardly pay"),
        (0.01, -0.01, 0.03, "may be chance: more labels of the same kind are not likely to help much"),
        (-0.02, -0.03, -0.01, "are not likely to help much"),
    ],
    ids=["rises", "hardly rises", "flat", "falls"],
)
def test_the_answer_follows_the_last_doubling(gain: float, low: float, high: float, expected: str) -> None:
    assert expected in learning_curve.answer(curve(gain, low, high))


def test_without_an_interval_there_is_no_answer() -> None:
    found = curve(0.1, 0, 0) | {"last_doubling": {"hit_at_1": None}}
    assert "too few articles" in learning_curve.answer(found)


def test_the_report_draws_every_point_with_its_interval(asked: Run, judged: Judged) -> None:
    part = render(asked, judged).partition('id="learning-curve"')[2].partition("</section>")[0]
    assert part.count('class="dot"') == part.count('class="whisker"') == 4
    assert "1,000 articles: hit@1 0.312" in part and "more labels of the same kind would help" in part


def test_the_card_has_the_points_and_the_answer(asked: Run) -> None:
    card = render_card(asked)
    assert "| 1/8 | 1,000 | 0.312 [0.200, 0.400] | 0.800 | 0.500 |" in card and "| all | 8,000 | 0.400" in card
    assert "more labels of the same kind would help" in card


def test_runs_that_were_not_asked_have_no_such_part(small_run: Run, judged: Judged) -> None:
    assert 'id="learning-curve"' not in render(small_run, judged)
    assert learning_curve.TITLE not in render_card(small_run)

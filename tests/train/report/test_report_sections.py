"""What each part of the report says about articles whose figures can be told by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from train.report import confusion, coverage, mistakes, reliability, slices, topics
from train.report.judged import Judged

Make = Callable[..., Any]


def cells(html: str, row: str) -> list[str]:
    """The words in the row of a table that begins with this."""
    found = re.search(rf'<th scope="row">{re.escape(row)}</th>(.*?)</tr>', html)
    assert found, f"no row {row}"
    return [re.sub(r"<small>.*?</small>|<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", found[1])]


def test_each_topic_has_its_figures_and_their_intervals(judged: Judged) -> None:
    body = topics.section(judged).body
    assert cells(body, "sport") == ["10", "", "0.947", "1.000", "0.900"]
    assert cells(body, "economy") == ["5", "", "0.909", "0.833", "1.000"]
    assert re.search(r"0\.947 <small>\[0\.\d{3}, 1\.000\]", body)


def test_topics_stand_by_their_number_of_articles(judged: Judged) -> None:
    body = topics.section(judged).body
    assert body.index(">sport<") < body.index(">economy<") < body.index("health")


def test_a_topic_that_was_never_given_has_no_precision(judged: Judged) -> None:
    assert cells(topics.section(judged).body, "&lt;b&gt;health&lt;/b&gt; &amp; co")[-2:] == ["–", "0.000"]


def test_reliability_holds_scores_against_what_is_right(make_judged: Make) -> None:
    honest = [(0 if n < 80 else 1, (0.8, 0.1, 0.1)) for n in range(100)]
    body = reliability.section(make_judged(honest)).body
    assert "score 0.800, right 0.800, of 100" in body, "every score of 0.8 in one bin of equal width"
    assert body.count("<svg") == 2 and 'class="whisker"' in body


def test_a_corpus_of_main_topics_is_said_to_be_one(judged: Judged) -> None:
    assert "main topic" not in reliability.section(judged).body
    judged.main_topic_only[:] = True
    assert "Where only the main topic was annotated" in reliability.section(judged).body


def test_the_fewer_articles_are_answered_the_fewer_answers_are_wrong(make_judged: Make) -> None:
    right = [(0, (0.9 - n / 1000, 0.1, 0.1)) for n in range(50)]
    wrong = [(1, (0.5 - n / 1000, 0.1, 0.1)) for n in range(50)]
    body = coverage.section(make_judged([*wrong, *right])).body
    assert cells(body, "50 %") == ["0.851", "0.000"] and cells(body, "100 %") == ["0.451", "0.500"]
    assert "as it is: 0.510 answered, 0.020 of them wrong" in body


def test_confusions_name_both_topics_and_how_often(judged: Judged) -> None:
    section = confusion.section(judged)
    assert section and cells(section.body, "sport") == ["economy", "1", "", "0.100"]


def test_where_nothing_is_wrong_there_is_nothing_to_show(make_judged: Make) -> None:
    perfect = make_judged([(0, (0.9, 0.1, 0.1)), (1, (0.1, 0.9, 0.1))])
    assert confusion.section(perfect) is None and mistakes.section(perfect, titles=False) is None


def test_slices_cut_the_articles_by_outlet(judged: Judged) -> None:
    body = slices.section(judged).body
    assert cells(body, "outlet0.example")[0] == cells(body, "outlet1.example")[0] == "8"
    assert "By year" not in body, "all articles are of one year"


def test_too_sure_is_what_the_score_promises_beyond_what_is_right(make_judged: Make) -> None:
    body = slices.section(make_judged([(0, (0.9, 0, 0)), (0, (0.9, 0, 0)), (1, (0.9, 0, 0)), (0, (0.9, 0, 0))])).body
    assert cells(body, "outlet0.example")[-2:] == ["0.400", "1.000"]


@pytest.mark.parametrize(("date", "year"), [("2019-03-04", "2019"), ("yesterday", "not stated"), (None, "not stated")])
def test_years_come_from_dates(make_judged: Make, date: str | None, year: str) -> None:
    assert slices.CUTS["Year"](make_judged([(0, (1, 0, 0))], date=date)) == [year]


@pytest.mark.parametrize(("length", "name"), [(0, "0 to 499"), (500, "500 to 999"), (20_000, "16,000 or more")])
def test_lengths_are_in_characters(make_judged: Make, length: int, name: str) -> None:
    assert slices.CUTS["Characters"](make_judged([(0, (1, 0, 0))], title="x" * (length - 17) if length else "")) == [
        name if length else "0 to 499"
    ]


def test_the_surest_mistakes_come_first_and_without_text(make_judged: Make) -> None:
    section = mistakes.section(make_judged([(1, (0.6, 0.1, 0)), (1, (0.9, 0.1, 0)), (0, (0.9, 0, 0))]), titles=False)
    assert section
    assert section.body.index("article 1") < section.body.index("article 0") and "article 2" not in section.body
    assert "Once upon a time" not in section.body and "A title of one" not in section.body
    assert cells(section.body, "article 1") == ["economy", "sport", "0.900", "outlet1.example", "made-up"]


def test_titles_stand_there_if_they_are_wanted(judged: Judged) -> None:
    section = mistakes.section(judged, titles=True)
    assert section and "A title of one&#x27;s own" in section.body

"""The report as a file: whole by itself, safe to open, and there only where it has something to say."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from newsstand.artifact import Run
from train.report.judged import Judged
from train.report.page import render

EMPTY = {"meta"}


class Outline(HTMLParser):
    """Every tag that is opened is closed again, in order; collects tags, ids, links and addresses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attributes if name in ("href", "src")]
        self.ids |= {value or "" for name, value in attributes if name == "id"}
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def page(small_run: Run, judged: Judged) -> str:
    return render(small_run, judged)


def test_a_report_is_saved_with_the_run_and_needs_nothing_else(small_run_path: Path) -> None:
    outline = Outline((small_run_path / "report.html").read_text())
    assert outline.open == [] and not outline.tags & {"script", "img", "link", "iframe", "object"}
    assert {address.removeprefix("#") for address in outline.addresses} == outline.ids != set()


def test_a_report_has_a_part_for_every_question(small_run_path: Path) -> None:
    outline = Outline((small_run_path / "report.html").read_text())
    assert outline.ids == {
        "summary",
        "topics",
        "reliability",
        "coverage",
        "confusion",
        "slices",
        "ngrams",
        "mistakes",
    }


def test_names_from_a_corpus_are_text_and_never_html(page: str) -> None:
    assert "<b>health" not in page and "&lt;b&gt;health&lt;/b&gt; &amp; co" in page
    assert Outline(page).open == []


def test_a_run_of_a_hostile_name_cannot_close_the_title(small_run: Run, judged: Judged) -> None:
    page = render(replace(small_run, name="</title><script>alert(1)</script>"), judged)
    assert "<script" not in page and "script" not in Outline(page).tags


def test_texts_and_titles_of_articles_stay_where_they_are(page: str, small_run: Run, judged: Judged) -> None:
    assert "Once upon a time" not in page and "A title of one" not in page
    assert "A title of one" in render(small_run, judged, titles=True)


def test_the_figures_are_those_of_the_card(page: str, small_run: Run) -> None:
    figures = small_run.about["metrics"]["topics"]
    low, high = figures["intervals"]["micro_f1"]
    assert f"{figures['micro_f1']:.3f} <small>[{low:.3f}, {high:.3f}]</small>" in page


def test_the_same_articles_give_the_same_report(page: str, small_run: Run, judged: Judged) -> None:
    assert render(small_run, judged) == page

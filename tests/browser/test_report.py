"""The report of a run in a real browser: on a phone, in the dark, for a screen reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(params=[("light", 1280), ("light", 320), ("dark", 1280), ("dark", 320)], ids=str)
def report(chromium: Any, small_run_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    scheme, width = request.param
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    page = context.new_page()
    failures: list[str] = []
    page.on("console", lambda message: failures.append(message.text))
    page.goto((small_run_path / "report.html").as_uri())
    yield page
    assert failures == []
    context.close()


def test_axe_finds_nothing_serious(report: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install -e '.[browser]'")
    found = axe.Axe().run(report).response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []


def test_only_tables_scroll_sideways(report: Any) -> None:
    assert report.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_picture_has_a_name_and_can_be_seen(report: Any) -> None:
    pictures = report.get_by_role("img").all()
    assert len(pictures) == 3
    for picture in pictures:
        assert picture.get_attribute("aria-label")
        assert picture.bounding_box()["width"] > 200


def test_what_is_drawn_stands_out_from_the_paper(report: Any) -> None:
    drawn = report.evaluate("getComputedStyle(document.querySelector('.dot')).fill")
    paper = report.evaluate("getComputedStyle(document.body).backgroundColor")
    assert drawn != paper


def test_the_sections_are_reached_from_the_top(report: Any) -> None:
    report.get_by_role("navigation").get_by_role("link", name="The surest mistakes").click()
    heading = report.get_by_role("heading", name="The surest mistakes")
    assert heading.is_visible() and report.url.endswith("#mistakes")

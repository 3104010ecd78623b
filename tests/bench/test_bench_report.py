"""The sections of the page on benchmarks that are written one by one."""

from __future__ import annotations

from bench.report import Measurement, kept_sections, with_section

PAGE = "# Benchmarks\n\nSpeed.\n"


def measured(share: float) -> Measurement:
    return Measurement("Shares", "How it was done.", [{"share_of_all": share}], heading="###")


def test_a_new_section_comes_at_the_end() -> None:
    page = with_section(PAGE, "precision", measured(0.5))
    assert page.startswith("# Benchmarks\n\nSpeed.\n\n<!-- precision: written by make bench-quality -->\n### Shares\n")
    assert "| share of all |" in page and "| 0.5 |" in page


def test_a_section_is_written_anew_where_it_stands() -> None:
    page = with_section(with_section(PAGE, "precision", measured(0.5)), "off-topic", measured(0.1))
    again = with_section(page, "precision", measured(0.9))
    assert again == page.replace("0.5", "0.9")


def test_sections_are_kept_when_the_rest_is_written() -> None:
    page = with_section(with_section(PAGE, "precision", measured(0.5)), "off-topic", measured(0.1))
    assert PAGE + kept_sections(page) == page

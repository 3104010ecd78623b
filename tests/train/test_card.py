"""The model card: complete, readable, and honest about what was not measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from newsstand.artifact import Run
from newsstand.formats import read_header
from train.card import render, table


def test_a_card_names_the_corpora_with_their_licences(small_run: Run, sample_files: list[Path]) -> None:
    card = render(small_run)
    for path in sample_files:
        header = read_header(path)
        assert header and f"| {header.corpus} |" in card
    assert card.count("| Apache-2.0 |") == len(sample_files)


def test_a_card_gives_the_figures_with_their_intervals(small_run: Run) -> None:
    card, figures = render(small_run), small_run.about["metrics"]["topics"]
    low, high = figures["intervals"]["micro_f1"]
    assert f"| micro-F1 | {figures['micro_f1']:.3f} [{low:.3f}, {high:.3f}] |" in card
    assert f"| articles | {figures['n']:,} |" in card
    for topic, row in figures["labels"].items():
        assert f"| {topic} | {row['precision']:.2f} | {row['recall']:.2f} | {row['f1']:.2f} |" in card


def test_a_card_says_what_was_not_given_and_what_was_left_out(small_run: Run) -> None:
    card = render(small_run)
    assert "| accuracy of the leanings given | none given |" in card
    rare = small_run.about["rare"]
    assert rare and "Left out, with fewer than five articles: " in card
    assert all(f"{topic} ({count})" in card for topic, count in rare.items())
    assert "## What it is not for" in card


def test_a_card_is_saved_with_the_run(small_run: Run, small_run_path: Path) -> None:
    assert (small_run_path / "card.md").read_text() == render(small_run)


def test_test_files_have_a_part_of_their_own(small_run: Run) -> None:
    judged: dict[str, Any] = {"topics": {"micro_f1": 0.123, "n": 7}}
    card = render(replace(small_run, about={**small_run.about, "test": judged}))
    assert "| micro-F1 | 0.123 |" in card.partition("## On the test files")[2]


def test_a_corpus_of_unknown_licence_is_said_to_be_one(small_run: Run) -> None:
    corpus = {**small_run.about["corpora"][0], "corpus": "mine | theirs\n# yours", "licence": None, "source": None}
    card = render(replace(small_run, about={**small_run.about, "corpora": [corpus]}))
    assert "| mine \\| theirs # yours | 42 | not stated |  |" in card


def test_a_table_is_markdown() -> None:
    assert table(["A", "B"], [["x", "1"]]) == "| A | B |\n| :-- | --: |\n| x | 1 |"

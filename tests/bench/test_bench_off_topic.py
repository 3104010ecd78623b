"""The texts that should get no topic, and how they are counted."""

from __future__ import annotations

import json
from pathlib import Path

from bench.off_topic import by_kind, row
from newsstand.resources import data_file

FORMER = Path(__file__).parents[1] / "data" / "off_topic.jsonl"


def entries(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_there_are_200_varied_texts() -> None:
    texts = entries(data_file("off-topic.jsonl"))
    foreign = [text for text in texts if text["kind"] == "foreign"]
    assert len({text["text"] for text in texts}) == len({text["id"] for text in texts}) == 200
    assert len(foreign) == 80
    assert len({text["language_of_text"] for text in foreign}) >= 20
    assert len({text["kind"] for text in texts}) >= 20


def test_none_of_them_is_one_that_a_limit_was_chosen_on() -> None:
    assert not {t["text"] for t in entries(data_file("off-topic.jsonl"))} & {t["text"] for t in entries(FORMER)}


def test_a_row_counts_texts_with_a_topic() -> None:
    assert row("all", [True, False, False, False]) == {
        "texts": "all",
        "n": 4,
        "with_a_topic": 1,
        "without": 3,
        "share_with_a_topic": "0.250 [0.046, 0.699]",
    }


def test_kinds_with_most_topics_come_first() -> None:
    rows = by_kind(["poem", "log", "log"], [False, True, False])
    assert [(found["texts"], found["n"]) for found in rows] == [("log", 2), ("poem", 1)]

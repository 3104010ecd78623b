"""Texts that are no news: how many of them get a topic from the default model, if it can tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newsstand.documents import Document
from newsstand.registry import Registry
from newsstand.tagger import Tagger

TEXTS = Path(__file__).parents[1] / "data" / "off_topic.jsonl"
MODELS = Path(__file__).parents[2] / "models"
MOST = 0.05


@pytest.fixture(scope="module")
def default() -> Tagger:
    tagger = Tagger.load(Registry(MODELS).resolve("champion"))
    if tagger.run.topics is None or tagger.run.topics.familiarity is None:
        pytest.skip("the champion was trained before runs could tell what is off topic: retrain it with 'make model'")
    return tagger


def off_topic_texts() -> list[dict[str, str]]:
    return [json.loads(line) for line in TEXTS.read_text(encoding="utf-8").splitlines()]


def test_the_texts_are_varied() -> None:
    texts = off_topic_texts()
    assert len({text["text"] for text in texts}) == len(texts) >= 130
    assert len({text["kind"] for text in texts}) >= 12
    assert len({text["language_of_text"] for text in texts}) >= 25


def test_few_of_them_get_a_topic(default: Tagger) -> None:
    answers = [default.label(Document(text["text"]), explain=False) for text in off_topic_texts()]
    given = sum(bool(answer.topics) for answer in answers)
    assert given <= MOST * len(answers), f"{given} of {len(answers)} got a topic"


def test_texts_in_other_languages_get_none(default: Tagger) -> None:
    foreign = [text for text in off_topic_texts() if text["kind"] == "foreign"]
    answers = [default.label(Document(text["text"]), explain=False) for text in foreign]
    assert not any(answer.topics for answer in answers)

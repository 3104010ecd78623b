"""The model that comes with Newsstand: it loads, it is small, it says where it comes from, and it knows its subject."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newsstand.documents import Document
from newsstand.registry import Registry
from newsstand.tagger import Tagger

MODELS = Path(__file__).parents[2] / "models"
RETURNED = Document(
    title="First migrants returned under revived border scheme",
    text=(
        "OJEDA, Mexico — The first thirty-eight migrants to be sent back across the border since the returns scheme was "
        "revived arrived in Mexico on Monday, officials of both countries said.\n\n"
        "The group, most of them from Honduras and Cuba, will wait in shelters for hearings before immigration judges in "
        "the United States. The administration said that it had been ordered by a federal court to start the programme "
        "again and that asylum seekers would be vaccinated and given access to lawyers. Rights groups said earlier "
        "returnees had been kidnapped while they waited, and urged the president to end the policy. The foreign ministry "
        "in Mexico City said that it would take no more than sixty people a day."
    ),
)


@pytest.fixture(scope="module")
def default_path() -> Path:
    return Registry(MODELS).resolve("champion")


@pytest.fixture(scope="module")
def default(default_path: Path) -> Tagger:
    return Tagger.load(default_path)


def test_it_has_all_heads_and_many_topics(default: Tagger) -> None:
    assert default.run.heads == ("topics", "leaning", "stance")
    assert default.run.stance and default.run.stance.fast and default.run.stance.accurate
    assert default.run.topics and len(default.run.topics.labels) >= 60
    assert len(default.run.golden) >= 10


def test_it_is_small_enough_to_come_with_the_code(default_path: Path) -> None:
    files = [path for path in default_path.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 42_000_000
    assert {path.suffix for path in files} == {".npy", ".json", ".jsonl", ".md", ".html", ".onnx"}
    assert (default_path / "stance" / "encoder.onnx").stat().st_size <= 25_000_000


def test_its_card_names_every_corpus_with_its_licence(default: Tagger, default_path: Path) -> None:
    card = (default_path / "card.md").read_text()
    assert default.run.about["corpora"]
    for corpus in default.run.about["corpora"]:
        assert corpus["licence"] and corpus["source"]
        assert f"| {corpus['corpus']} | {corpus['documents']:,} | {corpus['licence']} |" in card
    encoder = json.loads((default_path / "manifest.json").read_text())["heads"]["stance"]["accurate"]
    assert encoder["learned_from"] and all(card.count(f"| {name} |") for name in encoder["learned_from"])
    assert "see its file" not in card


def test_its_manifest_names_no_folder_of_whoever_trained_it(default_path: Path) -> None:
    manifest = json.loads((default_path / "manifest.json").read_text())
    assert "/home/" not in json.dumps(manifest["about"]) and "/root/" not in json.dumps(manifest["about"])


def test_a_report_on_returned_migrants_is_about_immigration_and_politics(default: Tagger) -> None:
    answer = default.label(RETURNED)
    scores = {topic.label: topic.score for topic in answer.topics}
    assert scores["immigration"] >= 0.5 and "politics" in scores
    immigration = next(topic for topic in answer.topics if topic.label == "immigration")
    assert immigration.code == "medtop:20000771"
    shown = [(RETURNED.title if s.field == "title" else RETURNED.text)[s.start : s.end] for s in immigration.evidence]
    assert any("migrants" in passage or "immigration" in passage or "asylum" in passage for passage in shown)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        (
            "Harwick Rovers reached the cup final for the first time in thirty years after a late goal. The coach praised "
            "his goalkeeper, who saved a penalty, and the players celebrated with the fans.",
            "sport",
        ),
        (
            "The jury found the accountant guilty of fraud on Friday, and the judge said she would be sentenced in May. Her "
            "lawyer told reporters outside the court that she would appeal to a higher court.",
            "law",
        ),
        (
            "Two candidates for the nomination traded attacks in the last debate before the primary. Polls show voters in "
            "the state evenly split, and both campaigns have doubled what they spend on advertisements.",
            "elections",
        ),
    ],
)
def test_short_reports_get_their_topic(default: Tagger, text: str, topic: str) -> None:
    assert topic in [label.label for label in default.label(Document(text)).topics]

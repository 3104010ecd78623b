"""Targets over HTTP and on the command line, with a run that has a stance head."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsstand.__main__ import main
from newsstand.tagger import Tagger
from service import schemas
from service.bodies import read_targets
from service.routes.label import label_batch, label_body
from service.routes.labels import label_description

TEXT = (
    "Shopkeepers condemned the harbour tunnel as a terrible failure. The council of Orlevik said that it would go on."
)


def answer(tagger: Tagger, **body: Any) -> Any:
    return json.loads(label_body(tagger, json.dumps(body).encode(), None, True))


def test_targets_of_a_document_are_answered(tagger: Tagger) -> None:
    found = answer(tagger, text=TEXT, targets=["harbour tunnel", "rent freeze"])
    schemas.Answer.model_validate(found)
    assert [(s["target"], s["mentioned"]) for s in found["stances"]] == [
        ("harbour tunnel", True),
        ("rent freeze", False),
    ]
    assert found["stances"][1]["stance"] is None and found["stances"][1]["scores"] is None
    assert {"head": "stance", "reason": "target_not_mentioned"} in found["abstained"]


def test_targets_of_a_batch_are_for_documents_without_their_own(tagger: Tagger) -> None:
    documents = [{"text": TEXT}, {"text": TEXT, "targets": ["the council"]}, {"text": TEXT, "targets": []}]
    body = json.dumps({"documents": documents, "targets": ["harbour tunnel"]}).encode()
    answers = json.loads(label_batch(tagger, body, 10, False))["answers"]
    asked = [[stance["target"] for stance in one["stances"]] for one in answers]
    assert asked == [["harbour tunnel"], ["the council"], []]


@pytest.mark.parametrize("wrong", ["tunnel", [1], [""], [" "], ["a"] * 21, ["a" * 501], {"a": 1}, [None]])
def test_targets_of_another_shape_are_refused(wrong: Any) -> None:
    with pytest.raises(Exception, match="target") as refusal:
        read_targets({"targets": wrong}, "documents[3]")
    assert str(refusal.value).startswith("documents[3].targets: ")


def test_the_labels_name_the_known_targets(tagger: Tagger) -> None:
    described = label_description(tagger)
    schemas.Labels.model_validate(described)
    assert {"id": "border_wall", "name": "Border wall with Mexico"}.items() <= described["targets"][1].items()


@pytest.fixture
def models(models_dir: Path) -> Iterator[str]:
    yield str(models_dir)


def label(models: str, *arguments: str) -> int:
    return main(["label", *arguments, "--models", models])


def test_a_text_is_answered_in_words(models: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert label(models, "--text", TEXT, "--target", "harbour tunnel", "--target", "rent freeze") == 0
    out = capsys.readouterr().out
    assert "stances\n" in out and "  harbour tunnel: " in out
    assert "  rent freeze: none, the article does not mention it" in out
    assert label(models, "--text", TEXT) == 0
    assert "no known target is mentioned" in capsys.readouterr().out


def test_a_file_is_labelled_with_its_targets(models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": TEXT}) + "\n")
    assert label(models, str(tmp_path / "a.jsonl"), "--target", "harbour tunnel", "--quiet") == 0
    assert json.loads(capsys.readouterr().out)["stances"][0]["target"] == "harbour tunnel"
    assert label(models, str(tmp_path / "a.jsonl"), "--target", "harbour tunnel", "-o", str(tmp_path / "a.csv")) == 0
    assert '""stances"": {""harbour tunnel""' in (tmp_path / "a.csv").read_text()


@pytest.mark.parametrize("target", ["", "  ", "a" * 501])
def test_a_target_that_is_none_is_refused(models: str, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert label(models, "--text", TEXT, "--target", target) == 2
    assert "--target takes a phrase" in capsys.readouterr().err

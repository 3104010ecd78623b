"""Targets over HTTP and on the command line, with a run that has a stance head."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsstand import artifact
from newsstand.__main__ import main
from newsstand.artifact import Run
from newsstand.registry import Registry
from newsstand.stance.encoder import EncoderScorer
from newsstand.stance.head import StanceHead
from newsstand.tagger import Tagger
from service import schemas
from service.asking import read_question, read_targets
from service.options import Options
from service.routes.label import label_batch, label_one, read_batch
from service.routes.labels import label_description
from service.settings import Settings

TEXT = (
    "Shopkeepers condemned the harbour tunnel as a terrible failure. The council of Orlevik said that it would go on."
)


def answer(tagger: Tagger, **body: Any) -> Any:
    return json.loads(label_one(tagger, read_question(body, 10_000), Options())[0])


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
    answers = json.loads(label_batch(tagger, read_batch(body, 10, 10_000), Options(explain=False))[0])["answers"]
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


# --- a run with an encoder --------------------------------------------------------------------------------------------

KITES = (
    "The council of Orlevik said that the town flies kites. Praise the kites, it said, and it went home for the night."
)


@pytest.fixture
def encoded(small_run: Run, tiny_encoder: Path, settings: Settings) -> Run:
    """The champion: a fast head that knows nothing of kites, and an encoder for which praise is in favour."""
    assert small_run.stance is not None
    accurate = StanceHead(EncoderScorer(tiny_encoder), threshold=0.5)
    run = replace(small_run, name="encoded", stance=replace(small_run.stance, accurate=accurate), golden=())
    artifact.save(run, settings.models / "encoded")
    Registry(settings.models).promote("encoded")
    return run


@pytest.fixture
def encoding(encoded: Run, settings: Settings, new_client: Callable[..., Any]) -> Iterator[Any]:
    limits = {"encoder_threads": 1, "max_queue": 0}
    with new_client(Settings.model_validate(settings.model_dump() | limits)) as client:
        yield client


def stance_of(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    [stance] = response.json()["stances"]
    return dict(stance)


def test_the_query_says_which_head_answers(encoding: Any) -> None:
    body = json.dumps({"text": KITES, "targets": ["kites"]})
    accurate = stance_of(encoding.label_json(body))
    assert accurate["stance"] == "favor"
    assert next(KITES[span["start"] : span["end"]] for span in accurate["evidence"]).startswith("Praise the kites")
    assert stance_of(encoding.label_json(body, "?stance=accurate")) == accurate
    fast = stance_of(encoding.label_json(body, "?stance=fast"))
    assert fast["scores"] != accurate["scores"]
    assert stance_of(encoding.label_json(body, "?stance=cascade")) == accurate, "nothing is sure for the small head"
    assert encoding.label_json(body, "?stance=slow").json()["type"] == "/problems/invalid-parameter"


def test_a_batch_and_lines_are_answered_by_the_encoder_too(encoding: Any) -> None:
    document = {"text": KITES, "targets": ["kites"]}
    batch = encoding.post("/v1/label/batch", json={"documents": [document, {"text": KITES, "targets": []}]}).json()
    assert [[s["stance"] for s in answer["stances"]] for answer in batch["answers"]] == [["favor"], []]
    lines = encoding.post(
        "/v1/label/batch", content=json.dumps(document), headers={"Content-Type": "application/x-ndjson"}
    )
    assert json.loads(lines.text)["stances"][0]["stance"] == "favor"


def test_an_answer_that_takes_the_encoder_holds_up_no_other(encoding: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, go_on = threading.Event(), threading.Event()
    score = EncoderScorer.score

    def slowly(self: EncoderScorer, pairs: Any) -> Any:
        busy.set()
        assert go_on.wait(20)
        return score(self, pairs)

    monkeypatch.setattr(EncoderScorer, "score", slowly)
    asked = ("POST", "/v1/label", {"json": {"text": KITES, "targets": ["kites"]}})
    large = ("POST", "/v1/label", {"json": {"text": KITES + " " * 70_000}})
    threading.Timer(1.0, go_on.set).start()
    slow, refused, fast, also_fast = encoding.together(asked, asked, large, ("GET", "/health/live", {}))
    assert busy.is_set()
    assert (fast.status_code, also_fast.status_code) == (200, 200)
    assert sorted([slow.status_code, refused.status_code]) == [200, 503], "the lane of the encoder has one place"


def test_a_run_whose_encoder_is_damaged_never_comes_into_use(encoded: Run, settings: Settings, new_client: Any) -> None:
    (settings.models / "encoded" / "stance" / "tokenizer.json").write_bytes(b"{}")
    with new_client(settings) as client:
        ready = client.get("/health/ready")
        assert ready.status_code == 503 and "tokenizer.json" in ready.text


def test_a_text_is_read_with_the_head_that_the_command_names(
    encoded: Run, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for option in ([], ["--stance", "accurate"], ["--stance", "fast"]):
        arguments = ["label", "--text", KITES, "--target", "kites", "--json", "--models", str(settings.models)]
        assert main([*arguments, *option]) == 0
        found.append(json.loads(capsys.readouterr().out)["stances"][0])
    assert found[0] == found[1] != found[2]
    assert found[0]["stance"] == "favor"


def test_a_file_is_read_with_the_head_that_the_command_names(
    encoded: Run, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": KITES}) + "\n")
    scores = {}
    for mode in ("fast", "cascade", "accurate"):
        arguments = [str(tmp_path / "a.jsonl"), "--target", "kites", "--stance", mode, "--quiet", "--workers", "2"]
        assert label(str(settings.models), *arguments) == 0
        scores[mode] = json.loads(capsys.readouterr().out)["stances"][0]["scores"]
    assert scores["fast"] != scores["accurate"] == scores["cascade"]


def test_evaluate_judges_the_head_that_it_is_told_to(
    encoded: Run, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = {"text": KITES, "stances": [{"target": "kites", "stance": "favor"}]}
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold) + "\n")
    accuracy = {}
    for mode in ("fast", "accurate"):
        arguments = ["evaluate", "encoded", str(tmp_path / "gold.jsonl"), "--stance", mode, "--json"]
        assert main([*arguments, "--models", str(settings.models)]) == 0
        accuracy[mode] = json.loads(capsys.readouterr().out)["stance"]["ece"]
    assert accuracy["fast"] != accuracy["accurate"]

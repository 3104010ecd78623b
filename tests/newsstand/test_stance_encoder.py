"""An encoder scores the stance of passages, gives evidence, comes back from the disk, and refuses what is no encoder."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand import artifact
from newsstand.artifact import Run
from newsstand.documents import Document
from newsstand.errors import ArtifactDamaged, ArtifactError
from newsstand.resources import data_file
from newsstand.stance.encoder import EncoderScorer
from newsstand.stance.head import StanceHead
from newsstand.stance.heads import StanceHeads
from newsstand.stance.joint import JointScorer
from newsstand.stance.linear import LinearScorer
from newsstand.stance.passages import Pair, Passage, passages
from newsstand.stance.targets import KnownTargets, read_article
from newsstand.tagger import Tagger


@pytest.fixture(scope="session")
def scorer(tiny_encoder: Path) -> EncoderScorer:
    return EncoderScorer(tiny_encoder)


def pair(target: str, text: str) -> Pair:
    readings = read_article(Document(text))
    return target, passages(readings, KnownTargets().find(target, readings).mentions)[0]


def test_the_words_of_the_passage_decide_and_those_of_the_target_do_not(scorer: EncoderScorer) -> None:
    scores = scorer.score(
        [pair("kites", "Kites: praise."), pair("praise kites", "Blame kites."), pair("kites", "The kites.")]
    )
    assert scores.argmax(axis=1).tolist()[:2] == [0, 1]
    assert scores[2].tolist() == [0, 0, 0]


def test_a_passage_is_scored_the_same_whatever_stands_beside_it(scorer: EncoderScorer) -> None:
    first, second = pair("kites", "Praise the kites."), pair("town", "Blame the town, it flies kites " * 9)
    assert np.array_equal(scorer.score([first, second])[:1], scorer.score([first]))


def test_no_pairs_have_no_scores(scorer: EncoderScorer) -> None:
    assert scorer.score([]).shape == (0, 3)
    scores, added = scorer.explain([])
    assert scores.shape == (0, 3) and added == []


@pytest.mark.parametrize("words", [10, 75, 76, 150, 290])
def test_a_long_passage_is_read_to_its_last_word(tiny_encoder: Path, words: int) -> None:
    scorer = EncoderScorer(tiny_encoder, max_tokens=80)
    passage = Passage("text", 0, "the kites " + "town " * words + "praise")
    scores = scorer.score([("kites", passage)])
    assert scores[0, 0] > 0


def test_a_long_target_leaves_room_for_the_passage(scorer: EncoderScorer) -> None:
    assert scorer.score([pair("kites " * 500, "Praise the kites.")])[0, 0] > 0


def test_evidence_is_the_sentence_that_praises(scorer: EncoderScorer) -> None:
    pairs = [pair("kites", "The town flies kites. Praise the kites. It flies.")]
    scores, (added,) = scorer.explain(pairs)
    assert np.array_equal(scores, scorer.score(pairs))
    assert added.shape == (3, 3)
    assert added[:, 0].argmax() == 1 and added[0].tolist() == [0, 0, 0]


def test_evidence_of_one_sentence_is_its_whole_score(scorer: EncoderScorer) -> None:
    scores, (added,) = scorer.explain([pair("kites", "Blame the kites.")])
    assert np.allclose(added[0], scores[0] - scores[0].mean())


def test_evidence_of_a_long_article_adds_up_to_its_scores(scorer: EncoderScorer) -> None:
    pairs = [pair("kites", "Praise kites. Blame kites. The town.") for _ in range(20)]
    scores, added = scorer.explain(pairs)
    assert [one.shape for one in added] == [(3, 3)] * 20
    assert np.allclose(np.array([one.sum(axis=0) for one in added]), scores - scores.mean(axis=1, keepdims=True))


@given(st.text(max_size=300), st.text(max_size=3000))
def test_any_target_and_any_text_get_finite_scores(scorer: EncoderScorer, target: str, text: str) -> None:
    readings = read_article(Document(text))
    read = passages(readings, KnownTargets().find(target, readings).mentions)
    scores, added = scorer.explain([(target, passage) for passage in read])
    assert np.isfinite(scores).all()
    assert [len(one) for one in added] == [len(passage.sentences) for passage in read]


@pytest.mark.parametrize("tokens", [0, 79, 513])
def test_windows_must_hold_target_and_passage(tiny_encoder: Path, tokens: int) -> None:
    with pytest.raises(ValueError, match="max_tokens"):
        EncoderScorer(tiny_encoder, max_tokens=tokens)


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"no model", b"{}"])
def test_a_damaged_file_is_named(tiny_encoder: Path, tmp_path: Path, name: str, content: bytes) -> None:
    folder = Path(shutil.copytree(tiny_encoder, tmp_path / "copy"))
    (folder / name).write_bytes(content)
    with pytest.raises(ArtifactDamaged, match=name):
        EncoderScorer(folder).score([pair("kites", "Praise the kites.")])


@pytest.mark.parametrize("library", ["onnxruntime", "tokenizers"])
def test_a_library_that_is_missing_is_named_with_the_remedy(
    tiny_encoder: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ArtifactError, match=rf"needs {library}: pip install 'newsstand\[encoder-run\]'"):
        EncoderScorer(tiny_encoder).score([pair("kites", "Praise the kites.")])


# --- on disk ----------------------------------------------------------------------------------------------------------


def heads_of(scorer: EncoderScorer | JointScorer) -> StanceHeads:
    return StanceHeads(accurate=StanceHead(scorer, threshold=0.4))


@pytest.fixture
def saved(small_run: Run, scorer: EncoderScorer, tmp_path: Path) -> Path:
    artifact.save(replace(small_run, stance=heads_of(scorer), golden=()), tmp_path / "encoded")
    return tmp_path / "encoded"


def change_manifest(path: Path, change: Callable[[Any], Any]) -> None:
    manifest = json.loads((path / "manifest.json").read_text())
    change(manifest)
    (path / "manifest.json").write_text(json.dumps(manifest))


def test_a_run_with_an_encoder_answers_as_before_it_was_saved(saved: Path, scorer: EncoderScorer) -> None:
    loaded = artifact.load(saved)
    assert loaded.stance is not None and loaded.stance.accurate is not None
    assert isinstance(loaded.stance.accurate.scorer, EncoderScorer)
    document = Document("The town flies kites. Praise the kites.")
    assert loaded.stance.label(document, ["kites"]) == heads_of(scorer).label(document, ["kites"])
    assert loaded.stance.label(document, ["kites"])[0][0].stance == "favor"


def test_an_altered_encoder_is_refused(saved: Path) -> None:
    with (saved / "stance" / "encoder.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ArtifactDamaged, match=r"encoder\.onnx"):
        artifact.load(saved)


@pytest.mark.parametrize("name", ["stance/encoder.onnx", "stance/tokenizer.json"])
def test_an_encoder_that_the_manifest_does_not_vouch_for_is_refused(saved: Path, name: str) -> None:
    change_manifest(saved, lambda manifest: manifest["files"].pop(name))
    with pytest.raises(ArtifactDamaged, match="damaged"):
        artifact.load(saved)


@pytest.mark.parametrize("tokens", [None, "256", 10**9, 3, True])
def test_windows_that_make_no_sense_are_refused(saved: Path, tokens: object) -> None:
    change_manifest(saved, lambda manifest: manifest["heads"]["stance"]["accurate"].update(max_tokens=tokens))
    with pytest.raises(ArtifactDamaged, match="damaged"):
        artifact.load(saved)


def test_golden_answers_of_an_encoder_may_differ_by_what_rounding_changes(
    small_run: Run, scorer: EncoderScorer, tmp_path: Path
) -> None:
    text = "The town flies kites. Praise the kites."
    run = replace(
        small_run, stance=replace(heads_of(scorer), targets=KnownTargets.load(data_file("targets.toml"))), golden=()
    )
    document = Document(text + " Praise China. Praise NATO: it flies.")
    answer = Tagger(run).label(document, explain=False).to_dict()
    del answer["model"]
    assert answer["stances"]
    for change, accepted in ((0.03, True), (0.2, False)):
        expected = json.loads(json.dumps(answer))
        expected["stances"][0]["scores"]["favor"] -= change
        golden = ({"document": document.to_dict(), "answer": expected},)
        artifact.save(replace(run, golden=golden), tmp_path / f"changed-{accepted}")
        if accepted:
            Tagger.load(tmp_path / f"changed-{accepted}").check_encoder()
        else:
            tagger = Tagger.load(tmp_path / f"changed-{accepted}")
            for _ in range(2):  # the check is not passed by failing once
                with pytest.raises(ArtifactDamaged, match="golden"):
                    tagger.label(document)
            with pytest.raises(ArtifactDamaged, match="golden"):
                tagger.check_encoder()


def test_what_was_learned_from_is_a_list_of_corpora(saved: Path) -> None:
    change_manifest(saved, lambda manifest: manifest["heads"]["stance"]["accurate"].update(learned_from="vast"))
    with pytest.raises(ArtifactDamaged, match="damaged"):
        artifact.load(saved)


def linear_of(run: Run) -> LinearScorer:
    assert run.stance is not None and run.stance.fast is not None
    assert isinstance(run.stance.fast.scorer, LinearScorer)
    return run.stance.fast.scorer


def test_a_joint_scorer_adds_both_up_and_so_does_its_evidence(small_run: Run, scorer: EncoderScorer) -> None:
    linear, pairs = linear_of(small_run), [pair("kites", "The town flies kites. Praise the kites. It flies.")]
    scores, added = JointScorer(scorer, linear, 0.5).explain(pairs)
    assert np.allclose(scores, scorer.score(pairs) + 0.5 * linear.score(pairs))
    assert np.allclose(added[0], scorer.explain(pairs)[1][0] + 0.5 * linear.explain(pairs)[1][0])


def test_a_joint_scorer_comes_back_with_the_weights_of_the_fast_head(
    small_run: Run, scorer: EncoderScorer, tmp_path: Path
) -> None:
    assert small_run.stance is not None
    heads = replace(small_run.stance, accurate=StanceHead(JointScorer(scorer, linear_of(small_run), 0.5)))
    artifact.save(replace(small_run, stance=heads, golden=()), tmp_path / "joint")
    loaded = artifact.load(tmp_path / "joint").stance
    document = Document("The town flies kites. Praise the kites.")
    assert loaded is not None and loaded.label(document, ["kites"]) == heads.label(document, ["kites"])
    change_manifest(tmp_path / "joint", lambda manifest: manifest["heads"]["stance"].pop("fast"))
    with pytest.raises(ArtifactDamaged, match="damaged"):
        artifact.load(tmp_path / "joint")

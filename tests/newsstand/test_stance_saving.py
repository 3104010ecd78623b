"""A stance head on disk: what was saved is loaded, and what was altered is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newsstand import artifact
from newsstand.artifact import Run
from newsstand.documents import Document
from newsstand.errors import ArtifactDamaged
from newsstand.stance.linear import LinearScorer
from newsstand.tagger import Tagger


@pytest.fixture
def run_path(small_run_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_run_path, tmp_path / "small"))


def edit_manifest(path: Path, change: Callable[[Any], Any]) -> None:
    manifest = json.loads((path / "manifest.json").read_text())
    change(manifest)
    (path / "manifest.json").write_text(json.dumps(manifest))


def save_array(path: Path, name: str, array: np.ndarray) -> None:
    """Replace an array and its digest, as somebody would who wants to be believed."""
    np.save(path / "stance" / f"{name}.npy", array)
    digest = artifact.file_digest(path / "stance" / f"{name}.npy")
    edit_manifest(path, lambda manifest: manifest["files"].update({f"stance/{name}.npy": digest}))


def test_the_head_comes_back_as_it_was_saved(small_run: Run) -> None:
    assert small_run.heads == ("topics", "leaning", "stance")
    assert small_run.stance is not None and small_run.stance.fast is not None
    scorer = small_run.stance.fast.scorer
    assert isinstance(scorer, LinearScorer) and isinstance(scorer.weights, np.memmap)
    assert len(small_run.stance.targets) == 50


def test_golden_answers_hold_the_run_to_its_stances(run_path: Path) -> None:
    golden = [json.loads(line) for line in (run_path / "golden.jsonl").read_text().splitlines()]
    assert any(entry["answer"]["stances"] for entry in golden)
    edit_manifest(run_path, lambda manifest: manifest["heads"]["stance"]["fast"].update(offset=[4.0, -4.0, 0.0]))
    with pytest.raises(ArtifactDamaged, match="golden"):
        Tagger.load(run_path)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "pickle"},
        {"features": 99},
        {"vector_size": 10**9},
        {"vector_size": True},
        {"intercept": [0.0, 0.0]},
        {"intercept": [0.0, float("nan"), 0.0]},
        {"slope": -1.0},
        {"slope": "high"},
        {"offset": None},
        {"threshold": 7},
    ],
)
def test_a_head_that_makes_no_sense_is_refused(run_path: Path, change: dict[str, Any]) -> None:
    edit_manifest(run_path, lambda manifest: manifest["heads"]["stance"]["fast"].update(change))
    with pytest.raises(ArtifactDamaged):
        artifact.load(run_path)


@pytest.mark.parametrize(
    "change",
    [
        {"targets": {"name": "none", "entries": 3}},
        {"targets": {"name": "none", "entries": [{"id": "a"}]}},
        {"targets": []},
        {"sure": 7},
        {"sure": None},
        {"fast": None},
        {"accurate": {}},
    ],
)
def test_a_section_that_makes_no_sense_is_refused(run_path: Path, change: dict[str, Any]) -> None:
    edit_manifest(run_path, lambda manifest: manifest["heads"]["stance"].update(change))
    with pytest.raises(ArtifactDamaged):
        artifact.load(run_path)


@pytest.mark.parametrize("name", ["words", "weights", "dense"])
def test_arrays_that_do_not_fit_are_refused(run_path: Path, name: str) -> None:
    save_array(run_path, name, np.zeros(12, np.float32))
    with pytest.raises(ArtifactDamaged):
        artifact.load(run_path)


def test_words_out_of_order_are_refused(run_path: Path) -> None:
    save_array(run_path, "words", np.load(run_path / "stance" / "words.npy")[::-1])
    with pytest.raises(ArtifactDamaged):
        artifact.load(run_path)


@pytest.mark.parametrize("name", ["words", "weights", "dense"])
def test_an_altered_or_missing_array_is_refused(run_path: Path, name: str) -> None:
    file = run_path / "stance" / f"{name}.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(ArtifactDamaged, match="truncated or altered"):
        artifact.load(run_path)
    file.unlink()
    with pytest.raises(ArtifactDamaged, match="missing"):
        artifact.load(run_path)


def test_an_array_that_the_manifest_does_not_list_is_not_read(run_path: Path) -> None:
    edit_manifest(run_path, lambda manifest: manifest["files"].pop("stance/words.npy"))
    with pytest.raises(ArtifactDamaged):
        artifact.load(run_path)


def test_files_outside_the_run_are_not_read(run_path: Path) -> None:
    edit_manifest(run_path, lambda manifest: manifest["files"].update({"stance/../../x.npy": "sha256:0"}))
    with pytest.raises(ArtifactDamaged):
        artifact.load(run_path)


def test_a_run_may_have_a_stance_head_alone(small_run: Run, tmp_path: Path) -> None:
    from train.stance.training import bare_run

    run = bare_run("alone")
    artifact.save(Run(**{**run.__dict__, "stance": small_run.stance}), tmp_path / "alone")
    answer = Tagger.load(tmp_path / "alone").label(
        Document("The harbour tunnel is a costly failure, says everybody in town."), targets=["harbour tunnel"]
    )
    assert answer.topics == () and answer.leaning is None and answer.stances[0].mentioned

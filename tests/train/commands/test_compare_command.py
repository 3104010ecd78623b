"""'newsstand compare' as a person uses it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from newsstand.__main__ import main

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def two_runs(models_dir: Path) -> Path:
    """A models directory with the small run, and a copy of it that hardly ever gives a topic."""
    shutil.copytree(models_dir / "small", models_dir / "shy")
    manifest = models_dir / "shy" / "manifest.json"
    content = json.loads(manifest.read_text())
    for label in content["heads"]["topics"]["labels"]:
        label["threshold"] = 0.9999999
    golden = models_dir / "shy" / "golden.jsonl"
    golden.write_text("")
    from newsstand.artifact import file_digest

    content["files"]["golden.jsonl"] = file_digest(golden)
    manifest.write_text(json.dumps(content))
    return models_dir


def compare(models: Path, *arguments: object) -> int:
    return main(["compare", *map(str, arguments), "--models", str(models)])


def test_a_run_is_as_good_as_itself(models_dir: Path, sample_files: list[Path], capsys: Captured) -> None:
    assert compare(models_dir, "small", "champion", *sample_files, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["runs"] == ["small", "small"]
    for head in ("topics", "leaning"):
        assert set(report[head]["difference"].values()) <= {0.0, None}
        assert report[head]["better"] == report[head]["worse"] == []


def test_a_run_that_is_worse_is_a_finding(two_runs: Path, sample_files: list[Path], capsys: Captured) -> None:
    assert compare(two_runs, "small", "shy", *sample_files, "--heads", "topics") == 1
    out = capsys.readouterr().out
    assert "| Topics | small | shy | Difference | 95 % interval |" in out and "| worse |" in out
    assert compare(two_runs, "shy", "small", *sample_files, "--heads", "topics", "--json") == 0
    topics = json.loads(capsys.readouterr().out)["topics"]
    low, high = topics["intervals"]["micro_f1"]
    assert 0 < low <= topics["difference"]["micro_f1"] <= high and "micro_f1" in topics["better"]
    assert topics["difference"]["micro_f1"] == pytest.approx(
        topics["second"]["micro_f1"] - topics["first"]["micro_f1"], abs=2e-4
    )
    assert topics["difference"]["hit_at_1"] == 0, "thresholds change no ranking"


def test_runs_are_not_compared_by_labels_that_they_do_not_know(
    models_dir: Path, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "chess.jsonl"
    file.write_text('{"text": "The rook took the pawn in the third round.", "topics": ["chess"]}\n')
    assert compare(models_dir, "small", "small", file) == 2
    assert "nothing to compare" in capsys.readouterr().err


@pytest.fixture
def two_opinions(models_dir: Path) -> Path:
    """A models directory with the small run, and a copy of it that takes every article for one in favour."""
    shutil.copytree(models_dir / "small", models_dir / "fond")
    manifest = models_dir / "fond" / "manifest.json"
    content = json.loads(manifest.read_text())
    content["heads"]["stance"]["fast"]["offset"] = [50.0, 0.0, 0.0]
    golden = models_dir / "fond" / "golden.jsonl"
    golden.write_text("")
    from newsstand.artifact import file_digest

    content["files"]["golden.jsonl"] = file_digest(golden)
    manifest.write_text(json.dumps(content))
    return models_dir


def test_stances_are_compared_document_by_document(
    two_opinions: Path, sample_files: list[Path], capsys: Captured
) -> None:
    assert compare(two_opinions, "small", "fond", *sample_files, "--heads", "stance", "--json") == 1
    stance = json.loads(capsys.readouterr().out)["stance"]
    assert "accuracy" in stance["worse"] and stance["difference"]["accuracy"] < 0
    assert main(["evaluate", "fond", *map(str, sample_files), "--models", str(two_opinions), "--json"]) == 0
    alone = json.loads(capsys.readouterr().out)["stance"]
    assert stance["second"] == {name: alone[name] for name in ("macro_f1", "f_avg", "accuracy", "ece")}
    assert 1 < stance["n"] < alone["n"], "documents with a gold stance, some of them with several"


def test_stances_stand_in_the_table(models_dir: Path, sample_files: list[Path], capsys: Captured) -> None:
    assert compare(models_dir, "small", "small", *sample_files, "--heads", "stance", "--stance", "fast") == 0
    out = capsys.readouterr().out
    assert "| Stance | small | small |" in out and "| accuracy, all gold stances |" in out

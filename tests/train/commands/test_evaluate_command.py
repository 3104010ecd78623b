"""'newsstand evaluate' as a person uses it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from newsstand.__main__ import main
from newsstand.formats import read_documents, write_documents

Captured = pytest.CaptureFixture[str]

TOPICS = {"micro_f1", "macro_f1", "hit_at_1", "hit_at_3", "ece", "coverage", "n"}
LEANING = {"accuracy", "macro_f1", "coverage", "selective_accuracy", "ece", "n"}


def run(models: Path, *arguments: object) -> int:
    return main(["evaluate", *map(str, arguments), "--models", str(models)])


def strict_json(text: str) -> Any:
    """One JSON object, as every parser understands it."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_json_has_the_figures_of_the_contract(models_dir: Path, sample_files: list[Path], capsys: Captured) -> None:
    assert run(models_dir, "champion", *sample_files, "--json") == 0
    report = strict_json(capsys.readouterr().out)
    assert report.keys() == {"topics", "leaning", "stance"}
    assert report["stance"].keys() >= {"macro_f1", "f_avg", "accuracy", "ece", "n", "per_target"}
    assert report["topics"].keys() >= TOPICS and report["leaning"].keys() >= LEANING
    for figures in report.values():
        for name, (low, high) in figures["intervals"].items():
            assert 0 <= low <= high <= 1 and 0 <= figures[name] <= 1
        assert isinstance(figures["n"], int) and figures["n"] > 200


def test_the_table_shows_figures_with_intervals(models_dir: Path, sample_files: list[Path], capsys: Captured) -> None:
    assert run(models_dir, "small", sample_files[0]) == 0
    out, err = capsys.readouterr()
    assert "| Topics | Value | 95 % interval |" in out and "| Leaning | Value | 95 % interval |" in out
    assert "| hit@1 | 1.000 | 1.000 to 1.000 |" in out and "| expected calibration error | 0." in out
    assert out.count("| articles | ") == 2
    assert "labelling" in err


@pytest.mark.parametrize("head", ["topics", "leaning"])
def test_one_head_can_be_judged_alone(models_dir: Path, sample_files: list[Path], capsys: Captured, head: str) -> None:
    assert run(models_dir, models_dir / "small", sample_files[0], "--heads", head, "--json") == 0
    assert strict_json(capsys.readouterr().out).keys() == {head}


def test_heads_without_gold_labels_are_left_out(
    models_dir: Path, sample_files: list[Path], tmp_path: Path, capsys: Captured
) -> None:
    documents = [replace(document, leaning=None, stances=None) for document in read_documents(sample_files[0])]
    write_documents(tmp_path / "topics.jsonl", documents)
    assert run(models_dir, "champion", tmp_path / "topics.jsonl", "--json") == 0
    assert strict_json(capsys.readouterr().out).keys() == {"topics"}


def test_a_single_document_has_figures_without_intervals(
    models_dir: Path, sample_files: list[Path], tmp_path: Path, capsys: Captured
) -> None:
    document = next(iter(read_documents(sample_files[0])))
    write_documents(tmp_path / "one.jsonl", [replace(document, topics=("immigration",), leaning="left")])
    assert run(models_dir, "champion", tmp_path / "one.jsonl", "--json") == 0
    report = strict_json(capsys.readouterr().out)
    assert report["topics"]["n"] == report["leaning"]["n"] == 1
    assert "intervals" not in report["topics"]
    assert run(models_dir, "champion", tmp_path / "one.jsonl") == 0
    assert "| articles | 1 |  |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("nobody", "there is no run 'nobody'"), ("./nobody", "there is no run at ./nobody")],
)
def test_an_unknown_run_is_said(
    models_dir: Path, sample_files: list[Path], capsys: Captured, name: str, complaint: str
) -> None:
    assert run(models_dir, name, sample_files[0]) == 2
    assert complaint in capsys.readouterr().err


def test_no_champion_yet_is_said(tmp_path: Path, sample_files: list[Path], capsys: Captured) -> None:
    assert run(tmp_path, "champion", sample_files[0]) == 2
    assert "no champion yet: train a run and promote it" in capsys.readouterr().err


def test_documents_without_gold_labels_are_said(models_dir: Path, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "bare.jsonl").write_text('{"text": "The council of Harbour Falls froze the rents."}\n')
    assert run(models_dir, "champion", tmp_path / "bare.jsonl") == 2
    err = capsys.readouterr().err
    assert "nothing to judge" in err and "newsstand corpus stats" in err and "Harbour" not in err


@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 2)])
def test_malformed_records_are_left_out_unless_strict(
    models_dir: Path, sample_files: list[Path], tmp_path: Path, capsys: Captured, strict: bool, code: int
) -> None:
    (tmp_path / "mixed.jsonl").write_text(sample_files[0].read_text() + "not JSON\n")
    assert run(models_dir, "champion", tmp_path / "mixed.jsonl", *["--strict"] * strict) == code
    assert "mixed.jsonl:44" in capsys.readouterr().err


def test_a_damaged_run_is_refused(models_dir: Path, sample_files: list[Path], capsys: Captured) -> None:
    table = models_dir / "small" / "table.npy"
    table.write_bytes(table.read_bytes()[:-1])
    assert run(models_dir, "champion", sample_files[0]) == 2
    assert "table.npy was truncated or altered" in capsys.readouterr().err


def test_an_unknown_head_is_refused(models_dir: Path, sample_files: list[Path], capsys: Captured) -> None:
    assert run(models_dir, "champion", sample_files[0], "--heads", "mood") == 2
    assert "--heads takes topics, leaning and stance" in capsys.readouterr().err

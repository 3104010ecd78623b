"""'newsstand train' as a person uses it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from newsstand.__main__ import INTERRUPTED, main
from newsstand.registry import Registry
from newsstand.tagger import Tagger

Captured = pytest.CaptureFixture[str]


def strict_json(text: str) -> Any:
    """One JSON object, as every parser understands it."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def run(*arguments: object) -> int:
    return main(["train", "--jobs", "1", *map(str, arguments)])


@pytest.fixture
def mine(make_documents: Callable[..., Any], write_corpus: Callable[..., Path]) -> Path:
    golds = [d for t in ("sport", "economy") for d in make_documents(12, [t], topics=(t,))]
    return write_corpus(golds, corpus="made-up", scope=("sport", "economy", "health"))


def test_a_run_is_trained_on_the_sample_corpus(models: Path, sample_files: list[Path], capsys: Captured) -> None:
    assert run(*sample_files, "--name", "my-first", "--models", models) == 0
    out, err = capsys.readouterr()
    assert "| topics | micro-F1 | 0." in out and "| leaning | macro-F1 | 0." in out
    assert "| leaning | accuracy of the leanings given | none given |" in out
    assert f"Saved {models / 'my-first'}" in err and "newsstand promote my-first" in err
    assert Tagger.load(models / "my-first").run.heads == ("topics", "leaning", "stance")


def test_json_is_one_object_without_nan(models: Path, sample_files: list[Path], capsys: Captured) -> None:
    assert run(*sample_files, "--name", "my-first", "--models", models, "--json") == 0
    out, err = capsys.readouterr()
    result = strict_json(out)
    assert (result["run"], result["path"], result["malformed"]) == ("my-first", str(models / "my-first"), 0)
    assert {"micro_f1", "macro_f1", "hit_at_1", "ece", "n"} <= result["metrics"]["topics"].keys()
    assert result["metrics"]["leaning"]["selective_accuracy"] is None
    assert "reading the corpora" in err and "looking for near-duplicates" in err
    strict_json((models / "my-first" / "manifest.json").read_text())


def test_heads_names_and_seed_can_be_chosen(models: Path, mine: Path, capsys: Captured) -> None:
    assert run(mine, "--heads", "topics", "--seed", "5", "--models", models, "--json") == 0
    result = strict_json(capsys.readouterr().out)
    assert result["run"].endswith("-topics") and Registry(models).runs() == [result["run"]]
    assert result["metrics"].keys() == {"topics"} and result["options"]["seed"] == 5


def test_splits_stand_beside_each_other_when_asked_for(models: Path, mine: Path, capsys: Captured) -> None:
    assert run(mine, "--heads", "topics", "--splits", "--name", "mine", "--models", models) == 0
    out, _ = capsys.readouterr()
    assert "| By outlet | 24 |" in out and "By time: not judged, as the articles have no dates" in out
    assert "| By outlet | 24 |" in (models / "mine" / "card.md").read_text()
    assert 'id="splits"' in (models / "mine" / "report.html").read_text()
    assert Tagger.load(models / "mine").run.about["splits"]["outlet"]["topics"]["n"] == 24


def test_a_learning_curve_is_drawn_when_asked_for(models: Path, mine: Path, capsys: Captured) -> None:
    assert run(mine, "--heads", "topics", "--learning-curve", "--name", "mine", "--models", models) == 0
    assert "| 1/8 | 2 |" in capsys.readouterr().out
    assert 'id="learning-curve"' in (models / "mine" / "report.html").read_text()


def test_the_models_directory_comes_from_the_environment(
    models: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSSTAND_MODELS", str(models))
    assert run(mine, "--name", "mine") == 0
    assert Registry(models).runs() == ["mine"]


def test_malformed_records_are_reported_and_counted(models: Path, mine: Path, capsys: Captured) -> None:
    mine.write_text(mine.read_text() + '{"text": "Secret words of a reader", "topics": "sport"}\n')
    assert run(mine, "--models", models, "--json") == 0
    out, err = capsys.readouterr()
    assert strict_json(out)["malformed"] == 1
    assert f"left out: {mine}:26" in err and "1 malformed records were left out" in err
    assert "Secret" not in out + err
    assert run(mine, "--models", models, "--name", "strict", "--strict") == 2
    assert "strict" not in Registry(models).runs()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--heads", "stances"], "--heads takes topics, leaning and stance"),
        (["--heads", ""], "--heads takes topics, leaning and stance"),
        (["--heads", "topics,,mood"], "--heads takes topics, leaning and stance"),
        (["--jobs", "0"], "--jobs takes a number of threads from 1"),
        (["--jobs", "100000"], "--jobs takes a number of threads from 1 to 512"),
        (["--jobs", "-2"], "--jobs takes a number of threads from 1"),
        (["--seed", "-1"], "--seed takes a whole number"),
        (["--seed", str(2**63)], "--seed takes a whole number"),
        (["--splits", "--heads", "stance"], "--splits is for topics and leaning"),
        (["--learning-curve", "--heads", "leaning"], "--learning-curve is for the topics"),
        (["--name", "a/b"], "'a/b' cannot name a run"),
        (["--name", "taken"], "there is a run 'taken'"),
        (["--test", "nowhere.jsonl"], "nowhere.jsonl: there is no such file"),
        (["--taxonomy", "nowhere.toml"], "nowhere.toml: cannot read the label set"),
        (["--heads", "leaning"], "nothing to learn for the heads leaning: no two leanings occur"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    models: Path, mine: Path, capsys: Captured, arguments: list[str], complaint: str
) -> None:
    (models / "taken").mkdir(parents=True)
    assert run(mine, "--models", models, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and "Traceback" not in err
    last = err.strip().splitlines()[-1]
    assert last.startswith("newsstand train: ") and complaint in last
    assert [path.name for path in models.iterdir()] == ["taken"]


@pytest.mark.parametrize("name", ["nowhere.jsonl", "articles.docx", "."])
def test_files_that_cannot_be_read_are_named(models: Path, capsys: Captured, name: str) -> None:
    assert run(name, "--models", models) == 2
    assert f"newsstand train: {name}: " in capsys.readouterr().err
    assert not models.exists()


@pytest.mark.parametrize("arguments", [["--seed", "one"], ["--colour"], []])
def test_what_the_parser_does_not_know_is_explained(arguments: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["train", *arguments])
    assert stopped.value.code == 2
    assert "usage: newsstand train" in capsys.readouterr().err


def test_ctrl_c_leaves_nothing_and_says_so(
    models: Path, mine: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("newsstand.artifact.os.replace", interrupt)
    assert run(mine, "--models", models) == INTERRUPTED
    assert capsys.readouterr().err.endswith("newsstand train: stopped\n")
    assert list(models.iterdir()) == []


def test_a_wanted_precision_and_a_budget_are_recorded(models: Path, mine: Path, capsys: Captured) -> None:
    assert run(mine, "--name", "mine", "--precision", "0.8", "--budget", "0.5", "--models", models, "--json") == 0
    result = strict_json(capsys.readouterr().out)
    assert result["options"]["precision"] == 0.8 and result["recipe"]["tried"]
    assert 0 <= result["metrics"]["topics"]["precision"] <= 1
    card = (models / "mine" / "card.md").read_text()
    assert "Thresholds aim at a precision of 0.8" in card and re.search(
        r"The best of \d+ recipes? tried in \d+ s", card
    )


def test_titles_stand_in_the_report_only_where_they_are_wanted(
    models: Path, write_corpus: Callable[..., Path], make_documents: Callable[..., Any], capsys: Captured
) -> None:
    odd = make_documents(1, ["economy"], topics=("sport",), title="A striking title")
    plain = [d for topic in ("sport", "economy") for d in make_documents(20, [topic], topics=(topic,))]
    corpus = write_corpus([*plain, *odd])
    assert run(corpus, "--name", "without", "--heads", "topics", "--models", models) == 0
    assert "its report report.html" in capsys.readouterr().err
    assert run(corpus, "--name", "with", "--heads", "topics", "--report-titles", "--models", models) == 0
    reports = [(models / name / "report.html").read_text() for name in ("without", "with")]
    assert ["A striking title" in report for report in reports] == [False, True]


def test_a_wanted_recall_is_recorded(models: Path, mine: Path, capsys: Captured) -> None:
    assert run(mine, "--name", "mine", "--recall", "0.95", "--models", models, "--json") == 0
    assert strict_json(capsys.readouterr().out)["metrics"]["topics"]["recall"] >= 0.95
    assert "Thresholds aim at a recall of 0.95" in (models / "mine" / "card.md").read_text(encoding="utf-8")


def test_precision_and_recall_are_not_wanted_together(models: Path, mine: Path, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as refused:
        run(mine, "--precision", "0.9", "--recall", "0.9", "--models", models)
    assert refused.value.code == 2 and "not allowed with" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [("--precision", "1"), ("--precision", "nan"), ("--recall", "0"), ("--budget", "-1"), ("--budget", "inf")]
)
def test_a_precision_or_budget_that_makes_no_sense_is_refused(
    models: Path, mine: Path, capsys: Captured, wrong: tuple[str, str]
) -> None:
    assert run(mine, *wrong, "--models", models) == 2
    assert wrong[0] in capsys.readouterr().err

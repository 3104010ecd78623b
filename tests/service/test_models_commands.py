"""`newsstand models`, `promote` and `rollback`: the registry on the command line."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newsstand.__main__ import run_command
from newsstand.registry import Registry
from service.commands.models import add_models_option
from service.settings import read_settings

Command = Callable[..., int]


@pytest.fixture
def run(registry: Registry) -> Command:
    def run_one(name: str, *arguments: str) -> int:
        return run_command(name, f"service.commands.{name}", [*arguments, "--models", str(registry.path)])

    return run_one


def edit_about(run: Path, about: object) -> None:
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    (run / "manifest.json").write_text(json.dumps({**manifest, "about": about}), encoding="utf-8")


def test_runs_are_listed_with_the_champion_marked(run: Command, capsys: Any) -> None:
    assert run("models") == 0
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split() == ["Run", "Created", "Heads", "Size", "Figures"]
    assert first.startswith("*  first   2026-11-24 00:00  topics, leaning  ")
    assert first.endswith("topics: micro-F1 0.500")
    assert second.startswith("   second")


def test_runs_are_listed_as_json(run: Command, registry: Registry, capsys: Any) -> None:
    assert run("models", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["champion"] == "first"
    assert shown["runs"][0] == {
        "name": "first",
        "created": "2026-11-24T00:00:00Z",
        "heads": ["topics", "leaning"],
        "metrics": {"topics": {"micro_f1": 0.5}},
        "bytes": sum(file.stat().st_size for file in (registry.path / "first").iterdir()),
    }


def test_a_damaged_run_is_listed_with_the_reason(
    run: Command, registry: Registry, capsys: Any, damage: Callable[[Path], None]
) -> None:
    damage(registry.path / "first")
    (registry.path / "second" / "manifest.json").write_text("{")
    assert run("models") == 0
    _, first, second = capsys.readouterr().out.splitlines()
    assert "damaged: " in first
    assert "was truncated or altered" in first
    assert "unknown" in second
    assert "truncated or altered" in second
    run("models", "--json")
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert all(entry["damaged"] for entry in runs)
    assert (runs[0]["created"], runs[1]["created"]) == ("2026-11-24T00:00:00Z", None)


@pytest.mark.parametrize(
    "about", [{}, {"created": 3, "metrics": [1]}, {"metrics": {"topics": {"micro_f1": "high"}, "leaning": 2}}]
)
def test_a_run_that_says_little_about_itself_is_listed_all_the_same(
    run: Command, registry: Registry, capsys: Any, about: object
) -> None:
    edit_about(registry.path / "first", about)
    assert run("models") == 0
    assert "*  first   unknown" in capsys.readouterr().out
    assert run("models", "--json") == 0
    assert "damaged" not in json.loads(capsys.readouterr().out)["runs"][0]


def test_what_a_run_says_about_itself_cannot_steer_the_terminal(run: Command, registry: Registry, capsys: Any) -> None:
    edit_about(registry.path / "first", {"created": "\x1b[2J\n2026"})
    run("models")
    assert "\x1b" not in capsys.readouterr().out


def test_an_empty_models_directory_says_how_to_train_a_run(tmp_path: Path, capsys: Any) -> None:
    arguments = ["--models", str(tmp_path / "none")]
    assert run_command("models", "service.commands.models", arguments) == 0
    assert "newsstand train" in capsys.readouterr().out
    assert run_command("models", "service.commands.models", [*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"champion": None, "runs": []}


def test_the_directory_can_be_set_in_the_environment(
    registry: Registry, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSSTAND_MODELS", str(registry.path))
    assert run_command("models", "service.commands.models", ["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["champion"] == "first"


@pytest.mark.parametrize("variable", [None, "elsewhere"])
def test_commands_and_service_look_for_runs_in_the_same_place(
    monkeypatch: pytest.MonkeyPatch, variable: str | None
) -> None:
    monkeypatch.delenv("NEWSSTAND_MODELS", raising=False)
    if variable:
        monkeypatch.setenv("NEWSSTAND_MODELS", variable)
    parser = argparse.ArgumentParser()
    add_models_option(parser)
    assert parser.parse_args([]).models == read_settings().models


def test_without_a_champion_the_list_says_how_to_choose_one(run: Command, registry: Registry, capsys: Any) -> None:
    (registry.path / "champion.json").unlink()
    run("models")
    assert "newsstand promote RUN" in capsys.readouterr().out


def test_a_champion_that_was_deleted_is_told(run: Command, registry: Registry, capsys: Any) -> None:
    shutil.rmtree(registry.path / "first")
    run("models")
    assert "The champion first is gone" in capsys.readouterr().out


def test_promote_and_rollback_move_the_champion_there_and_back(run: Command, registry: Registry, capsys: Any) -> None:
    assert run("promote", "second") == 0
    assert capsys.readouterr().out == "champion: first → second\n"
    assert registry.champion() == "second"
    assert run("rollback") == 0
    assert capsys.readouterr().out == "champion: second → first\n"
    assert registry.champion() == "first"
    assert run("rollback") == 2
    assert "no earlier champion" in capsys.readouterr().err


def test_promote_and_rollback_answer_in_json(run: Command, capsys: Any) -> None:
    run("promote", "second", "--json")
    assert json.loads(capsys.readouterr().out) == {"champion": "second", "previous": "first"}
    run("rollback", "--json")
    assert json.loads(capsys.readouterr().out) == {"champion": "first", "previous": "second"}


def test_the_first_promotion_has_no_champion_before(run: Command, registry: Registry, capsys: Any) -> None:
    (registry.path / "champion.json").unlink()
    run("promote", "second")
    assert capsys.readouterr().out == "champion: none → second\n"


def test_promoting_the_champion_changes_nothing(run: Command, registry: Registry, capsys: Any) -> None:
    before = (registry.path / "champion.json").read_bytes()
    assert run("promote", "champion") == 0
    assert capsys.readouterr().out == "first is the champion already\n"
    assert (registry.path / "champion.json").read_bytes() == before


def test_a_run_can_be_promoted_by_its_path(run: Command, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(registry.path)
    assert run("promote", "./second/") == 0
    assert registry.champion() == "second"


def test_a_run_elsewhere_must_be_copied_in_first(run: Command, registry: Registry, tmp_path: Path, capsys: Any) -> None:
    shutil.copytree(registry.path / "second", tmp_path / "elsewhere" / "third")
    assert run("promote", str(tmp_path / "elsewhere" / "third")) == 2
    assert "copy it there first: cp -r" in capsys.readouterr().err
    assert registry.champion() == "first"


def test_an_unknown_run_is_refused(run: Command, capsys: Any) -> None:
    for name in ("nobody", "./nowhere/nobody"):
        assert run("promote", name) == 2
        assert "there is no run" in capsys.readouterr().err


def test_a_damaged_run_is_not_promoted(
    run: Command, registry: Registry, capsys: Any, damage: Callable[[Path], None]
) -> None:
    damage(registry.path / "second")
    assert run("promote", "second") == 2
    assert "truncated or altered" in capsys.readouterr().err
    assert registry.champion() == "first"


def test_a_damaged_champion_of_old_is_not_brought_back(
    run: Command, registry: Registry, capsys: Any, damage: Callable[[Path], None]
) -> None:
    run("promote", "second")
    before = json.loads((registry.path / "champion.json").read_text())
    damage(registry.path / "first")
    assert run("rollback") == 2
    assert "truncated or altered" in capsys.readouterr().err
    assert json.loads((registry.path / "champion.json").read_text()) == before

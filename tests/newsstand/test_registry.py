"""Runs by name, the champion, and the way back."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from newsstand import artifact
from newsstand.errors import NewsstandError, RunNotFound, SettingError
from newsstand.registry import HISTORY, Registry, checked_name
from newsstand.tagger import Tagger

OUTSIDE = ["..", ".", "../secret", "a/b", "a\\b", "/etc", "", ".hidden", "a\0b", "a\n", "champion.json", "x" * 101, "ü"]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """A directory with four runs, as far as a registry looks."""
    for name in ("one", "two", "three", "2026-11-24-en"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / artifact.MANIFEST).write_text("{}")
    return Registry(tmp_path / "models")


def test_runs_are_listed_by_name(registry: Registry) -> None:
    (registry.path / ".half-written").mkdir()
    (registry.path / ".half-written" / artifact.MANIFEST).write_text("{}")
    (registry.path / "notes").mkdir()
    (registry.path / "one" / artifact.MANIFEST).unlink()
    (registry.path / "one" / "table.npy").write_bytes(b"")
    assert registry.runs() == ["2026-11-24-en", "one", "three", "two"], "one has lost its manifest, and is still a run"


def test_a_directory_that_is_not_there_has_no_runs(tmp_path: Path) -> None:
    empty = Registry(tmp_path / "nowhere")
    assert (empty.runs(), empty.champion(), empty.version()) == ([], None, None)
    with pytest.raises(RunNotFound, match=r"no champion yet: train a run and promote it"):
        empty.resolve("champion")


def test_the_champion_is_the_last_one_promoted(registry: Registry) -> None:
    assert registry.promote("one") is None
    assert registry.promote("two") == "one"
    assert registry.champion() == "two"
    assert registry.resolve("champion") == registry.path / "two"


def test_rolling_back_goes_through_the_champions_before(registry: Registry) -> None:
    for name in ("one", "two", "three"):
        registry.promote(name)
    assert (registry.rollback(), registry.champion()) == ("two", "two")
    assert (registry.rollback(), registry.champion()) == ("one", "one")
    with pytest.raises(RunNotFound, match="no earlier champion"):
        registry.rollback()
    assert registry.champion() == "one"


def test_promoting_the_champion_again_leaves_the_way_back_alone(registry: Registry) -> None:
    for name in ("one", "two", "two"):
        registry.promote(name)
    assert registry.rollback() == "one"


def test_a_champion_that_was_removed_cannot_be_rolled_back_to(registry: Registry) -> None:
    registry.promote("one")
    registry.promote("two")
    (registry.path / "one" / artifact.MANIFEST).unlink()
    (registry.path / "one").rmdir()
    with pytest.raises(RunNotFound, match="'one'"):
        registry.rollback()
    assert registry.champion() == "two"


def test_the_history_does_not_grow_for_ever(registry: Registry) -> None:
    for n in range(HISTORY + 20):
        registry.promote(("one", "two")[n % 2])
    assert len(json.loads((registry.path / "champion.json").read_text())["previous"]) == HISTORY


def test_an_unknown_run_is_named_with_those_that_exist(registry: Registry) -> None:
    for resolve in (registry.resolve, registry.named, registry.promote):
        with pytest.raises(RunNotFound, match=r"no run 'four' in .*: 2026-11-24-en, one, three, two"):
            resolve("four")
    assert registry.champion() is None


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_name_cannot_lead_out_of_the_directory(registry: Registry, name: str) -> None:
    (registry.path.parent / "secret").mkdir()
    with pytest.raises(RunNotFound):
        registry.named(name)
    with pytest.raises(RunNotFound):
        registry.promote(name)


@pytest.mark.parametrize("name", [*OUTSIDE, "champion", "-x", "a b"])
def test_a_run_cannot_have_a_name_that_is_a_path_or_a_word_of_ours(name: str) -> None:
    with pytest.raises(SettingError, match="cannot name a run"):
        checked_name(name)
    assert checked_name("2026-11-24_en.v2") == "2026-11-24_en.v2"


def test_a_champion_pointer_cannot_lead_out_of_the_directory(registry: Registry) -> None:
    (registry.path.parent / "secret").mkdir()
    (registry.path / "champion.json").write_text('{"champion": "../secret", "previous": ["../secret"]}')
    with pytest.raises(RunNotFound):
        registry.resolve("champion")
    with pytest.raises(RunNotFound):
        registry.rollback()


def test_a_run_can_be_given_by_its_path(registry: Registry) -> None:
    assert registry.resolve(str(registry.path / "one")) == registry.path / "one"
    with pytest.raises(RunNotFound, match="no run at"):
        registry.resolve(str(registry.path / "four"))


@pytest.mark.parametrize("content", ["", "{", "\udcff", "[" * 100_000], ids=["empty", "cut", "bytes", "deep"])
def test_a_damaged_pointer_is_said_and_can_be_written_anew(registry: Registry, content: str) -> None:
    (registry.path / "champion.json").write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(NewsstandError, match=r"champion.json cannot be read .*: promote a run to write it anew"):
        registry.champion()
    registry.promote("one")
    assert registry.champion() == "one"


@pytest.mark.parametrize("content", ["[]", "null", "{}", '{"champion": 5, "previous": 6}', '{"previous": [1, null]}'])
def test_a_pointer_without_a_name_is_no_champion(registry: Registry, content: str) -> None:
    (registry.path / "champion.json").write_text(content)
    assert registry.champion() is None
    with pytest.raises(RunNotFound, match="no earlier champion"):
        registry.rollback()


def test_the_version_changes_with_the_champion(registry: Registry) -> None:
    versions = [registry.version()]
    for change in (lambda: registry.promote("one"), lambda: registry.promote("two"), registry.rollback):
        change()
        versions.append(registry.version())
    assert len(set(versions)) == 4
    assert registry.version() == versions[-1]


def test_readers_see_the_old_champion_or_the_new_one_and_nothing_between(registry: Registry) -> None:
    registry.promote("one")
    seen: set[str | None] = set()
    failures: list[Exception] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                seen.add(registry.champion())
            except NewsstandError as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for n in range(40):
        registry.promote(("two", "one")[n % 2])
    done.set()
    for reader in readers:
        reader.join()
    assert failures == [] and seen <= {"one", "two"}
    assert [path.name for path in registry.path.iterdir() if "champion" in path.name] == ["champion.json"]


def test_a_trained_run_is_found_and_loaded_by_name(models_dir: Path) -> None:
    registry = Registry(models_dir)
    assert registry.runs() == ["small"] and registry.champion() == "small"
    assert Tagger.load(registry.resolve("champion")).run.name == "small"

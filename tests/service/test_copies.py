"""A service labels with copies of its runs, so that nobody changes its answers by writing to a run's files."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from newsstand.errors import ArtifactDamaged
from newsstand.registry import Registry
from service import copies
from service.copies import KEPT, RunCopies
from service.settings import Settings

NewClient = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "copies").mkdir()
    return tmp_path / "copies"


@pytest.fixture
def client(settings: Settings, folder: Path, new_client: NewClient, caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    """A service with copies whose engine was made by itself, as in a worker."""
    from service.app import create_app
    from service.engine import Engine

    caplog.set_level(logging.INFO, "service")
    made = new_client(settings)
    made.engine = Engine(Registry(settings.models), poll_seconds=0.02, copies=RunCopies(folder))
    made.app = create_app(settings, engine=made.engine)
    with made as running:
        yield running


def wait_until(client: Any, condition: Callable[[str | None], bool]) -> None:
    """Until what the service says about its state is so."""
    for _ in range(1000):
        if condition(client.get("/health/ready").json()["degraded"]):
            return
        client.wait(0.02)
    raise AssertionError("the service did not notice")


def cut(run: Path) -> None:
    os.truncate(run / "table.npy", 200)


def overwrite(run: Path) -> None:
    with (run / "table.npy").open("r+b") as table:
        table.seek(-16, os.SEEK_END)
        table.write(b"\x7f" * 16)


@pytest.mark.parametrize("harm", [cut, overwrite, shutil.rmtree], ids=["cut", "overwritten", "deleted"])
def test_harm_to_the_champion_changes_no_answer_and_is_logged_and_mended(
    client: Any,
    registry: Registry,
    article: str,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    harm: Callable[[Path], None],
) -> None:
    before = client.label_text(article).content
    shutil.copytree(registry.path / "first", tmp_path / "kept")
    harm(registry.path / "first")
    wait_until(client, lambda degraded: degraded is not None)
    assert client.label_text(article).content == before
    assert [record.getMessage() for record in caplog.records if "the champion cannot be used" in record.getMessage()]
    assert client.post("/v1/models/first/promote").status_code in (404, 409)
    shutil.rmtree(registry.path / "first", ignore_errors=True)
    shutil.copytree(tmp_path / "kept", registry.path / "first")
    wait_until(client, lambda degraded: degraded is None)


def test_a_worker_that_starts_while_the_champion_is_gone_labels_with_the_copy(
    client: Any, settings: Settings, registry: Registry, folder: Path, article: str
) -> None:
    from service.engine import Engine

    expected = client.label_text(article).content
    shutil.rmtree(registry.path / "first")
    late = Engine(registry, copies=RunCopies(folder))
    client._runner.run(late.refresh())
    assert late.current().run.name == "first"
    assert late.degraded
    assert client.label_text(article).content == expected


def test_workers_share_one_copy_and_few_are_kept(registry: Registry, folder: Path) -> None:
    copies = RunCopies(folder)
    copies.load(registry.path / "first")
    copies.load(registry.path / "first")
    assert len(list(folder.iterdir())) == 1
    for n in range(KEPT + 2):
        other = registry.path / f"other-{n}"
        shutil.copytree(registry.path / "second", other)
        (other / "manifest.json").write_text((other / "manifest.json").read_text() + " " * (n + 1))
        copies.load(other)
    assert len(list(folder.iterdir())) == KEPT


def test_a_damaged_run_is_refused_by_its_own_path_although_there_is_a_copy(registry: Registry, folder: Path) -> None:
    copies = RunCopies(folder)
    overwrite(registry.path / "second")
    with pytest.raises(ArtifactDamaged, match=str(registry.path / "second" / "table.npy")):
        copies.load(registry.path / "second")
    copies.load(registry.path / "first")
    overwrite(registry.path / "first")
    with pytest.raises(ArtifactDamaged, match=str(registry.path / "first" / "table.npy")):
        copies.load(registry.path / "first")


def test_a_damaged_copy_is_made_anew(registry: Registry, folder: Path) -> None:
    copies = RunCopies(folder)
    name = copies.load(registry.path / "first").run.fingerprint
    [copy] = folder.glob("*/first")
    cut(copy)
    assert copies.load(registry.path / "first").run.fingerprint == name


def test_without_room_for_a_copy_the_run_is_used_where_it_lies(
    registry: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tagger = RunCopies(tmp_path / "no" / "such" / "folder").load(registry.path / "first")
    assert tagger.run.name == "first"
    assert "no copy of the run first can be made" in caplog.text


@pytest.fixture
def loaded(registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch) -> RunCopies:
    """Copies in a process that was forked from one that had loaded a run."""
    monkeypatch.setattr(copies, "_before_fork", {})
    RunCopies(folder).load_before_fork(registry.path / "first")
    return RunCopies(folder)


def test_what_was_loaded_before_the_fork_is_loaded_once(loaded: RunCopies, registry: Registry) -> None:
    tagger = loaded.load(registry.path / "first")
    assert tagger.run.name == "first"
    assert loaded.load(registry.path / "first") is tagger
    assert loaded.load(registry.path / "second").run.name == "second"


@pytest.mark.parametrize("harm", [cut, overwrite, shutil.rmtree], ids=["cut", "overwritten", "deleted"])
def test_what_was_loaded_before_the_fork_is_loaded_again_where_its_copy_was_touched(
    loaded: RunCopies, registry: Registry, folder: Path, harm: Callable[[Path], None]
) -> None:
    former = loaded.load(registry.path / "first")
    [copy] = folder.glob("*/first")
    harm(copy)
    tagger = loaded.load(registry.path / "first")
    assert tagger is not former
    assert tagger.run.fingerprint == former.run.fingerprint


def test_a_champion_that_is_damaged_is_refused_although_it_was_loaded_before_the_fork(
    loaded: RunCopies, registry: Registry
) -> None:
    overwrite(registry.path / "first")
    with pytest.raises(ArtifactDamaged):
        loaded.load(registry.path / "first")

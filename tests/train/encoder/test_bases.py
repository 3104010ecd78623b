"""A pre-trained encoder is found in a folder or a package, and what is none is refused before hours of training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newsstand.errors import SettingError
from train.encoder.bases import NEEDED, find_base


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NEEDED:
        (tmp_path / name).write_text(json.dumps({"model_type": "bert"}))
    return tmp_path


def test_a_folder_with_everything_is_found(folder: Path) -> None:
    assert find_base(str(folder)) == folder


@pytest.mark.parametrize("name", NEEDED)
def test_what_a_folder_lacks_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(SettingError, match=name):
        find_base(str(folder))


@pytest.mark.parametrize(
    ("config", "message"), [('{"model_type": "gpt2"}', "gpt2"), ("[]", "config.json"), ("{", "config.json")]
)
def test_another_kind_of_model_is_refused(folder: Path, config: str, message: str) -> None:
    (folder / "config.json").write_text(config)
    with pytest.raises(SettingError, match=message):
        find_base(str(folder))


@pytest.mark.parametrize("name", ["", "../nowhere", "a/b/c", "no such thing"])
def test_what_is_no_name_is_never_looked_up(name: str) -> None:
    with pytest.raises(SettingError, match="--encoder"):
        find_base(name or "//")


def test_what_would_be_too_large_for_a_run_is_refused_before_it_is_trained(folder: Path) -> None:
    with (folder / "model.safetensors").open("wb") as file:
        file.truncate((512 << 20) + 1)  # takes no room on the disk
    with pytest.raises(SettingError, match="more than 512 MiB"):
        find_base(str(folder))

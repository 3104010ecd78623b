"""Files that come with Newsstand: beside the source tree in a checkout, inside the package in a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsstand import resources


@pytest.mark.parametrize("name", ["taxonomy.toml", "golden.jsonl"])
def test_a_file_of_the_package_is_found(name: str) -> None:
    assert resources.data_file(name).is_file()


def test_a_wheel_has_its_own_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "newsstand" / "_data").mkdir(parents=True)
    (tmp_path / "newsstand" / "_data" / "taxonomy.toml").write_text("packaged")
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "newsstand")
    assert resources.data_file("taxonomy.toml").read_text() == "packaged"
    assert resources.data_file("other.toml") == tmp_path / "data" / "other.toml"

"""Where the files that come with Newsstand lie: beside the source tree in a checkout, inside the package in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def data_file(name: str) -> Path:
    """Path of a file of ``data/``, such as ``"taxonomy.toml"``."""
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.exists() else _PACKAGE.parent / "data" / name

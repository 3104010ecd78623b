"""The files that come with Newsstand: beside the source tree in a checkout, inside the package in a wheel. Not for runs or corpora."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from newsstand.errors import LabelError

_PACKAGE = Path(__file__).parent


def data_file(name: str) -> Path:
    """Path of a file of ``data/``, such as ``"taxonomy.toml"``."""
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.exists() else _PACKAGE.parent / "data" / name


def read_tables(path: str | Path, table: str, what: str) -> dict[str, Any]:
    """The content of a TOML file of labels, which must have a list of tables of that name.

    Parameters
    ----------
    path : str or Path
    table : str
        Name of the tables: ``"topic"`` for ``[[topic]]``.
    what : str
        What the file holds, for the error message.

    Raises
    ------
    LabelError
        If the file cannot be read, is no valid TOML, or has no such tables.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LabelError(f"{path}: cannot read {what}: {error}") from error
    if not isinstance(content.get(table), list):
        raise LabelError(f"{path}: no [[{table}]] table found")
    return content

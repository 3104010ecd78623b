"""From the name of a file to its format. Not for looking inside (compression is recognised by its first bytes)."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from newsstand.errors import FormatError

Kind = Literal["jsonl", "csv", "tsv", "parquet"]
Compression = Literal["gz", "zst"]

_KINDS: dict[str, Kind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json-lines": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
_COMPRESSIONS: dict[str, Compression] = {".gz": "gz", ".zst": "zst"}


def kind_of(path: str) -> tuple[Kind, Compression | None]:
    """Tell the format and the compression that a file name stands for; ``"-"`` is JSONL.

    Raises
    ------
    FormatError
        If the extension is none that Newsstand knows.
    """
    if path == "-":
        return "jsonl", None
    name = PurePath(path.lower())
    compression = _COMPRESSIONS.get(name.suffix)
    if compression:
        name = name.with_suffix("")
    kind = _KINDS.get(name.suffix)
    if kind is None or (compression and kind == "parquet"):
        raise FormatError(
            "unknown kind of file; use .jsonl, .ndjson, .csv or .tsv (each also with .gz or .zst), or .parquet", path
        )
    return kind, compression

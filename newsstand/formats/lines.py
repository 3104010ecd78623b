"""Lines of bytes with their numbers, none of them too long to hold. Not for what a line means."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from newsstand.errors import FormatError, InputError

LINE_LIMIT = 64 * 1024 * 1024  # bytes


def numbered_lines(stream: BinaryIO, path: str, limit: int = LINE_LIMIT) -> Iterator[tuple[int, bytes | InputError]]:
    """Yield every line with its number, from 1 on; an error stands in for a line longer than ``limit`` bytes.

    A byte order mark at the start is taken off.

    Raises
    ------
    FormatError
        If the stream starts like UTF-16 text.
    """
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if number == 1:
            line = _without_mark(line, path)
        if len(line) > limit and not line.endswith(b"\n"):
            _skip_line(stream)
            yield number, InputError(f"the line is longer than {limit // (1024 * 1024)} MiB", f"{path}:{number}")
        else:
            yield number, line


def _without_mark(line: bytes, path: str) -> bytes:
    if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FormatError("the file is UTF-16; save it as UTF-8", path)
    return line.removeprefix(codecs.BOM_UTF8)


def _skip_line(stream: BinaryIO) -> None:
    while (piece := stream.readline(1 << 20)) and not piece.endswith(b"\n"):
        pass

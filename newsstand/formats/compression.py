"""Bytes of a file, decompressed on the way if need be. Not for archives with several files inside."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import zstandard

from newsstand.errors import FormatError, InputError
from newsstand.formats.kinds import Compression

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_STEP = 2048  # a zstd block can grow thirty-thousandfold: small steps bound what one of them can put into memory


@contextmanager
def open_bytes(path: str) -> Iterator[BinaryIO]:
    """Open a file (or standard input, for ``"-"``) for reading, decompressed if its first bytes say gzip or zstd.

    Raises
    ------
    FormatError
        On reading, if the compressed bytes are damaged or end too early.
    InputError
        If the file cannot be opened or read.
    """
    try:
        with _open_raw(path) as raw:
            magic = raw.peek(4)[:4]
            if magic.startswith(_GZIP):
                with gzip.GzipFile(fileobj=raw, mode="rb") as unzipped:
                    yield cast(BinaryIO, unzipped)
            elif magic == _ZSTD:
                yield cast(BinaryIO, io.BufferedReader(_ZstdReader(raw), 1 << 18))
            else:
                yield cast(BinaryIO, raw)
    except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
        raise FormatError(f"the compressed file is damaged or cut short ({error}); fetch it again", path) from error
    except OSError as error:
        raise InputError(f"cannot read the file: {error.strerror or error}", path) from error


def open_compressor(raw: BinaryIO, compression: Compression | None) -> Any:
    """Return a binary stream, itself a context manager, that compresses into ``raw`` and leaves that one open."""
    if compression == "gz":  # neither name nor time inside: the same documents give the same bytes
        return gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0)
    if compression == "zst":
        return zstandard.ZstdCompressor(level=3, write_checksum=True).stream_writer(raw, closefd=False)
    return _Untouched(raw)


@contextmanager
def _open_raw(path: str) -> Iterator[io.BufferedReader]:
    if path != "-":
        with Path(path).open("rb") as raw:
            yield raw
        return
    standard = sys.stdin.buffer
    yield standard if isinstance(standard, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, standard))


class _Untouched:
    """The stream as it is, with a ``with`` block that does not close it."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw

    def __enter__(self) -> BinaryIO:
        return self._raw

    def __exit__(self, *failure: object) -> None:
        return None


class _ZstdReader(io.RawIOBase):
    """Zstandard frames, decompressed; unlike zstandard's own reader it notices when the last frame is cut short."""

    def __init__(self, raw: io.BufferedReader) -> None:
        self._raw = raw
        self._ready = memoryview(b"")
        self._compressed = b""
        self._frame: zstandard.ZstdDecompressionObj | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            if not self._advance():
                return 0
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _advance(self) -> bool:
        compressed = self._compressed or self._raw.read(_ZSTD_STEP)
        self._compressed = b""
        if not compressed:
            if self._frame is not None:
                raise EOFError("it ends inside a zstd frame")
            return False
        self._frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
        self._ready = memoryview(self._frame.decompress(compressed))
        if self._frame.eof:
            self._compressed = self._frame.unused_data
            self._frame = None
        return True

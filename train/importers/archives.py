"""Files inside a folder, a tar or a zip archive, one at a time in memory. Never unpacks anything to the disk."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

from newsstand.errors import FormatError, InputError

MEMBER_LIMIT = 16 * 1024 * 1024  # bytes; far more than any article
_DECOMPRESSORS: tuple[tuple[bytes, Callable[..., Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"\xfd7zXZ\x00", lzma.open),
    (b"BZh", bz2.open),
)
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, EOFError, lzma.LZMAError, zlib.error, OSError)

Wanted = Callable[[PurePosixPath], bool]
Member = tuple[PurePosixPath, bytes | InputError]


def read_members(path: Path, wanted: Wanted, limit: int = MEMBER_LIMIT) -> Iterator[Member]:
    """Yield the files below ``path`` whose names are wanted, with their bytes.

    Archives give them in their own order, folders sorted by name. Links, devices, hidden files and names that lead out
    of the archive are passed over; an error stands in for a file larger than the limit or one that cannot be read.

    Parameters
    ----------
    path : Path
        A folder, a ``.tar`` (plain or with gzip, bzip2 or xz) or a ``.zip``, recognised by its first bytes.
    wanted : callable
        Decides by a member's name; a folder's members have names that begin with the folder's own.
    limit : int
        Bytes that a file may have.

    Raises
    ------
    FormatError
        If the archive is damaged or cut short, or is none.
    InputError
        If there is no such file or folder.
    """
    if path.is_dir():
        yield from _folder_members(path.resolve(), wanted, limit)
        return
    if not path.exists():
        raise InputError("there is no such file or folder", str(path))
    try:
        with path.open("rb") as raw:
            magic = raw.read(6)
            raw.seek(0)
            members = _zip_members if magic.startswith(b"PK") else _tar_members
            yield from members(raw, path, wanted, limit)
    except _DAMAGE as error:
        message = "not a readable .tar or .zip archive: damaged, cut short or of another kind; fetch it again"
        raise FormatError(message, str(path)) from error


def _folder_members(folder: Path, wanted: Wanted, limit: int) -> Iterator[Member]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            file = Path(parent, name)
            member = PurePosixPath(folder.name, *file.relative_to(folder).parts)
            if _is_safe(member) and wanted(member) and not file.is_symlink() and file.is_file():
                yield member, _read_file(file, limit)


def _read_file(file: Path, limit: int) -> bytes | InputError:
    try:
        with file.open("rb") as stream:
            return _read_limited(stream, str(file), limit)
    except OSError as error:
        return InputError(f"cannot read the file: {error.strerror}", str(file))


def _tar_members(raw: BinaryIO, path: Path, wanted: Wanted, limit: int) -> Iterator[Member]:
    # Decompressed here and not by tarfile, which takes a compressed stream that is cut short for one that has ended.
    with _decompressed(raw) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for info in archive:
            name = PurePosixPath(info.name)
            if info.isreg() and _is_safe(name) and wanted(name):
                place = f"{path}:{name}"
                if info.size > limit:
                    yield name, _too_large(place, limit)
                elif (member := archive.extractfile(info)) is not None:
                    yield name, _read_limited(member, place, limit)
            archive.members.clear()  # type: ignore[attr-defined]  # or tarfile keeps every member, for a second pass


def _zip_members(raw: BinaryIO, path: Path, wanted: Wanted, limit: int) -> Iterator[Member]:
    with zipfile.ZipFile(raw) as archive:
        for info in archive.infolist():
            name = PurePosixPath(info.filename)
            is_file = not info.is_dir() and stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)
            if is_file and _is_safe(name) and wanted(name):
                yield name, _read_zipped(archive, info, f"{path}:{name}", limit)


def _read_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str, limit: int) -> bytes | InputError:
    try:
        with archive.open(info) as member:
            return _read_limited(member, place, limit)
    except (*_DAMAGE, RuntimeError) as error:  # RuntimeError: encrypted, or a compression that Python does not know
        return InputError(f"cannot read this member of the archive ({error})", place)


def _read_limited(stream: IO[bytes], place: str, limit: int) -> bytes | InputError:
    content = stream.read(limit + 1)  # the size in an archive's table may lie
    return _too_large(place, limit) if len(content) > limit else content


def _too_large(place: str, limit: int) -> InputError:
    return InputError(f"the file is larger than {limit // (1024 * 1024)} MiB", place)


def _is_safe(name: PurePosixPath) -> bool:
    return not name.is_absolute() and ".." not in name.parts and not name.name.startswith(".")


def _decompressed(raw: BinaryIO) -> BinaryIO:
    magic = raw.read(6)
    raw.seek(0)
    for start, opener in _DECOMPRESSORS:
        if magic.startswith(start):
            return cast(BinaryIO, opener(raw, "rb"))
    return raw

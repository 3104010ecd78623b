"""The files of a stance corpus, found by their published names. Not for what is in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from newsstand.errors import InputError, SettingError
from train.importers.archives import read_members

FILE_LIMIT = 256 * 1024 * 1024  # bytes; the largest published file has 30 MB
_ARCHIVE_STARTS = (b"PK", b"\x1f\x8b", b"\xfd7zXZ\x00", b"BZh")
_TAR_MARK = slice(257, 262)


@dataclass(frozen=True)
class SourceFile:
    """One published file in memory: its name, the part it belongs to (``""``: all parts), its place for messages."""

    name: str
    part: str
    place: str
    content: bytes


def find_files(path: str | Path, part_of: Mapping[str, str], part: str | None) -> list[SourceFile]:
    """Read the files of a corpus, sorted by name.

    Parameters
    ----------
    path : str or Path
        The published folder or any above it, a ``.zip`` or ``.tar`` of it, or one of the files. In a folder, a file may
        also lie in a ``.zip`` of its own name.
    part_of : mapping of str to str
        The part that each published file name belongs to, ``""`` for a file with all parts.
    part : str, optional
        Leave out the files of other parts. It also says what a single file of another name is.

    Raises
    ------
    FormatError
        If an archive is damaged.
    InputError
        If nothing is there, a file is too large, or the archive or folder has none of the files.
    SettingError
        If a single file has another name and no part is given.
    """
    place = Path(path)
    if place.is_file() and not _is_archive(place):
        return [_single(place, part_of, part)]
    wanted = {name for name, its_part in part_of.items() if part is None or its_part in ("", part)}
    found = [_checked(name, content, path, part_of) for name, content in _members(place, wanted)]
    if not found:
        raise InputError(f"none of the files {_listed(wanted)} is there", str(path))
    return sorted(found, key=lambda file: file.name)


def one_file(files: Sequence[SourceFile], name: str) -> SourceFile:
    """The file of that name.

    Raises
    ------
    InputError
        If it is not among the files.
    """
    for file in files:
        if file.name == name:
            return file
    raise InputError(f"the corpus needs the file {name} too: name the folder or archive that holds it", files[0].place)


def _listed(names: Collection[str], most: int = 12) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(sorted(names)[:most]) + more


def _is_archive(path: Path) -> bool:
    try:
        with path.open("rb") as raw:
            start = raw.read(512)
    except OSError as error:
        raise InputError(f"cannot read the file: {error.strerror}", str(path)) from error
    return start.startswith(_ARCHIVE_STARTS) or start[_TAR_MARK] == b"ustar"


def _single(path: Path, part_of: Mapping[str, str], part: str | None) -> SourceFile:
    its_part = part_of.get(path.name, part)
    if its_part is None and len(set(part_of.values())) > 1:
        raise SettingError(f"{path}: --part must say which part this is; the name is none of {_listed(part_of)}")
    if part is not None and its_part not in ("", part):
        raise SettingError(f"{path}: by its name this is the part {its_part}, not {part}")
    if path.stat().st_size > FILE_LIMIT:
        raise InputError(f"the file is larger than {FILE_LIMIT // (1024 * 1024)} MiB", str(path))
    return SourceFile(path.name, its_part or "", str(path), path.read_bytes())


def _members(path: Path, wanted: set[str]) -> Iterator[tuple[PurePosixPath, bytes | InputError]]:
    zipped = {str(PurePosixPath(name).with_suffix(".zip")) for name in wanted}
    for name, content in read_members(path, lambda member: member.name in wanted or member.name in zipped, FILE_LIMIT):
        if name.name in wanted:
            yield name, content
        elif path.is_dir():
            yield from read_members(path.resolve().parent / name, lambda member: member.name in wanted, FILE_LIMIT)


def _checked(
    name: PurePosixPath, content: bytes | InputError, path: str | Path, part_of: Mapping[str, str]
) -> SourceFile:
    if isinstance(content, InputError):
        raise content
    return SourceFile(name.name, part_of[name.name], f"{path}:{name}", content)

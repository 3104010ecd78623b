"""Files that appear whole or not at all. Not for directories (a saved run has its own way, see the artifact)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsstand.errors import InputError


@contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """Lend an empty temporary file in the folder of ``target`` and move it into place when the block ends well.

    Parameters
    ----------
    target : str or Path
        The file to write; it is replaced if it exists, and a symbolic link is followed.

    Yields
    ------
    Path
        The temporary file. It is synced to the disk before the move, and removed after any failure, Ctrl-C included.

    Raises
    ------
    InputError
        If the folder is missing or not writable, or ``target`` is a folder or a device.
    """
    final = Path(os.path.realpath(target))
    if final.exists() and not final.is_file():
        raise InputError("this is no ordinary file; name a file to write to, or '-' for standard output", str(target))
    temporary = final.parent / f".{final.name[:100]}.{secrets.token_hex(6)}.tmp"
    try:
        _create(temporary, target)
        yield temporary
        _sync(temporary)
        temporary.replace(final)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(final.parent)


def _create(path: Path, target: str | Path) -> None:
    try:  # with the mode of any new file, where tempfile would give one that only the owner can read
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise InputError(f"cannot write into the folder {path.parent}: {error.strerror}", str(target)) from error


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

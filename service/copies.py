"""Copies of the runs in use that nobody else writes to. Not for checking runs, which loading does.

Weights are mapped from files, so whoever overwrites or cuts a file of a run in use would change answers or end the workers. The
workers of one service therefore map a copy in a folder of their own, one for all of them; the original is checked whenever it is
loaded. The copy also stands in when a worker is replaced while the original is damaged or gone.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from newsstand import artifact
from newsstand.artifact import MANIFEST
from newsstand.errors import ArtifactDamaged, ArtifactError, NewsstandError
from newsstand.formats.atomic import atomic_path
from newsstand.tagger import Tagger
from service.locking import locked

KEPT = 4
"""How many copies stay in the folder. A copy that has gone from it lasts as long as a worker uses it."""
_IN_USE = "in-use"

Marks = frozenset[tuple[str, int, int, int]]
"""Name, inode, size and time of files, by which a change shows."""
_before_fork: dict[Path, tuple[Tagger, Marks]] = {}
"""Runs loaded for processes to come, by the place of their copy, with the marks of its files."""

_log = logging.getLogger(__name__)


class RunCopies:
    """Loads runs by way of a copy.

    Parameters
    ----------
    folder : Path or None
        Where the copies go; with ``None`` runs are mapped where they lie.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def load(self, path: Path) -> Tagger:
        """Load a run, whatever state its files are in.

        Raises
        ------
        ArtifactError
            If the run at ``path`` is damaged, also where there is a good copy of it.
        """
        if self._folder is None:
            return load_run(path)
        try:
            place = self._folder / _key(path) / path.name
        except OSError:
            return load_run(path)  # which says what is wrong with it
        if place.is_dir():
            load_check(path)
            try:
                return self._used(_load_copy(place), place)
            except NewsstandError:
                shutil.rmtree(place.parent, ignore_errors=True)  # somebody has been at the copy
        try:
            with locked(self._folder):  # else all workers would copy and load it, and all but one load it again
                if place.is_dir():
                    return self._used(_load_copy(place), place)
                return self._copied(path, place)
        except OSError as error:
            return self._in_place(path, error)

    def load_before_fork(self, path: Path) -> None:
        """Load a run for processes that will be forked from this one, which find it in memory and share that.

        An encoder has most of its memory to itself, and would have it once in each process.

        Raises
        ------
        ArtifactError
        """
        tagger = self.load(path)
        if self._folder is not None:
            place = self._folder / _key(path) / path.name
            _before_fork[place] = tagger, marks_of(place)

    def remember(self, tagger: Tagger, path: Path) -> None:
        """Note which run the service labels with, for workers that start when its files are damaged or gone."""
        if self._folder is None:
            return
        with suppress(OSError, NewsstandError), atomic_path(self._folder / _IN_USE) as fresh:
            fresh.write_text(f"{_key(path)}/{tagger.run.name}", encoding="utf-8")

    def remembered(self) -> Tagger | None:
        """The run that the service has labelled with last, from its copy."""
        if self._folder is None:
            return None
        try:
            return load_run(self._folder / (self._folder / _IN_USE).read_text(encoding="utf-8"))
        except (OSError, NewsstandError):
            return None

    def _copied(self, path: Path, place: Path) -> Tagger:
        assert self._folder is not None
        try:
            with tempfile.TemporaryDirectory(prefix=".", dir=self._folder, ignore_cleanup_errors=True) as building:
                copy = Path(building) / place.parent.name / path.name
                shutil.copytree(path, copy)
                tagger = _load_as(copy, path)
                try:
                    os.replace(copy.parent, place.parent)  # its files stay mapped
                except OSError:
                    if not place.is_dir():
                        raise
                    tagger = load_run(place)  # another worker was faster, and one copy serves all
                return self._used(tagger, place)
        except (OSError, shutil.Error) as error:
            return self._in_place(path, error)

    def _in_place(self, path: Path, error: Exception) -> Tagger:
        tagger = load_run(path)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        _log.warning(
            "no copy of the run %s can be made in %s (%s): it is used where it lies", path.name, self._folder, reason
        )
        return tagger

    def _used(self, tagger: Tagger, place: Path) -> Tagger:
        """Keep the copies that were used last."""
        assert self._folder is not None
        with suppress(OSError):
            os.utime(place.parent)
            kept = [folder for folder in self._folder.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
            for old in sorted(kept, key=lambda folder: folder.stat().st_mtime_ns)[:-KEPT]:
                shutil.rmtree(old, ignore_errors=True)
        return tagger


def marks_of(folder: Path) -> Marks:
    """Name, inode, size and time of each file in a folder."""
    try:
        found = [(str(file), file.stat()) for file in folder.rglob("*") if file.is_file()]
    except OSError:
        return frozenset()
    return frozenset((name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in found)


def load_run(path: Path) -> Tagger:
    """Load a run from where it lies, whatever state its files are in.

    Raises
    ------
    ArtifactError
    """
    try:
        tagger = Tagger.load(path)
        tagger.check_encoder()
        return tagger
    except NewsstandError:
        raise
    except Exception as error:
        raise ArtifactDamaged(f"{path}: the run cannot be loaded ({type(error).__name__}: {error})") from error


def _load_copy(place: Path) -> Tagger:
    """The run of a copy; the one that the process has loaded from which this one was forked, if nobody has touched the copy since."""
    tagger, marks = _before_fork.get(place, (None, None))
    return tagger if tagger and marks == marks_of(place) else load_run(place)


def load_check(path: Path) -> None:
    """Make sure that the files of a run are what its manifest says.

    Raises
    ------
    ArtifactError
    """
    try:
        artifact.load(path)
    except OSError as error:
        raise ArtifactDamaged(f"{path}: the run cannot be read ({error.strerror})") from error


def _load_as(copy: Path, path: Path) -> Tagger:
    """Load a copy; what is wrong with it is said of the original."""
    try:
        return load_run(copy)
    except ArtifactError as error:
        raise type(error)(str(error).replace(str(copy), str(path))) from error


def _key(path: Path) -> str:
    """What names the content of a run: the manifest has the checksums of all its files."""
    return hashlib.sha256((path / MANIFEST).read_bytes()).hexdigest()[:32]

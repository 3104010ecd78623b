"""The runs of a models directory and which of them is the champion. Not for what is inside a run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsstand.artifact import MANIFEST
from newsstand.errors import NewsstandError, RunNotFound, SettingError
from newsstand.formats.atomic import atomic_path

POINTER = "champion.json"
RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
HISTORY = 50


@dataclass(frozen=True, slots=True)
class Registry:
    """A directory of runs with one champion.

    The champion is a name in ``champion.json``, replaced as a whole, so a reader sees the old champion or the new one
    and nothing between. The file keeps the former champions for :meth:`rollback`.
    """

    path: Path

    def runs(self) -> list[str]:
        """Names of the runs, sorted, also of those that have lost their manifest and cannot be loaded."""
        if not self.path.is_dir():
            return []
        found = {file.parent.name for known in (MANIFEST, "table.npy") for file in self.path.glob(f"*/{known}")}
        return sorted(name for name in found if RUN_NAME.fullmatch(name))

    def champion(self) -> str | None:
        """Name of the champion, ``None`` before the first promotion."""
        champion = self._pointer().get("champion")
        return champion if isinstance(champion, str) else None

    def resolve(self, run: str) -> Path:
        """The directory of a run given by name, by path, or as ``champion``.

        Raises
        ------
        RunNotFound
        """
        if run == "champion":
            champion = self.champion()
            if champion is None:
                raise RunNotFound(f"{self.path} has no champion yet: train a run and promote it")
            return self.named(champion)
        if "/" in run or "\\" in run or run in (".", ".."):
            path = Path(run)
            if not path.is_dir():
                raise RunNotFound(f"there is no run at {run}")
            return path
        return self.named(run)

    def named(self, name: str) -> Path:
        """The directory of a run given by name; the name cannot lead out of the registry.

        Raises
        ------
        RunNotFound
        """
        path = self.path / name
        if not RUN_NAME.fullmatch(name) or not path.is_dir():
            known = ", ".join(self.runs()) or "none"
            raise RunNotFound(f"there is no run {name!r} in {self.path}; the runs there: {known}")
        return path

    def promote(self, name: str) -> str | None:
        """Make a run the champion; returns the champion before. Loading it first is the caller's duty.

        Raises
        ------
        RunNotFound
        """
        self.named(name)
        try:
            before, previous = self.champion(), self._previous()
        except NewsstandError:  # the pointer is damaged, and promoting is how it is written anew
            before, previous = None, []
        if before == name:
            return before
        previous = [*previous, *([before] if before else [])][-HISTORY:]
        self._write({"champion": name, "previous": previous})
        return before

    def rollback(self) -> str:
        """Make the champion before this one the champion again; returns its name.

        Raises
        ------
        RunNotFound
            If there was none, or it is gone.
        """
        previous = self._previous()
        if not previous:
            raise RunNotFound(f"{self.path} has no earlier champion to roll back to")
        name = previous[-1]
        self.named(name)
        self._write({"champion": name, "previous": previous[:-1]})
        return name

    def version(self) -> tuple[int, int] | None:
        """Something that changes whenever the champion does; cheap enough to ask for every request."""
        try:
            found = (self.path / POINTER).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _previous(self) -> list[str]:
        previous = self._pointer().get("previous", [])
        return [name for name in previous if isinstance(name, str)] if isinstance(previous, list) else []

    def _pointer(self) -> dict[str, Any]:
        file = self.path / POINTER
        try:
            pointer = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise NewsstandError(
                f"{file} cannot be read ({type(error).__name__}): promote a run to write it anew"
            ) from error
        return pointer if isinstance(pointer, dict) else {}

    def _write(self, pointer: dict[str, Any]) -> None:
        with atomic_path(self.path / POINTER) as fresh:
            fresh.write_text(json.dumps(pointer, indent=1) + "\n", encoding="utf-8")


def checked_name(name: str) -> str:
    """The name, if a run can have it.

    Raises
    ------
    SettingError
    """
    if not RUN_NAME.fullmatch(name) or name in ("champion", POINTER):
        raise SettingError(
            f"{name!r} cannot name a run: use at most 100 letters, digits, dots, dashes and underscores, the first a letter "
            f"or a digit, and neither 'champion' nor '{POINTER}'"
        )
    return name

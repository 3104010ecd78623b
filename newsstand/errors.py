"""Every error that Newsstand raises on purpose. Not for programming mistakes, which stay plain Python errors.

The tree::

    NewsstandError              exit code 2
    ├── InputError              a document, file or corpus that cannot be used; names the place
    │   └── FormatError         a file whose format is unknown, damaged or needs an extra that is not installed
    ├── LabelError              a label or label set that does not fit
    ├── ArtifactError           a saved run that must not be used
    │   ├── ArtifactDamaged     truncated, altered, or answers its golden texts differently
    │   ├── ArtifactForeign     not a Newsstand run at all
    │   └── ArtifactTooNew      written by a newer version than this one
    ├── RunNotFound             no run of that name in the registry, or no champion yet
    └── SettingError            an option or setting with a value that makes no sense

The command line turns them into one line on stderr and exit code 2; the service turns them into problems (see
``service.problems``).
"""

from __future__ import annotations


class NewsstandError(Exception):
    """Root of the tree: the message is written for the person who can do something about it."""


class InputError(NewsstandError):
    """A document, file or corpus that cannot be used.

    Parameters
    ----------
    message : str
        What is wrong and what to do about it.
    place : str, optional
        Where it is: ``"corpus.jsonl:17"`` or ``"documents[3].text"``.
    """

    def __init__(self, message: str, place: str | None = None) -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.message = message
        self.place = place


class FormatError(InputError):
    """A file whose format is unknown, damaged, or needs an extra that is not installed."""


class LabelError(NewsstandError):
    """A label or a label set that does not fit: unknown parent, duplicate name, no label in common."""


class ArtifactError(NewsstandError):
    """A saved run that must not be used."""


class ArtifactDamaged(ArtifactError):
    """The run is truncated or altered, or does not reproduce its golden answers."""


class ArtifactForeign(ArtifactError):
    """The directory is not a Newsstand run."""


class ArtifactTooNew(ArtifactError):
    """The run was written by a newer version of Newsstand than the one that reads it."""


class RunNotFound(NewsstandError):
    """The registry has no such run, or no champion yet."""


class SettingError(NewsstandError):
    """An option or a setting has a value that makes no sense."""

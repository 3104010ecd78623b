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
    ├── SettingError            an option or setting with a value that makes no sense
    └── ServiceError            a service that newsstand.client asked did not answer; has its problem
        ├── RequestRefused      the request must change before it can be answered (4xx)
        ├── ServiceBusy         too many requests or none can be answered now (429, 503), also after retries
        ├── ServiceFailed       the service failed, or answered something that is no answer
        └── ServiceUnreachable  no connection, or no answer in time

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


class ServiceError(NewsstandError):
    """A service that was asked over HTTP did not answer.

    Parameters
    ----------
    message : str
        What went wrong, in the service's own words where it gave any.
    status : int, optional
        Status of the response, if there was one.
    problem : str, optional
        The stable type of the problem, such as ``"/problems/no-model"``, by which to tell problems apart.
    retry_after : float, optional
        Seconds after which the service wants to be asked again.
    """

    def __init__(
        self, message: str, *, status: int | None = None, problem: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem
        self.retry_after = retry_after


class RequestRefused(ServiceError):
    """The request must change before it can be answered."""


class ServiceBusy(ServiceError):
    """The service answers no request now; it was asked again until the patience of the client ended."""


class ServiceFailed(ServiceError):
    """The service failed, or something answered that is no Newsstand service."""


class ServiceUnreachable(ServiceError):
    """There was no connection, or no answer in time."""

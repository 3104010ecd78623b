"""Errors as RFC 9457 problems: which error gives which status, type and title. Never carries a word of an article."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newsstand.errors import ArtifactError, ArtifactForeign, ArtifactTooNew, InputError, NewsstandError, RunNotFound

MEDIA_TYPE = "application/problem+json"


class Refusal(NewsstandError):
    """A request that is refused for what it asks or when it asks, with headers that say how to do better."""

    def __init__(self, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = headers or {}


class ComeBack(Refusal):
    """A request that would be answered later; not for requests that are wrong.

    Parameters
    ----------
    message : str
    seconds : float
        When to come back, for ``Retry-After``, which takes whole seconds.
    """

    def __init__(self, message: str, seconds: float = 1) -> None:
        super().__init__(message, {"Retry-After": str(max(1, ceil(seconds)))})


class Unauthorized(Refusal):
    """The request carries no key, or one that counts for nothing.

    Parameters
    ----------
    message : str
    invalid : bool
        Whether there is a key.
    """

    def __init__(self, message: str, *, invalid: bool = False) -> None:
        challenge = 'Bearer realm="newsstand"' + (', error="invalid_token"' if invalid else "")
        super().__init__(message, {"WWW-Authenticate": challenge})


class InsufficientScope(Refusal):
    """The key is good, and not for this."""

    def __init__(self, message: str, scope: str) -> None:
        challenge = f'Bearer realm="newsstand", error="insufficient_scope", scope="{scope}"'
        super().__init__(message, {"WWW-Authenticate": challenge})


class TooManyRequests(ComeBack):
    """The client has used up its rate."""


class Overloaded(ComeBack):
    """As many requests as the service takes at once are waiting already."""


class ShuttingDown(ComeBack):
    """The service is about to stop: ask another one."""


class TooSlow(ComeBack):
    """The answer was not ready in time."""


class BodyTooSlow(NewsstandError):
    """The body had not arrived in time."""


class TooLarge(NewsstandError):
    """The body has more bytes than the service takes."""


class TextTooLong(NewsstandError):
    """A text has more characters than the service takes."""


class UnsupportedMediaType(NewsstandError):
    """The body is in a format, charset or coding that the service does not read."""


class InvalidEncoding(NewsstandError):
    """The body is not what its content coding says, or not all of it."""


class ExtractionFailed(NewsstandError):
    """The article of a web page cannot be found within bounds."""


class InvalidParameter(NewsstandError):
    """A query parameter has a value that makes no sense."""


class NoStanceHead(NewsstandError):
    """The request asks for stances and the run in use gives none."""


class NotKept(NewsstandError):
    """The service has nowhere to keep this, or is not to keep it."""


class FeedbackConflict(NewsstandError):
    """There is another correction with the id of this one."""


class StoreUnavailable(ComeBack):
    """The database cannot be used."""


class NoModel(NewsstandError):
    """The service runs and has no run to label with."""


class NoEarlierChampion(NewsstandError):
    """There is nothing to roll back to."""


class RegistryUnavailable(NewsstandError):
    """The models directory cannot be read or written."""


class AdminOnlyFromLoopback(NewsstandError):
    """Somebody on another machine, or a page of another site, asks without a key for what may change labels or shows texts."""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """What all problems of one kind share."""

    status: int
    slug: str
    title: str

    @property
    def uri(self) -> str:
        """The stable ``type`` of the problem, by which programs tell it from others."""
        return f"/problems/{self.slug}"


INTERNAL = ProblemType(500, "internal-error", "The service failed")
PROBLEMS: dict[type[NewsstandError], ProblemType] = {
    Unauthorized: ProblemType(401, "unauthorized", "A key is needed"),
    InsufficientScope: ProblemType(403, "insufficient-scope", "The key has not the scope for this"),
    InvalidEncoding: ProblemType(400, "invalid-encoding", "The body cannot be decompressed"),
    BodyTooSlow: ProblemType(408, "body-too-slow", "The body came too slowly"),
    TooLarge: ProblemType(413, "too-large", "The body is too large"),
    TextTooLong: ProblemType(413, "text-too-long", "The text is too long"),
    UnsupportedMediaType: ProblemType(415, "unsupported-media-type", "The body is in a format that is not read here"),
    InvalidParameter: ProblemType(422, "invalid-parameter", "A query parameter makes no sense"),
    NoStanceHead: ProblemType(422, "no-stance-head", "The run gives no stances"),
    ExtractionFailed: ProblemType(422, "extraction-failed", "The article of the page cannot be extracted"),
    InputError: ProblemType(422, "invalid-document", "The document cannot be used"),
    TooManyRequests: ProblemType(429, "too-many-requests", "The client asks too often"),
    Overloaded: ProblemType(503, "overloaded", "Too many requests are waiting"),
    ShuttingDown: ProblemType(503, "shutting-down", "The service is about to stop"),
    TooSlow: ProblemType(503, "too-slow", "The answer took too long"),
    NoModel: ProblemType(503, "no-model", "There is no run to label with"),
    RunNotFound: ProblemType(404, "run-not-found", "There is no such run"),
    NotKept: ProblemType(404, "not-kept", "The service does not keep this"),
    FeedbackConflict: ProblemType(409, "feedback-conflict", "There is another correction of this id"),
    StoreUnavailable: ProblemType(503, "store-unavailable", "The store cannot be used"),
    NoEarlierChampion: ProblemType(409, "no-earlier-champion", "There is no earlier champion"),
    ArtifactForeign: ProblemType(409, "run-foreign", "This is no Newsstand run"),
    ArtifactTooNew: ProblemType(409, "run-too-new", "The run needs a newer Newsstand"),
    ArtifactError: ProblemType(409, "run-damaged", "The run is damaged"),
    RegistryUnavailable: ProblemType(503, "registry-unavailable", "The models directory cannot be used"),
    AdminOnlyFromLoopback: ProblemType(
        403, "admin-only-from-loopback", "Without keys, only the machine itself may do this"
    ),
    NewsstandError: INTERNAL,
}
HTTP_PROBLEMS: dict[int, ProblemType] = {
    404: ProblemType(404, "not-found", "There is nothing at this path"),
    405: ProblemType(405, "method-not-allowed", "The path does not answer this method"),
}
METHOD_NOT_ALLOWED = 405


def all_problem_types() -> dict[str, ProblemType]:
    """Every problem type of the service by its slug."""
    return {problem.slug: problem for problem in (*PROBLEMS.values(), *HTTP_PROBLEMS.values())}


def problem_type(error: NewsstandError) -> ProblemType:
    """The problem type of an error: that of the nearest class in its ancestry."""
    return next(PROBLEMS[ancestor] for ancestor in type(error).__mro__ if ancestor in PROBLEMS)


def problem_response(problem: ProblemType, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    """A problem as a response; ``detail`` says what to do about this one."""
    return Response(orjson.dumps(_content(problem, detail)), problem.status, headers, MEDIA_TYPE)


def problem_content(error: NewsstandError) -> dict[str, Any]:
    """An error as a JSON object, where it is part of a larger answer.

    Raises
    ------
    NewsstandError
        The error itself, if it is one of which the client may not know.
    """
    problem = problem_type(error)
    if problem is INTERNAL:
        raise error
    return _content(problem, str(error))


def _content(problem: ProblemType, detail: str) -> dict[str, Any]:
    content: dict[str, Any] = {"type": problem.uri, "title": problem.title, "status": problem.status}
    if detail:
        content["detail"] = printable(detail)
    return content


def refusal(error: NewsstandError) -> Response:
    """An error as a response.

    Raises
    ------
    NewsstandError
        The error itself, if it is one of which the client may not know.
    """
    problem = problem_type(error)
    if problem is INTERNAL:
        raise error  # ends in the server's log
    return problem_response(problem, str(error), error.headers if isinstance(error, Refusal) else None)


def printable(message: str) -> str:
    """The message without lone surrogates (a file name may have them), which JSON in UTF-8 cannot carry."""
    return message.encode("utf-8", "replace").decode("utf-8")


def install(app: FastAPI) -> None:
    """Make the application answer every error with a problem."""
    app.add_exception_handler(NewsstandError, _newsstand_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)


async def _newsstand_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, NewsstandError):
        raise error
    return refusal(error)  # an internal one ends in _unexpected_error


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == METHOD_NOT_ALLOWED:
        return _other_method(request, error)
    problem = HTTP_PROBLEMS.get(error.status_code)
    if problem is None:
        title = HTTPStatus(error.status_code).phrase
        problem = ProblemType(error.status_code, title.lower().replace(" ", "-"), title)
    return problem_response(problem, headers=dict(error.headers or {}))


def _other_method(request: Request, error: HTTPException) -> Response:
    allowed = {"OPTIONS", *(error.headers or {}).get("Allow", "").replace(" ", "").split(",")} - {""}
    if "GET" in allowed:
        allowed.add("HEAD")
    headers = {"Allow": ", ".join(sorted(allowed))}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=headers)
    return problem_response(HTTP_PROBLEMS[METHOD_NOT_ALLOWED], f"this path answers {headers['Allow']}", headers)


async def _unexpected_error(_: Request, __: Exception) -> Response:
    """Tell the client nothing; Starlette raises the error anew after this answer, and the server logs it, once."""
    return problem_response(INTERNAL)

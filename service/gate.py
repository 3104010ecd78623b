"""What every request passes on its way in and out: how many there may be, who asks, and how often.

Not for anything that only some routes need. Every microsecond here is added to every article.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsstand.errors import NewsstandError
from service.access import need_of
from service.counts import Counts
from service.headers import RequestIds, with_advice
from service.keyring import Keyring
from service.logs import log_failure, log_request
from service.loopback import require_loopback
from service.openapi import RawEndpoint
from service.problems import INTERNAL, AdminOnlyFromLoopback, Overloaded, problem_response, problem_type, refusal
from service.rates import RateLimit, address_group, parse_rate
from service.settings import Settings

HEADERS = "newsstand.headers"
"""Where a scope keeps its headers as a dictionary: names in lower case, as ASGI gives them, to values."""
KEY = "newsstand.key"
"""Where a scope keeps the key of the request, if it has one."""
RUN = "newsstand.run"
"""Where a scope keeps the name of the run that labels for the request, if one does."""
REQUESTS = "newsstand.requests"
"""Where the server's state keeps the tasks of all requests that it has begun (see :mod:`service.protocol`)."""


CLIENT_GONE = 499
"""What stands for the status of a request whose client went away before the answer; no client ever gets it."""
_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


@dataclass(frozen=True, slots=True)
class Doorkeepers:
    """Whom the gate asks and tells.

    ``lanes`` are paths whose POST goes past the application straight to its endpoint: Starlette's layers and the search for
    the route take longer than all that the service itself does around labelling.
    """

    lanes: Mapping[str, RawEndpoint]
    keys: Keyring
    counts: Counts


class Gate:
    """The outermost layer of the application.

    Parameters
    ----------
    app : ASGI application
    doorkeepers : Doorkeepers
    settings : Settings
    """

    def __init__(self, app: ASGIApp, doorkeepers: Doorkeepers, settings: Settings) -> None:
        self._app = app
        self._lanes = doorkeepers.lanes
        self._keys = doorkeepers.keys
        self._counts = doorkeepers.counts
        self._ids = RequestIds()
        self._max_requests = settings.max_requests
        self._logs_requests = settings.access_log
        rate = parse_rate(settings.rate)
        self._rate = RateLimit(rate) if rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it; count it, and log it where that is wanted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, method, path = perf_counter(), scope["method"], scope["path"]
        headers = scope[HEADERS] = dict(scope["headers"])
        request_id = self._ids.of(headers)
        status = CLIENT_GONE

        def send_marked(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = with_advice(message["headers"], request_id)
            return send(message)

        endpoint = self._lanes.get(path) if method == "POST" else None
        self._counts.in_flight += 1
        try:
            await self._answer(endpoint, scope, receive, send_marked)
        except ClientDisconnect:
            pass  # nobody is left to answer
        except Exception as error:  # noqa: BLE001  # whatever it is, the client gets an answer and the log a line
            log_failure(error, request_id.decode("latin-1"), route_of(scope) if endpoint is None else path)
            if status == CLIENT_GONE:
                await problem_response(INTERNAL)(scope, receive, send_marked)
        finally:
            self._counts.in_flight -= 1
            route = path if endpoint is not None else route_of(scope)
            seconds = perf_counter() - started
            self._counts.request(method if method in _METHODS else "other", route, status, seconds)
            if self._logs_requests:
                self._log(scope, method, route, status, seconds, request_id)

    async def _answer(self, endpoint: RawEndpoint | None, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            begun = scope["state"].get(REQUESTS, ()) if "state" in scope else ()
            if len(begun) > self._max_requests:
                self._shed(scope, begun)
            if self._rate or self._keys.required or endpoint is None:
                await self._let_in(scope)
            response = self._app if endpoint is None else await endpoint(scope, receive)
        except NewsstandError as error:
            if problem_type(error) is INTERNAL:
                raise
            self._counts.refused(problem_type(error).slug)
            response = refusal(error)
        await response(scope, receive, send)

    def _log(self, scope: Scope, method: str, route: str, status: int, seconds: float, request_id: bytes) -> None:
        key = scope.get(KEY)
        fields = {
            "request_id": request_id.decode("latin-1"),
            "method": method,
            "route": route,
            "status": status,
            "duration_ms": round(1000 * seconds, 3),
            "run": scope.get(RUN),
            "key": key.id if key else None,
        }
        log_request(fields)

    async def _let_in(self, scope: Scope) -> None:
        """Raises the problem for which a request is not let in."""
        need = need_of(scope["method"], scope["path"])
        if need is None:
            return
        client = address_group(scope["client"][0] if scope["client"] else "")
        authorization = scope[HEADERS].get(b"authorization")
        if self._keys.required and not (need == "admin" and authorization is None and _is_local(scope)):
            key = scope[KEY] = await self._keys.owner(authorization, need)
            client = key.id
        elif need != "label":
            require_loopback(Request(scope))
        if self._rate:
            self._rate.take(client)

    def _shed(self, scope: Scope, begun: Collection[Any]) -> None:
        """Refuse a request if too many others are not finished; those that have just ended are still in the collection."""
        if need_of(scope["method"], scope["path"]) and sum(not task.done() for task in begun) > self._max_requests:
            raise Overloaded(f"{self._max_requests} requests are being answered: come back, or ask for less at once")


def _is_local(scope: Scope) -> bool:
    try:
        require_loopback(Request(scope))
    except AdminOnlyFromLoopback:
        return False
    return True


def route_of(scope: Scope) -> str:
    """The path of a request as its route spells it, so that there are only so many."""
    return getattr(scope.get("route"), "path", "unmatched")


class HeadAsGet:
    """Answers HEAD wherever GET is answered, with the same headers and no body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        scope["method"] = "GET"
        await self._app(scope, receive, send_without_body)

"""What every request passes on its way in and out: how many there may be, who asks, and how often.

Not for anything that only some routes need. Every microsecond here is added to every article.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsstand.errors import NewsstandError
from service.access import need_of
from service.keyring import Keyring
from service.loopback import require_loopback
from service.openapi import RawEndpoint
from service.problems import INTERNAL, AdminOnlyFromLoopback, Overloaded, problem_response, problem_type, refusal
from service.rates import RateLimit, address_group, parse_rate
from service.settings import Settings

HEADERS = "newsstand.headers"
"""Where a scope keeps its headers as a dictionary: names in lower case, as ASGI gives them, to values."""
KEY = "newsstand.key"
"""Where a scope keeps the key of the request, if it has one."""
REQUESTS = "newsstand.requests"
"""Where the server's state keeps the tasks of all requests that it has begun (see :mod:`service.protocol`)."""


class Gate:
    """The outermost layer of the application.

    Parameters
    ----------
    app : ASGI application
    lanes : mapping of str to endpoint
        Paths whose POST goes past the application straight to its endpoint: Starlette's layers and the search for the
        route take longer than all that the service itself does around labelling.
    keys : Keyring
    settings : Settings
    """

    def __init__(self, app: ASGIApp, lanes: Mapping[str, RawEndpoint], keys: Keyring, settings: Settings) -> None:
        self._app = app
        self._keys = keys
        self._lanes = lanes
        self._max_requests = settings.max_requests
        rate = parse_rate(settings.rate)
        self._rate = RateLimit(rate) if rate else None
        self._guarded = rate is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[HEADERS] = dict(scope["headers"])
        endpoint = self._lanes.get(scope["path"]) if scope["method"] == "POST" else None
        try:
            begun = scope["state"].get(REQUESTS, ()) if "state" in scope else ()
            if len(begun) > self._max_requests:
                self._shed(scope, begun)
            if self._guarded or self._keys.required or endpoint is None:
                await self._let_in(scope)
            response = self._app if endpoint is None else await endpoint(scope, receive)
        except ClientDisconnect:
            return  # nobody is left to answer
        except Exception as error:
            if isinstance(error, NewsstandError) and problem_type(error) is not INTERNAL:
                await refusal(error)(scope, receive, send)
                return
            await problem_response(INTERNAL)(scope, receive, send)
            raise  # ends in the server's log
        await response(scope, receive, send)

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
        elif need == "admin":
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

        await self._app({**scope, "method": "GET"}, receive, send_without_body)

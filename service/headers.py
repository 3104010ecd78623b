"""What every answer carries besides what its route gives it: an id, and advice to browsers."""

from __future__ import annotations

import re
import secrets
from itertools import count

from service.bodies import Headers

RawHeaders = list[tuple[bytes, bytes]]

_SANE = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_ADVICE = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_USUAL = frozenset([b"content-length", b"content-type"])


class RequestIds:
    """Gives every request an id: the one that it brings, if that is harmless in a log, or a new one."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(6)
        self._numbers = count(1)

    def of(self, headers: Headers) -> bytes:
        """The id of a request with these headers."""
        given = headers.get(b"x-request-id")
        if given is not None and _SANE.fullmatch(given):
            return given
        return b"%s-%x" % (self._prefix.encode(), next(self._numbers))


def with_advice(headers: RawHeaders, request_id: bytes) -> RawHeaders:
    """The headers of an answer with the id and the advice; what a route says itself stays."""
    own = {name for name, _ in headers}
    advice = _ADVICE if own <= _USUAL else [header for header in _ADVICE if header[0] not in own]
    return [*headers, *advice, (b"x-request-id", request_id)]

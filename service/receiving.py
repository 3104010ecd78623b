"""How a route gets its body: of a kind that it takes, whole and uncompressed. Not for what is in it (see :mod:`service.bodies`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from starlette.types import Receive, Scope

from service.bodies import BodyFormat, Limits, body_format, read_body
from service.gate import HEADERS
from service.gunzip import gunzip
from service.threads import LabelThreads


@dataclass(frozen=True, slots=True)
class Receiver:
    """Reads bodies within limits; large or not, they are uncompressed in a thread."""

    limits: Limits
    threads: LabelThreads

    async def body(self, scope: Scope, receive: Receive, accepted: tuple[str, ...]) -> tuple[BodyFormat, bytes]:
        """What the body of a request is, and its content.

        Raises
        ------
        UnsupportedMediaType, BodyTooSlow, TooLarge, InvalidEncoding, Overloaded, TooSlow, ClientDisconnect
        """
        form = body_format(scope[HEADERS], accepted)
        body = await read_body(receive, scope[HEADERS], self.limits)
        if form.compressed:
            body = await self.threads.run(partial(gunzip, body, self.limits.body_bytes))
        return form, body

"""Lines of JSON that come in and go out while the request lasts, in bounded memory. Not for batches in one JSON object."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from newsstand.errors import NewsstandError
from service import bodies
from service.gunzip import Gunzip
from service.problems import problem_content

MEDIA_TYPE = b"application/x-ndjson"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, counted from 1, or the reason for which it cannot be read."""

    number: int
    content: bytes | NewsstandError


Labeller = Callable[[list[Line], bool], Awaitable[bytes]]
"""From some lines to their lines of output. The second argument says that something has been sent already."""


class LineSplitter:
    """Cuts parts of a body into lines. Of a line that is too long, no more is kept than that there was one.

    Parameters
    ----------
    limit : int
        Length of the longest line in bytes.
    """

    def __init__(self, limit: int) -> None:
        self.number = 1
        self._limit = limit
        self._kept: list[bytes] = []
        self._size = 0

    def feed(self, part: bytes) -> Iterator[Line]:
        """The lines that a part completes."""
        *complete, rest = part.split(b"\n")
        for piece in complete:
            yield from self._close(piece)
        self._keep(rest)

    def end(self) -> Iterator[Line]:
        """The last line, which needs no line end."""
        return self._close(b"")

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            self._kept.clear()
        elif piece:
            self._kept.append(piece)

    def _close(self, piece: bytes) -> Iterator[Line]:
        self._keep(piece)
        content = b"".join(self._kept)
        if self.number == 1:
            content = content.removeprefix(_BOM)
        if self._size > self._limit:
            yield Line(self.number, bodies.too_large(self._limit))
        elif content.strip():
            yield Line(self.number, content)
        self._kept, self._size, self.number = [], 0, self.number + 1


class StreamedAnswer:
    """Answers a body of lines with a line for each, as they come. What it has not read, the client has to keep.

    Parameters
    ----------
    label : Labeller
    limits : bodies.Limits
        For one line, and for how long the client may neither send nor read.
    compressed : bool
    """

    def __init__(self, label: Labeller, limits: bodies.Limits, *, compressed: bool) -> None:
        self._label = label
        self._limits = limits
        self._compressed = compressed
        self._started = False

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Read, label and send until the body ends.

        Raises
        ------
        NewsstandError
            If the request fails before anything is sent; afterwards the last line says why.
        ClientDisconnect
            If the client goes away, or does not read what it gets.
        """
        splitter = LineSplitter(self._limits.body_bytes)
        try:
            async for lines in self._read(receive, splitter):
                await self._send(send, await self._label(lines, self._started))
        except NewsstandError as error:
            if not self._started:
                raise
            await self._send(send, error_line(splitter.number, error))
        await self._send(send, b"", last=True)

    async def _read(self, receive: Receive, splitter: LineSplitter) -> AsyncIterator[list[Line]]:
        """The lines of the body, so many at a time as happen to have come."""
        unpacker = Gunzip() if self._compressed else None
        more = True
        while more:
            part, more = await self._receive(receive)
            for piece in unpacker.feed(part) if unpacker else (part,):
                if lines := list(splitter.feed(piece)):
                    yield lines
        if unpacker:
            unpacker.end()
        if lines := list(splitter.end()):
            yield lines

    async def _receive(self, receive: Receive) -> tuple[bytes, bool]:
        try:
            async with asyncio.timeout(self._limits.seconds):
                message = await receive()
        except TimeoutError:
            raise bodies.too_slow(self._limits.seconds) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        return message.get("body", b""), message.get("more_body", False)

    async def _send(self, send: Send, content: bytes, *, last: bool = False) -> None:
        if not self._started:
            self._started = True
            headers = [(b"content-type", MEDIA_TYPE)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            async with asyncio.timeout(self._limits.seconds):
                await send({"type": "http.response.body", "body": content, "more_body": not last})
        except TimeoutError:
            raise ClientDisconnect from None  # it does not read


def error_line(number: int, error: NewsstandError) -> bytes:
    """The line of output that stands for a line which has no answer."""
    return orjson.dumps({"line": number, "error": problem_content(error)}) + b"\n"

"""A client that keeps a service busy and looks at every byte of every answer. Not for what is sent (see :mod:`bench.traffic`)."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from bench.traffic import BAD_SHARE, Request

ANSWER_SECONDS = 30.0
RETRIES = 5
MOST_CONNECTIONS = 1_200
SHED = (429, 503)


class Broken(Exception):
    """The connection ended before the answer was complete."""


@dataclass
class Tally:
    """What came back.

    ``failed`` are good requests that got no right answer, ``wrong`` are answers with status 200 that no run gives, ``rude`` are
    bad requests with another status than they deserve, ``broken`` are connections lost on the way (the request is sent again).
    """

    seconds: list[float] = field(default_factory=list)
    answered: int = 0
    bad: int = 0
    shed: int = 0
    without_retry_after: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    rude: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    sent: int = 0
    not_sent: int = 0
    runs: Counter[str] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the good requests was answered."""
        return round(1000 * float(np.percentile(self.seconds, share)), 1) if self.seconds else 0.0

    @property
    def sound(self) -> bool:
        """Whether nothing was lost and nothing was wrong."""
        return not (self.failed or self.wrong or self.rude or self.without_retry_after)


class Connection(asyncio.Protocol):
    """One connection, with one request at a time on it."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none of asyncio's classes

    def connection_lost(self, _: Exception | None) -> None:
        """Tell whoever waits."""
        self.transport = None
        if self._answer and not self._answer.done():
            self._answer.set_exception(Broken())

    def data_received(self, received: bytes) -> None:
        """Collect the answer."""
        self._buffer += received
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
        if len(self._buffer) < end + 4 + length:
            return
        content = bytes(self._buffer[end + 4 : end + 4 + length])
        self._buffer.clear()
        if self._answer and not self._answer.done():
            self._answer.set_result((int(head[9:12]), head, content))

    async def ask(self, wire: bytes) -> tuple[int, bytes, bytes]:
        """Status, head and content of the answer to a request."""
        if self.transport is None:
            raise Broken
        self._buffer.clear()
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(wire)
        async with asyncio.timeout(ANSWER_SECONDS):
            return await self._answer


class Load:
    """Requests to one service, until it is told to stop.

    Parameters
    ----------
    port : int
    good, bad : sequences of Request
    """

    def __init__(self, port: int, good: Sequence[Request], bad: Sequence[Request]) -> None:
        self.tally = Tally()
        self._port = port
        self._good, self._bad = good, bad
        self._chance = random.Random(1)
        self._stopped = False
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, connections: int) -> None:
        """Send on so many connections, on each the next request when the last is answered."""
        self._tasks = [asyncio.create_task(self._keep_asking()) for _ in range(connections)]

    async def end(self) -> Tally:
        """Let every request finish."""
        self._stopped = True
        await asyncio.gather(*self._tasks)
        return self.tally

    async def during(self, connections: int, seconds: float) -> Tally:
        """Send for so long."""
        self.begin(connections)
        await asyncio.sleep(seconds)
        return await self.end()

    async def at_rate(self, rate: float, seconds: float) -> Tally:
        """Send so many requests a second, whether or not the last ones are answered, as a crowd of clients would."""
        free: deque[Connection] = deque()
        running: set[asyncio.Task[None]] = set()
        begun, sent = time.perf_counter(), 0
        while (now := time.perf_counter() - begun) < seconds:
            due = int(now * rate) - sent
            for _ in range(due):
                if len(running) >= MOST_CONNECTIONS:
                    self.tally.not_sent += 1
                    continue
                task = asyncio.create_task(self._once(free))
                running.add(task)
                task.add_done_callback(running.discard)
            sent += due
            await asyncio.sleep(0.002)
        await asyncio.gather(*running)
        for connection in free:
            if connection.transport:
                connection.transport.close()
        return self.tally

    async def _keep_asking(self) -> None:
        connection = Connection()
        while not self._stopped:
            connection = await self._answered(connection, self._next())
        if connection.transport:
            connection.transport.close()

    async def _once(self, free: deque[Connection]) -> None:
        free.append(await self._answered(free.pop() if free else Connection(), self._next()))

    def _next(self) -> Request:
        return self._chance.choice(self._bad if self._bad and self._chance.random() < BAD_SHARE else self._good)

    async def _answered(self, connection: Connection, request: Request) -> Connection:
        """Send a request until it is answered; one whose connection breaks is sent again, as Newsstand's client does."""
        self.tally.sent += 1
        begun = time.perf_counter()
        for attempt in range(RETRIES):
            try:
                if connection.transport is None:
                    _, connection = await asyncio.get_running_loop().create_connection(
                        Connection, "127.0.0.1", self._port
                    )
                status, head, content = await connection.ask(request.wire)
            except TimeoutError:
                self.tally.failed["no answer"] += 1
                if connection.transport:
                    connection.transport.abort()
                return Connection()
            except (Broken, OSError):
                self.tally.broken += 1
                await asyncio.sleep(0.05 * 2**attempt)
                continue
            self._judge(request, status, head, content, time.perf_counter() - begun)
            return connection
        self.tally.failed["connection lost"] += 1
        return Connection()

    def _judge(self, request: Request, status: int, head: bytes, content: bytes, seconds: float) -> None:
        tally = self.tally
        if status in SHED:
            tally.shed += 1
            tally.without_retry_after += b"\r\nretry-after: " not in head
        elif not request.good:
            tally.bad += 1
            tally.rude.update([status] * (status != request.status))
        elif status != request.status:
            tally.failed[str(status)] += 1
        elif (run := request.answers.get(content)) is None:
            tally.wrong += 1
        else:
            tally.answered += 1
            tally.runs[run] += 1
            tally.seconds.append(seconds)


async def until_answered(port: int, request: Request, most: float) -> float | None:
    """Seconds until a request gets a right answer, ``None`` if it does not within ``most`` seconds."""
    begun = time.perf_counter()
    while (passed := time.perf_counter() - begun) < most:
        with suppress(Broken, OSError, TimeoutError):
            transport, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
            status, _, content = await connection.ask(request.wire)
            transport.close()
            if status == 200 and content in request.answers:
                return round(passed, 2)
        await asyncio.sleep(0.02)
    return None

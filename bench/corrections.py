"""A client that keeps sending corrections and knows which ones the service said it kept. Not for articles (see :mod:`bench.load`)."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter
from contextlib import suppress

from bench.load import RETRIES, Broken, Connection

PAUSE_SECONDS = 0.1


class Corrections:
    """Corrections to one service, until it is told to stop, each on a new connection, so that every worker gets some.

    ``kept`` holds the ids of those that it says to have kept, ``refused`` counts problems that say when to come back, and
    ``failed`` all other answers.

    Parameters
    ----------
    port : int
    run : str
        The run that is corrected.
    """

    def __init__(self, port: int, run: str) -> None:
        self.kept: set[str] = set()
        self.refused: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self._port = port
        self._run = run
        self._mark = secrets.token_hex(8)  # others may have sent some to the same database
        self._sent = 0
        self._stopped = False
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, clients: int) -> None:
        """Send from so many clients."""
        self._tasks = [asyncio.create_task(self._keep_sending()) for _ in range(clients)]

    async def end(self) -> None:
        """Let every correction be answered."""
        self._stopped = True
        await asyncio.gather(*self._tasks)

    async def send(self) -> bool:
        """Whether a new correction is kept; one whose connection breaks is sent again."""
        self._sent += 1
        name = f"{self._mark}-{self._sent}"
        wire = self._request(name)
        for attempt in range(RETRIES):
            try:
                status, head, content = await self._ask(wire)
            except TimeoutError:
                self.failed["no answer"] += 1
                return False
            except (Broken, OSError):
                await asyncio.sleep(0.05 * 2**attempt)
                continue
            self._judge(name, status, head, content)
            return status == 200
        self.failed["connection lost"] += 1
        return False

    async def _keep_sending(self) -> None:
        while not self._stopped:
            await self.send()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _ask(self, wire: bytes) -> tuple[int, bytes, bytes]:
        transport, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", self._port)
        try:
            return await connection.ask(wire)
        finally:
            transport.close()

    def _request(self, name: str) -> bytes:
        document = {"text": f"Article of {name}. " + "The council raised the rent for its market stalls. " * 20}
        body = json.dumps({"id": name, "document": document, "leaning": "left", "run": self._run}).encode()
        head = f"POST /v1/feedback HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        return f"{head}\r\n\r\n".encode() + body

    def _judge(self, name: str, status: int, head: bytes, content: bytes) -> None:
        if status == 200:
            self.kept.add(name)
            return
        problem = ""
        with suppress(ValueError, TypeError, KeyError):
            problem = json.loads(content)["type"].removeprefix("/problems/")
        if status == 503 and b"\r\nretry-after: " in head:
            self.refused[problem] += 1
        else:
            self.failed[problem or str(status)] += 1

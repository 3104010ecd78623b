"""The event loop of a worker, which takes all clients that wait at its port at once. Not for what it does with them.

uvloop takes one new connection each time it has gone through all that there is to do. Under load a round takes as long as labelling
for every client that is served, so that new ones wait many seconds to be let in, where they ought to be told at once to come back.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvloop

AT_ONCE = 128
"""How many connections one worker takes before the others have had a chance."""

PAUSE_SECONDS = 1.0
_EXHAUSTED = frozenset([errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])

_log = logging.getLogger(__name__)

ProtocolFactory = Callable[[], asyncio.BaseProtocol]


class Acceptor:
    """Listens at one socket.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
    factory : callable
        Makes the protocol of a connection.
    listener : socket.socket
        Bound and listening; it is the caller's to close.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, factory: ProtocolFactory, listener: socket.socket) -> None:
        self._loop = loop
        self._factory = factory
        self._listener = listener
        self._starting: set[asyncio.Task[Any]] = set()
        listener.setblocking(False)
        loop.add_reader(listener.fileno(), self._take)
        self._serving = True

    def close(self) -> None:
        """Take no connection any more."""
        if self._serving:
            self._serving = False
            self._loop.remove_reader(self._listener.fileno())

    def is_serving(self) -> bool:
        """Whether connections are taken."""
        return self._serving

    async def wait_closed(self) -> None:
        """Wait until every connection that was taken has its protocol."""
        await asyncio.gather(*self._starting)

    def _take(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._pause()
                return  # otherwise the client has gone again
            task = self._loop.create_task(self._start(connection))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    def _pause(self) -> None:
        """Let clients wait at the port: it would be ready for ever, and nothing else would be done."""
        _log.error("no more connections can be taken: this process has no file descriptor or memory left for them")
        self._loop.remove_reader(self._listener.fileno())
        self._loop.call_later(PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        if self._serving:
            self._loop.add_reader(self._listener.fileno(), self._take)

    async def _start(self, connection: socket.socket) -> None:
        with suppress(OSError):  # it has gone meanwhile
            connection.setblocking(False)
            await self._loop.connect_accepted_socket(self._factory, connection)


class WorkerLoop(uvloop.Loop):
    """uvloop that listens with an :class:`Acceptor` where it is given a socket."""

    async def create_server(self, protocol_factory: Any, *arguments: Any, **options: Any) -> Any:
        """Listen."""
        listener = options.get("sock")
        if listener is None or options.get("ssl"):
            return await super().create_server(protocol_factory, *arguments, **options)
        return Acceptor(self, protocol_factory, listener)

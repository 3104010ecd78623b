"""The time between the wish to stop and the end: what has begun is finished, and load balancers learn to look elsewhere.

Not for the stopping itself, which is the server's task.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopping:
    """Notices SIGTERM before the server does, and passes it on when it is time.

    Parameters
    ----------
    drain_seconds : float
        How long the service goes on as before, but not ready, before the server closes its port.

    Attributes
    ----------
    begun : bool
    """

    def __init__(self, drain_seconds: float) -> None:
        self.begun = False
        self._seconds = drain_seconds

    @contextmanager
    def noticed(self) -> Iterator[None]:
        """Listen to SIGTERM until the block ends, if a server does so too; Ctrl-C goes to the server at once."""
        server = signal.getsignal(signal.SIGTERM)
        if not callable(server) or threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()

        def begin(number: int, frame: FrameType | None) -> None:
            if self.begun:
                return  # a supervisor may tell the worker, and its parent as well
            self.begun = True
            if self._seconds:
                loop.call_soon_threadsafe(loop.call_later, self._seconds, server, number, None)
            else:
                server(number, frame)

        signal.signal(signal.SIGTERM, begin)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, server)

"""The threads that do long label work: so many at once, so many waiting, and no more. Short work stays on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from service.problems import Overloaded, TooSlow

_T = TypeVar("_T")


class LabelThreads:
    """A bounded queue in front of a few threads.

    Work that has begun cannot be stopped; it keeps its thread, and its place, also after its request has been given up.

    Parameters
    ----------
    threads : int
    waiting : int
        How much work may wait for a thread; more is refused at once.
    seconds : float
        How long a request waits for its work.
    """

    def __init__(self, threads: int, waiting: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="label")
        self._threads = threads
        self._places = threads + waiting
        self._seconds = seconds
        self._taken = 0

    @property
    def waiting(self) -> int:
        """How much work waits for a thread."""
        return max(0, self._taken - self._threads)

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do some work in a thread and wait for it.

        Raises
        ------
        Overloaded
            At once, if the queue is full.
        TooSlow
        """
        if self._taken >= self._places:
            raise Overloaded(f"{self.waiting} requests wait already: come back, or send less at a time")
        return await self._finish(work)

    async def run_when_free(self, work: Callable[[], _T]) -> _T:
        """The same for work that waits outside of a full queue: a stream, whose client waits as long as nobody reads.

        Raises
        ------
        TooSlow
        """
        deadline = asyncio.get_running_loop().time() + self._seconds
        while self._taken >= self._places:
            if asyncio.get_running_loop().time() > deadline:
                raise self._too_slow()
            await asyncio.sleep(0.01)
        return await self._finish(work)

    def close(self) -> None:
        """Let the threads end; what waits is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _finish(self, work: Callable[[], _T]) -> _T:
        loop = asyncio.get_running_loop()
        future = self._pool.submit(work)
        self._taken += 1
        future.add_done_callback(lambda ended: self._tell(loop, ended))
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if future.done() and not future.cancelled():
                raise  # the work itself has raised it
            raise self._too_slow() from None

    def _too_slow(self) -> TooSlow:
        return TooSlow(f"there was no answer within {self._seconds:g} seconds: come back, or send less at a time")

    def _tell(self, loop: asyncio.AbstractEventLoop, _: Future[_T]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._taken -= 1

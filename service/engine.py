"""Holds the run that is in use and changes it when the champion changes. Knows neither HTTP nor documents."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from anyio import to_thread

from newsstand.errors import InputError, NewsstandError, RunNotFound
from newsstand.registry import Registry
from newsstand.tagger import Tagger
from newsstand.text.language import identify
from service.copies import RunCopies, marks_of
from service.problems import NoEarlierChampion, NoModel, RegistryUnavailable

HOW_TO_PROMOTE = "promote a run with 'newsstand promote RUN' or POST /v1/models/RUN/promote"
FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 60.0
_NOT_ENGLISH = "zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich"

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Engine:
    """The tagger in use.

    A change of champion is one assignment to :attr:`tagger`: a request that has taken the old tagger finishes with it.

    Parameters
    ----------
    registry : Registry
    poll_seconds : float
        How often to look for a new champion.
    copies : RunCopies, optional
        How runs are loaded; from where they lie, if it is not given.

    Attributes
    ----------
    tagger : Tagger or None
        ``None`` until there is a champion that can be loaded.
    degraded : str or None
        Why the champion is not the run in use.
    """

    def __init__(self, registry: Registry, *, poll_seconds: float = 1.0, copies: RunCopies | None = None) -> None:
        self.registry = registry
        self.tagger: Tagger | None = None
        self.degraded: str | None = None
        self._poll_seconds = poll_seconds
        self._copies = copies or RunCopies(None)
        self._seen: tuple[int, int] | None = None
        self._files: Path | None = None
        self._files_seen: frozenset[tuple[str, int, int, int]] = frozenset()
        self._retry_at = 0.0
        self._retry_after = FIRST_RETRY_SECONDS
        self._changing = asyncio.Lock()

    def current(self) -> Tagger:
        """The tagger in use.

        Raises
        ------
        NoModel
        """
        if self.tagger is None:
            raise NoModel(f"{self.degraded or 'no run is loaded yet'}; {HOW_TO_PROMOTE}")
        return self.tagger

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load the champion, and follow it until the block ends."""
        await self.refresh()
        poller = asyncio.create_task(self._poll())
        try:
            yield
        finally:
            poller.cancel()
            with suppress(asyncio.CancelledError):
                await poller

    async def refresh(self) -> None:
        """Load the champion now; if it cannot be loaded, keep the run in use and say why in :attr:`degraded`."""
        async with self._changing:
            await self._refresh(None)

    async def champion(self) -> str | None:
        """Name of the champion.

        Raises
        ------
        RegistryUnavailable
        """
        return await _registry_call(self.registry.champion)

    async def promote(self, name: str) -> str | None:
        """Load a run, make it the champion and use it; returns the champion before.

        Raises
        ------
        RunNotFound, ArtifactError
            If the run cannot be used; the champion stays as it is.
        RegistryUnavailable
        """
        async with self._changing:
            tagger = await to_thread.run_sync(self.load, name)
            before = await _registry_call(partial(self.registry.promote, name))
            await self._refresh(tagger)
        return before

    async def rollback(self) -> str:
        """Load the champion before this one, make it the champion again and use it; returns its name.

        Raises
        ------
        NoEarlierChampion, RunNotFound, ArtifactError
            If there is none or it cannot be used; the champion stays as it is.
        RegistryUnavailable
        """
        async with self._changing:
            earlier = await _registry_call(self.registry._previous)
            if not earlier:
                raise NoEarlierChampion("there is no earlier champion to roll back to")
            tagger = await to_thread.run_sync(self.load, earlier[-1])
            name = await _registry_call(self.registry.rollback)
            await self._refresh(tagger)
        return name

    def load(self, name: str) -> Tagger:
        """Load a run, checked; for use in a thread.

        Raises
        ------
        RunNotFound, ArtifactError
        """
        return self._copies.load(self.registry.named(name))

    async def _poll(self) -> None:
        with suppress(
            OSError
        ):  # it needs a temporary file; golden texts in other languages have loaded it, if there are any
            await to_thread.run_sync(
                identify, _NOT_ENGLISH
            )  # loads the language identifier before a request waits for it
        while True:
            await asyncio.sleep(self._poll_seconds)
            retry = self.degraded is not None and time.monotonic() >= self._retry_at
            if retry or self.registry.version() != self._seen or self._altered():
                await self.refresh()

    async def _refresh(self, loaded: Tagger | None) -> None:
        self._seen = self.registry.version()  # before the pointer is read: a change in between is seen next time
        try:
            tagger = await to_thread.run_sync(self._load_champion, loaded)
        except (NewsstandError, OSError) as error:
            if self.tagger is None:
                self.tagger = await to_thread.run_sync(self._copies.remembered)
            self._keep(str(error))
            return
        self.tagger, self.degraded, self._retry_after = tagger, None, FIRST_RETRY_SECONDS
        _log.info("labelling with the run %s", tagger.run.name)

    def _keep(self, reason: str) -> None:
        """Stay with the run in use; the reason is logged when it is new, and the champion is tried again later."""
        if reason != self.degraded:
            use = f"still labelling with {self.tagger.run.name}" if self.tagger else "there is no run to label with"
            _log.error("the champion cannot be used (%s): %s", reason, use)
            self._retry_after = FIRST_RETRY_SECONDS
        self.degraded = reason
        self._retry_at = time.monotonic() + self._retry_after
        self._retry_after = min(2 * self._retry_after, LAST_RETRY_SECONDS)

    def _load_champion(self, loaded: Tagger | None) -> Tagger:
        name = self.registry.champion()
        if name is None:
            raise RunNotFound(f"{self.registry.path} has no champion yet")
        self._files = self.registry.path / name
        self._files_seen = marks_of(self._files)  # before they are read, for the same reason
        found = loaded if loaded is not None and loaded.run.name == name else self.load(name)
        self._copies.remember(found, self._files)
        return found

    def _altered(self) -> bool:
        """Whether a file of the champion is another than when it was loaded."""
        return self._files is not None and marks_of(self._files) != self._files_seen


async def _registry_call(call: Callable[[], _T]) -> _T:
    """Call the registry in a thread; what its files or their folder refuse becomes RegistryUnavailable."""
    try:
        return await to_thread.run_sync(call)
    except (OSError, InputError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        _log.error("the models directory cannot be used: %s", reason)
        raise RegistryUnavailable(f"the models directory cannot be used: {reason}") from error
    except NewsstandError as error:
        if type(error) is not NewsstandError:
            raise
        raise RegistryUnavailable(str(error)) from error

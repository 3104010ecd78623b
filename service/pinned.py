"""Runs that requests ask for by name, kept loaded while they are asked for. Not for the run in use."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from anyio import to_thread

from newsstand.tagger import Tagger
from service.engine import Engine


class PinnedRuns:
    """The few runs that were asked for last.

    Parameters
    ----------
    engine : Engine
    most : int
        How many to keep; the one that nobody has asked for the longest goes first.
    """

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine = engine
        self._most = most
        self._loaded: OrderedDict[str, Tagger] = OrderedDict()
        self._loading = asyncio.Lock()

    async def tagger(self, name: str) -> Tagger:
        """The run of that name, checked when it is loaded; ``champion`` is the run in use.

        Raises
        ------
        RunNotFound, ArtifactError, NoModel
        """
        in_use = self._engine.tagger
        if name == "champion" or (in_use is not None and in_use.run.name == name):
            return self._engine.current()
        found = self._loaded.get(name)
        if found is None:
            async with self._loading:  # one load at a time, however many ask
                found = self._loaded.get(name) or await self._load(name)
        if name in self._loaded:
            self._loaded.move_to_end(name)
        return found

    async def _load(self, name: str) -> Tagger:
        tagger = await to_thread.run_sync(self._engine.load, name)
        self._loaded[name] = tagger
        if len(self._loaded) > self._most:
            self._loaded.popitem(last=False)
        return tagger

"""Uvicorn's HTTP protocol, made to tell the application how many requests wait. Only for ``newsstand serve``.

A request that is labelled on the event loop never waits inside the application: it waits before, as a task that has not
begun, and only the server knows these.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.gate import REQUESTS


class CountedProtocol(HttpToolsProtocol):
    """A connection whose requests find the tasks of all begun requests of this worker in their state."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.app_state = {**self.app_state, REQUESTS: self.tasks}

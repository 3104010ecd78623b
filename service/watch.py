"""Tells everybody who wants to know which answers were given. Not for what they make of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from newsstand.answers import Answer
from service.counts import Counts
from service.shadow import Shadow


class Watch:
    """Told of every answer, on the event loop; it must not take long.

    Parameters
    ----------
    counts : Counts
    shadow : Shadow or None
    """

    def __init__(self, counts: Counts, shadow: Shadow | None = None) -> None:
        self._counts = counts
        self._shadow = shadow

    def answered(self, work: partial[Any], answers: Sequence[Answer]) -> None:
        """Take note of some answers and of the work that gave them."""
        self._counts.answers(answers)
        if self._shadow:
            self._shadow.offer(work, answers)

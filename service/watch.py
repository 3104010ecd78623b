"""Tells everybody who wants to know which answers were given. Not for what they make of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from newsstand.answers import Answer
from service.counts import Counts
from service.drift import Drift
from service.review import Review
from service.shadow import Shadow


class Watch:
    """Told of every answer, on the event loop; it must not take long.

    Parameters
    ----------
    counts : Counts
    drift : Drift
    shadow : Shadow or None
    review : Review or None
    """

    def __init__(
        self, counts: Counts, drift: Drift, shadow: Shadow | None = None, review: Review | None = None
    ) -> None:
        self._counts = counts
        self._drift = drift
        self._shadow = shadow
        self._review = review

    def answered(self, work: partial[Any], answers: Sequence[Answer], *, narrowed: bool = False) -> None:
        """Take note of some answers and of the work that gave them; ``narrowed`` where only some topics were asked for."""
        self._counts.answers(answers)
        if self._shadow:
            self._shadow.offer(work, answers)
        if narrowed:
            return  # an answer without the topics that nobody asked for would look like drift, and in doubt
        self._drift.count(answers)
        if self._review:
            self._review.offer(work, answers)

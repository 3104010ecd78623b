"""Finds the documents whose answers are most doubtful, for people to look at. They are kept in the store, and only where that is wanted."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from anyio import to_thread

from newsstand.answers import Answer
from newsstand.documents import Document
from service.asking import Question
from service.problems import StoreUnavailable

if TYPE_CHECKING:
    from service.store import Store

LEAST_DOUBT = 0.5
MOST_WAITING = 64
"""How many documents wait to be kept; further ones are let go, since others will come."""
WRITE_SECONDS = 1.0
_UNREAD = ("off_topic", "language_not_supported", "too_short")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """A document, the answer that it was given, and how doubtful that is."""

    document: Document
    answer: Answer
    doubt: float

    def content(self) -> str:
        """Document and answer as JSON in ASCII."""
        return json.dumps({"document": self.document.to_dict(), "answer": self.answer.to_dict()})


class Review:
    """Told of every answer; gives the most doubtful to a store.

    Parameters
    ----------
    store : Store
    most : int
        How many documents the store keeps.
    """

    def __init__(self, store: Store, most: int) -> None:
        self._store = store
        self._most = most
        self._waiting: list[Seen] = []

    def offer(self, work: partial[Any], answers: Sequence[Answer]) -> None:
        """Take note of answers and of the work that gave them; returns at once. Lines of JSON, a way for archives, are left out."""
        for question, answer in zip(_questions(work), answers, strict=False):
            doubt = doubt_of(answer)
            if doubt >= LEAST_DOUBT and len(self._waiting) < MOST_WAITING:
                self._waiting.append(Seen(question.document, answer, doubt))

    async def keep_writing(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.write()

    async def write(self) -> None:
        """Write what waits. If the store cannot be used, its documents are let go; the store has told the log."""
        if not self._waiting:
            return
        seen, self._waiting = self._waiting, []
        try:
            await to_thread.run_sync(self._store.keep, seen, self._most)
        except StoreUnavailable:
            return
        except Exception as error:  # noqa: BLE001 - nobody waits for it; its message could hold a piece of a text
            _log.error("documents worth a look could not be kept (%s)", type(error).__name__)


def doubt_of(answer: Answer) -> float:
    """How doubtful an answer is, from 0 to 1: 1 less the score of the likeliest topic, or of the stance it is least sure of.

    No topic is likely enough: 1. A text that the run does not read, such as one in another language: 0. The leaning does not
    count, since it is abstained from nearly always.
    """
    reasons = [(abstention.head, abstention.reason) for abstention in answer.abstained]
    if any(head == "topics" and reason in _UNREAD for head, reason in reasons):
        return 0.0
    if ("topics", "low_confidence") in reasons:
        return 1.0
    doubts = [1 - max(stance.scores.values()) for stance in answer.stances if stance.scores]
    if answer.topics:
        doubts.append(1 - max(topic.score for topic in answer.topics))
    return max(doubts, default=0.0)


def _questions(work: partial[Any]) -> list[Question]:
    """The questions among the arguments of some label work."""
    found: list[Question] = []
    for part in work.args:
        parts = part if isinstance(part, list) else [part]
        found += [one for one in parts if isinstance(one, Question)]
    return found

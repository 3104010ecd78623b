"""When to ask again, and after how long. Neither sleeps nor sends."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

Outcome = httpx.Response | httpx.RequestError
"""What came of a request: a response of any status, or none."""

RETRIED_STATUSES = (429, 503)
RETRIED_ERRORS = (httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError)
"""Without an answer in time there is no second try: the service may still be at work on the first."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How patient a client is. Labelling changes nothing, so asking twice does no harm.

    Parameters
    ----------
    attempts : int
        How often to ask at most; 1 means no retry.
    first_seconds : float
        The longest first wait where the service names none; it doubles with each attempt, and a random share of it is
        waited ("full jitter"), so that many clients do not come back at once.
    longest_seconds : float
        No single wait is longer. A service that wants a longer one is not asked again.
    """

    attempts: int = 5
    first_seconds: float = 0.5
    longest_seconds: float = 30.0

    def wait(self, outcome: Outcome, attempt: int) -> float | None:
        """Seconds to wait before the next attempt, ``None`` if there is to be none.

        Parameters
        ----------
        outcome : httpx.Response or httpx.RequestError
        attempt : int
            The attempt that had this outcome, from 1.
        """
        if attempt >= self.attempts or not _may_pass(outcome):
            return None
        named = retry_after(outcome) if isinstance(outcome, httpx.Response) else None
        if named is None:
            # the exponent is bounded only so that no float overflows
            return random.uniform(0, min(self.longest_seconds, self.first_seconds * 2.0 ** min(attempt - 1, 60)))  # noqa: S311
        if named > self.longest_seconds:
            return None
        return min(self.longest_seconds, named + random.uniform(0, min(1.0, named / 10)))  # noqa: S311


def retry_after(response: httpx.Response) -> float | None:
    """Seconds that a response asks to wait, ``None`` where it says nothing that can be read.

    A date is compared with that of the response, so it does not matter whether the clocks of both machines agree
    (RFC 9110, section 10.2.3).
    """
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value) if len(value) < 10 else float("inf")
    until = _timestamp(value)
    if until is None:
        return None
    now = _timestamp(response.headers.get("date", ""))
    return max(0.0, until - (time.time() if now is None else now))


def _may_pass(outcome: Outcome) -> bool:
    if isinstance(outcome, httpx.Response):
        return outcome.status_code in RETRIED_STATUSES
    return isinstance(outcome, RETRIED_ERRORS)


def _timestamp(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None

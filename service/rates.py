"""How often one client may ask. Counted in the memory of this worker alone, so N workers let through up to N times as much."""

from __future__ import annotations

import ipaddress
import time
from typing import TYPE_CHECKING

from service.problems import TooManyRequests

if TYPE_CHECKING:
    from limits import RateLimitItem

OFF = "off"
_SHARED_PREFIX = 64
"""A client with IPv6 commonly has a whole network of this size, and could take a new address for every request."""


def parse_rate(text: str) -> RateLimitItem | None:
    """The rate that a setting means: ``"600/minute"``, ``"10/second"``, ``"5000/hour"``; ``None`` for ``"off"``.

    Raises
    ------
    ValueError
    """
    if text == OFF:
        return None
    from limits import parse  # takes a tenth of a second, and most services have no rate

    wrong = f"is neither '{OFF}' nor a rate such as '600/minute'"
    try:
        rate = parse(text)
    except ValueError as error:
        raise ValueError(wrong) from error
    if rate.amount < 1 or rate.get_expiry() < 1:
        raise ValueError(wrong)
    return rate


class RateLimit:
    """Counts the requests of each client in windows of fixed length.

    Fixed windows cost a third of moving ones; around the turn of a window a client may be let through twice as often.

    Parameters
    ----------
    rate : limits.RateLimitItem
    """

    def __init__(self, rate: RateLimitItem) -> None:
        from limits.storage import MemoryStorage
        from limits.strategies import FixedWindowRateLimiter

        self._rate = rate
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def take(self, client: str) -> None:
        """Count a request.

        Parameters
        ----------
        client : str
            What the requests of one client have in common: the id of a key, or see :func:`address_group`.

        Raises
        ------
        TooManyRequests
        """
        if self._limiter.hit(self._rate, client):
            return
        reset = self._limiter.get_window_stats(self._rate, client).reset_time
        raise TooManyRequests(f"the limit is {describe(self._rate)}: wait, then go on", reset - time.time())


def address_group(address: str) -> str:
    """The address of a client, of an IPv6 address only the network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _SHARED_PREFIX), strict=False))


def describe(rate: RateLimitItem) -> str:
    """A rate in words."""
    return f"{rate.amount} requests in {rate.get_expiry()} seconds"

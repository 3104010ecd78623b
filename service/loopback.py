"""Who is on this machine: the only ones who may change the champion and read the metrics without a key."""

from __future__ import annotations

import ipaddress
import socket

from starlette.requests import Request

from service.problems import AdminOnlyFromLoopback

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def require_loopback(request: Request) -> None:
    """Refuse a request that comes from another machine, through a proxy, or from a web page of another site.

    A page of another site can make a browser on this machine send a request here, so the name in ``Host`` must be one
    of this machine's own, and ``Origin``, where a browser sends one, must be the same as ``Host``.

    Raises
    ------
    AdminOnlyFromLoopback
    """
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    if request.client is None or not is_loopback_address(request.client.host):
        raise AdminOnlyFromLoopback("ask from the machine that the service runs on, or set up keys")
    if any(name in request.headers for name in _FORWARDED):
        raise AdminOnlyFromLoopback("ask the service itself, not through a proxy")
    if not is_loopback_name(_without_port(host)):
        raise AdminOnlyFromLoopback("address the service as localhost or 127.0.0.1")
    if origin is not None and origin.partition("://")[2] != host:
        raise AdminOnlyFromLoopback("the request comes from a web page of another site")


def is_loopback_address(address: str) -> bool:
    """Whether an IP address means this machine."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def is_loopback_name(name: str) -> bool:
    """Whether a host name or address means this machine, without asking anybody."""
    return name.lower() == "localhost" or is_loopback_address(name)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def resolves_to_loopback(host: str) -> bool:
    """Whether everything that a host name stands for is this machine."""
    if is_loopback_name(host):
        return True
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return all(is_loopback_address(str(entry[4][0])) for entry in found)

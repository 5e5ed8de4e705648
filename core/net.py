"""Who is at the other end, also behind proxies."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(peer: str, forwarded_for: str | None) -> str:
    """The address nearest to us that is no proxy of ours; "" when the peer has none (a local socket).

    `peer` is the other end of the connection, `forwarded_for` the X-Forwarded-For header. The header counts only while the
    one who wrote it lies in TRUSTED_PROXIES, read from its end: what stands further left may be invented.
    """
    nearest = _parsed(peer)
    if nearest is None:
        return ""
    for hop in reversed((forwarded_for or "").split(",")):
        address = _parsed(hop)
        if not _is_trusted(nearest) or address is None:
            break
        nearest = address
    return str(nearest)


def request_address(request: HttpRequest) -> str:
    return client_address(request.META.get("REMOTE_ADDR") or "", request.META.get("HTTP_X_FORWARDED_FOR"))


def scope_address(scope: Mapping[str, Any]) -> str:
    """The same for an ASGI scope, sockets' included."""
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    return client_address((scope.get("client") or ("",))[0], forwarded.decode("latin-1") or None)


def _parsed(text: str) -> Address | None:
    """An address, maybe with a port. IPv6 around IPv4 is IPv4, zones are dropped."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


@functools.cache
def _networks(ranges: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text.strip(), strict=False) for text in ranges)

"""Counting attempts at passwords and registrations, in the cache so that all processes count together."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import time

from django.conf import settings
from django.core.cache import cache

from core.errors import TooManyRequests

logger = logging.getLogger("matinee.accounts")

WINDOW = 60
"""Seconds."""
ADDRESS_FACTOR = 10
"""Many people may share one address, so an address alone has that many times the limit of a name."""


def count_login(*, name: str, address: str) -> None:
    """One more try at `name` from `address`. TooManyRequests beyond LIMIT_LOGINS_PER_MINUTE."""
    count("login", f"{name}\0{network_of(address)}", settings.LIMIT_LOGINS_PER_MINUTE)


def count_registration(*, address: str) -> None:
    """One more account from `address`. TooManyRequests beyond ten times LIMIT_LOGINS_PER_MINUTE."""
    count("register", network_of(address), settings.LIMIT_LOGINS_PER_MINUTE * ADDRESS_FACTOR)


def count_reset(*, email: str, address: str) -> None:
    """One more mail asked for, whether or not anybody has that e-mail address. TooManyRequests as for logins."""
    count("reset", email, settings.LIMIT_LOGINS_PER_MINUTE)
    count("reset-from", network_of(address), settings.LIMIT_LOGINS_PER_MINUTE * ADDRESS_FACTOR)


def count(kind: str, who: str, limit: int) -> None:
    """One more `kind` of thing by `who`. TooManyRequests beyond `limit` within a minute; 0 is no limit."""
    if not limit:
        return
    key = f"{kind}.{hashlib.sha256(who.encode('utf-8', 'replace')).hexdigest()}"
    try:
        ends_at, tries = _increment(key)
    except Exception as error:
        # Without a cache nobody could sign in; the password is still checked.
        logger.warning("could not count a %s: %r", kind, error)
        return
    if tries > limit:
        raise TooManyRequests(retry_after=max(0.0, ends_at - time.time()))


def _increment(key: str) -> tuple[float, int]:
    """When the window ends that the first try began, and how many tries it has had. Both steps are atomic."""
    ends_at: float = cache.get_or_set(f"{key}.ends", time.time() + WINDOW, WINDOW) or 0.0
    counter = f"{key}.{ends_at}"
    # The counter outlives its window, so it cannot end between the two calls.
    cache.add(counter, 0, WINDOW * 2)
    return ends_at, cache.incr(counter)


def network_of(address: str) -> str:
    """Who has one IPv6 address has the /64 around it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)

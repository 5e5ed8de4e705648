"""Whose address counts behind proxies."""

from __future__ import annotations

from typing import Any

import pytest

from core.net import client_address


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        ([], "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        (["192.0.2.0/24"], "192.0.2.1", "198.51.100.7", "198.51.100.7"),
        (["192.0.2.0/24"], "192.0.2.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (["192.0.2.0/24"], "192.0.2.1", "198.51.100.7, 192.0.2.2", "198.51.100.7"),
        (["192.0.2.0/24"], "192.0.2.1", None, "192.0.2.1"),
        (["192.0.2.0/24"], "192.0.2.1", "nonsense", "192.0.2.1"),
        (["192.0.2.0/24"], "203.0.113.9", "198.51.100.7", "203.0.113.9"),
        (["2001:db8::/32"], "2001:db8::1", "[2001:db9::2]:443", "2001:db9::2"),
        ([], "::ffff:192.0.2.1", None, "192.0.2.1"),
        ([], "", "198.51.100.7", ""),
    ],
)
def test_the_nearest_that_is_no_proxy(
    settings: Any, trusted: list[str], peer: str, forwarded: str | None, address: str
) -> None:
    settings.TRUSTED_PROXIES = trusted
    assert client_address(peer, forwarded) == address

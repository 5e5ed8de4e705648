from __future__ import annotations

from typing import Any

import pytest

from core.net import client_address


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        ("198.51.100.7", None, "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("10.0.0.5", None, "10.0.0.5"),
        ("10.0.0.5", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.5", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.5", "203.0.113.9, 10.0.0.6", "203.0.113.9"),
        ("10.0.0.5", "1.2.3.4, 203.0.113.9, 10.0.0.6", "203.0.113.9"),
        ("10.0.0.5", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.5", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.0.0.5", "nonsense", "10.0.0.5"),
        ("10.0.0.5", "203.0.113.9, nonsense", "10.0.0.5"),
        ("10.0.0.5", "", "10.0.0.5"),
        ("10.0.0.5", "10.0.0.9, 10.0.0.8", "10.0.0.9"),
        ("fd00::1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:198.51.100.7", None, "198.51.100.7"),
        ("", "203.0.113.9", ""),
        ("testclient", None, ""),
    ],
)
def test_only_our_proxies_are_believed(settings: Any, peer: str, forwarded_for: str | None, address: str) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "fd00::/8"]
    assert client_address(peer, forwarded_for) == address


def test_without_proxies_nothing_is_believed(settings: Any) -> None:
    settings.TRUSTED_PROXIES = []
    assert client_address("127.0.0.1", "203.0.113.9") == "127.0.0.1"

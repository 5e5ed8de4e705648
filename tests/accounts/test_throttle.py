from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from accounts import services, throttle
from accounts.models import User
from core.errors import TooManyRequests
from tests.assertions import assert_error
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _three_a_minute(settings: Any) -> None:
    settings.LIMIT_LOGINS_PER_MINUTE = 3


def is_refused(name: str, address: str) -> bool:
    try:
        throttle.count_login(name=name, address=address)
    except TooManyRequests:
        return True
    return False


def test_tries_count_by_name_and_address_together() -> None:
    assert [is_refused("alice", "192.0.2.1") for _ in range(4)] == [False, False, False, True]
    assert not is_refused("alice", "192.0.2.2"), "nobody can lock alice out from elsewhere"
    assert not is_refused("bob", "192.0.2.1")


def test_neighbours_in_an_ipv6_network_count_as_one() -> None:
    assert [is_refused("alice", f"2001:db8::{host}") for host in range(1, 5)] == [False, False, False, True]
    assert not is_refused("alice", "2001:db8:0:1::1")


@pytest.mark.embedded_only  # Redis counts by a clock of its own.
def test_the_count_starts_anew_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [is_refused("alice", "192.0.2.1") for _ in range(4)][-1]
    later = throttle.time.time() + throttle.WINDOW + 1
    # Both the throttle and the cache in memory read this clock.
    monkeypatch.setattr(throttle.time, "time", lambda: later)
    assert not is_refused("alice", "192.0.2.1")


def test_the_password_is_not_even_looked_at(api: Callable[..., Any], alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client, wrong = api(), {"username": "alice", "password": "wrong horse battery"}
    for _ in range(3):
        assert_error(client.post("/auth/login", wrong, format="json"), 401, "bad_credentials")
    monkeypatch.setattr(services.logins, "is_password_of", lambda *_: pytest.fail("the password was compared"))
    response = client.post("/auth/login", {**wrong, "username": "ALICE", "password": PASSWORD}, format="json")
    assert_error(response, 429, "too_many_requests")
    assert 1 <= int(response.headers["Retry-After"]) <= 61


def test_no_limit(settings: Any) -> None:
    settings.LIMIT_LOGINS_PER_MINUTE = 0
    assert not any(is_refused("alice", "192.0.2.1") for _ in range(30))


def test_registrations_count_by_address(api: Callable[..., Any], settings: Any) -> None:
    """Tenfold: many people share an address."""
    settings.LIMIT_LOGINS_PER_MINUTE = 1
    client = api()
    taken = [client.post("/auth/register", {"username": "a", "email": "x", "password": "y"}, format="json") for _ in range(10)]
    assert {response.status_code for response in taken} == {400}
    assert_error(client.post("/api/register", {"username": "a", "email": "x", "password": "y"}), 429, "too_many_requests")
    elsewhere = client.post("/api/register", {"username": "a", "email": "x", "password": "y"}, REMOTE_ADDR="192.0.2.9")
    assert elsewhere.status_code == 400


def test_without_a_cache_people_still_sign_in(monkeypatch: pytest.MonkeyPatch, alice: User) -> None:
    def broken(*_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(cache, "add", broken)
    for _ in range(5):
        assert services.check_credentials(username="alice", password=PASSWORD, address="192.0.2.1") == alice

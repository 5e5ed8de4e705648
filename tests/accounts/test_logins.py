from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts import selectors, services, tokens
from accounts.events import LoginEnded
from accounts.models import Login, User
from core.bus import user_address
from core.clock import now
from core.errors import BadToken

pytestmark = pytest.mark.django_db


def ended(user: User, *logins: Login) -> tuple[str, LoginEnded]:
    return user_address(user.pk), LoginEnded(user_id=user.pk, login_ids=[str(login.pk) for login in logins])


def test_logging_in_remembers_where(alice: User) -> None:
    login = services.log_in(user=alice, device_id="phone", user_agent="x" * 500).login
    login.refresh_from_db()
    assert (login.device_id, len(login.user_agent), login.kind) == ("phone", 200, "token")
    assert selectors.devices_with_live_login(alice) == {"phone"}


def test_logging_out_ends_one_login(alice: User, captured_events: Callable[..., Any]) -> None:
    first, second = services.log_in(user=alice), services.log_in(user=alice)
    with captured_events() as events:
        services.log_out(login=first.login)
        services.log_out(login=first.login)
    assert events == [ended(alice, first.login)]
    with pytest.raises(BadToken):
        tokens.authenticate(first.access)
    with pytest.raises(BadToken):
        services.refresh(token=first.refresh)
    assert tokens.authenticate(second.access)[1] == second.login


def test_logging_out_everywhere_can_keep_one(alice: User, bob: User, captured_events: Callable[..., Any]) -> None:
    kept, other, foreign = (services.log_in(user=user).login for user in (alice, alice, bob))
    with captured_events() as events:
        services.log_out_everywhere(actor=alice, keep=kept)
    assert events == [ended(alice, other)]
    assert set(Login.objects.live()) == {kept, foreign}
    services.log_out_everywhere(actor=alice)
    assert set(Login.objects.live()) == {foreign}


def test_a_device_is_logged_out_alone(alice: User, bob: User, captured_events: Callable[..., Any]) -> None:
    phone, laptop = services.log_in(user=alice, device_id="phone").login, services.log_in(user=alice).login
    foreign = services.log_in(user=bob, device_id="phone").login
    services.bind_device(login=laptop, device_id="laptop")
    assert selectors.devices_with_live_login(alice) == {"phone", "laptop"}
    with captured_events() as events:
        services.end_device_logins(user=alice, device_id="phone")
    assert events == [ended(alice, phone)]
    assert set(Login.objects.live()) == {laptop, foreign}


def test_refreshing_renews_both_tokens(alice: User) -> None:
    first = services.log_in(user=alice)
    Login.objects.update(expires_at=now() + timedelta(minutes=1))
    second = services.refresh(token=first.refresh)
    assert second.login == first.login
    assert second.refresh != first.refresh
    assert tokens.authenticate(second.access)[0] == alice
    assert Login.objects.get().expires_at > now() + timedelta(days=29)
    assert services.refresh(token=second.refresh).access


def test_a_stolen_refresh_token_ends_the_login(alice: User, captured_events: Callable[..., Any]) -> None:
    first = services.log_in(user=alice)
    second = services.refresh(token=first.refresh)
    with captured_events() as events, pytest.raises(BadToken):
        services.refresh(token=first.refresh)
    assert events == [ended(alice, first.login)]
    with pytest.raises(BadToken):
        services.refresh(token=second.refresh)
    with pytest.raises(BadToken):
        tokens.authenticate(second.access)


def test_nobody_deactivated_deleted_or_late_refreshes(alice: User, bob: User, charlie: User) -> None:
    issued = [services.log_in(user=user).refresh for user in (alice, bob, charlie)]
    services.deactivate(actor=None, user=alice)
    services.activate(actor=None, user=alice)
    services.delete_account(actor=None, user=bob)
    Login.objects.filter(user=charlie).update(expires_at=now() - timedelta(seconds=1))
    for token in issued:
        with pytest.raises(BadToken):
            services.refresh(token=token)


def test_use_is_noted_at_most_once_a_minute(alice: User, django_assert_num_queries: Any) -> None:
    login = services.log_in(user=alice).login
    with django_assert_num_queries(0):
        services.touch(login=login)
    long_ago = now() - timedelta(minutes=5)
    Login.objects.update(last_seen_at=long_ago)
    login.refresh_from_db()
    services.touch(login=login)
    assert Login.objects.get().last_seen_at > long_ago + timedelta(minutes=4)
    with django_assert_num_queries(0):
        services.touch(login=login)

"""Web sessions: begun by a page or by the admin, ended with their login."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import Client, RequestFactory

from accounts import pages, services
from accounts.backends import CasefoldBackend
from accounts.middleware import LiveLoginMiddleware
from accounts.models import Login, User
from core.clock import now
from core.errors import BadCredentials
from tests.assertions import assert_error
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def page_request(session_key: str | None = None) -> HttpRequest:
    """A request as the session and user middleware leave it."""
    request = RequestFactory().get("/", HTTP_USER_AGENT="a browser")
    request.session = SessionStore(session_key)
    LiveLoginMiddleware(lambda _: None)(request)  # type: ignore[arg-type, return-value]
    return request


def signed_in(user: User) -> tuple[HttpRequest, Login]:
    request = page_request()
    login = pages.sign_in(request, user)
    request.session.save()
    return request, login


def browser(user: User, **options: Any) -> Client:
    """With the cookie of a session that a page began."""
    request, _login = signed_in(user)
    client = Client(headers={"accept-language": "en"}, **options)
    client.cookies["sessionid"] = str(request.session.session_key)
    return client


def test_signing_in_begins_a_login(alice: User) -> None:
    request, login = signed_in(alice)
    assert (login.user, login.kind, login.user_agent) == (alice, "session", "a browser")
    assert pages.current_login(request) == login
    later = page_request(request.session.session_key)
    assert later.user == alice
    assert pages.current_login(later) == login


def test_signing_in_again_ends_the_login_before(alice: User, bob: User) -> None:
    request, first = signed_in(alice)
    for user in (alice, bob):
        again = page_request(request.session.session_key)
        second = pages.sign_in(again, user)
        again.session.save()
        request = again
        assert [login.pk for login in Login.objects.live()] == [second.pk]
    assert second.pk != first.pk


def test_signing_out_ends_the_login(alice: User) -> None:
    request, _login = signed_in(alice)
    pages.sign_out(request)
    assert isinstance(request.user, AnonymousUser)
    assert pages.current_login(request) is None
    assert not Login.objects.live().exists()
    pages.sign_out(page_request())


def test_nobody_deactivated_signs_in(alice: User) -> None:
    services.deactivate(actor=None, user=alice)
    with pytest.raises(BadCredentials):
        signed_in(alice)


@pytest.mark.parametrize(
    "end",
    [
        lambda user, login: services.log_out(login=login),
        lambda user, login: services.log_out_everywhere(actor=user),
        lambda user, login: services.deactivate(actor=None, user=user),
        lambda user, login: services.delete_account(actor=None, user=user),
        lambda user, login: services.set_password(user=user, new_password="a much better one"),
        lambda user, login: Login.objects.update(expires_at=now() - timedelta(seconds=1)),
    ],
)
def test_the_session_ends_with_the_login(alice: User, end: Callable[[User, Login], None]) -> None:
    client = browser(alice)
    assert client.get("/api/user").status_code == 200
    end(alice, Login.objects.get())
    assert_error(client.get("/api/user"), 401, "not_authenticated")
    if User.objects.filter(username="alice").exists():
        services.activate(actor=None, user=alice)
    assert_error(client.get("/api/user"), 401, "not_authenticated")


def test_a_session_of_another_login_is_nobodys(alice: User, bob: User) -> None:
    request, _ = signed_in(alice)
    request.session[pages.SESSION_LOGIN] = str(services.start_session(user=bob).pk)
    request.session.save()
    assert not page_request(request.session.session_key).user.is_authenticated


@pytest.mark.parametrize("odd", [None, 5, "nonsense", ["x"]])
def test_odd_sessions_are_nobodys(alice: User, odd: object) -> None:
    request, _ = signed_in(alice)
    request.session[pages.SESSION_LOGIN] = odd
    request.session.save()
    assert pages.session_login(SessionStore(request.session.session_key)) is None
    assert not page_request(request.session.session_key).user.is_authenticated


def test_a_session_that_django_began_gets_a_login(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert not Login.objects.exists()
    assert client.get("/api/user").status_code == 200
    assert Login.objects.get().kind == "session"
    assert client.get("/api/user").status_code == 200
    services.log_out_everywhere(actor=alice)
    assert_error(client.get("/api/user"), 401, "not_authenticated")


def test_a_page_must_show_its_csrf_token(alice: User) -> None:
    client = browser(alice, enforce_csrf_checks=True)
    assert client.get("/api/user").status_code == 200
    change = {"content_type": "application/json", "data": {"username": "mallory"}}
    assert_error(client.patch("/api/user", **change), 403, "forbidden")
    client.cookies["csrftoken"] = "a" * 32
    assert client.patch("/api/user", **change, headers={"x-csrftoken": "a" * 32}).status_code == 200
    assert User.objects.get().username == "mallory"


def test_a_token_comes_before_the_session(alice: User, bob: User) -> None:
    client = browser(alice, enforce_csrf_checks=True)
    token = services.log_in(user=bob).access
    assert client.get("/api/user", headers={"authorization": f"Bearer {token}"}).json()["user"]["username"] == "bob"
    assert_error(client.get("/api/user", headers={"authorization": "Bearer wrong"}), 401, "bad_token")


def test_changing_the_password_keeps_the_page_signed_in(alice: User) -> None:
    client, other = browser(alice), browser(alice)
    body = {"old_password": PASSWORD, "new_password": "a much better one"}
    assert client.post("/auth/password", body, content_type="application/json").status_code == 200
    assert client.get("/api/user").status_code == 200
    assert_error(other.get("/api/user"), 401, "not_authenticated")


def test_a_page_logs_out_over_rest(alice: User) -> None:
    client = browser(alice)
    assert client.post("/auth/logout").status_code == 200
    assert_error(client.get("/api/user"), 401, "not_authenticated")


def test_anonymous_pages_ask_the_database_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert not page_request().user.is_authenticated


def test_django_finds_people_by_name_and_address(alice: User) -> None:
    backend = CasefoldBackend()
    assert backend.authenticate(None, username="ALICE", password=PASSWORD) == alice
    assert backend.authenticate(None, username="Alice@Example.com", password=PASSWORD) == alice
    assert backend.authenticate(None, username="alice", password="wrong") is None
    assert backend.authenticate(None, username="", password=PASSWORD) is None
    assert backend.authenticate(None, username="alice") is None
    assert backend.get_user(alice.pk) == alice
    services.deactivate(actor=None, user=alice)
    assert backend.authenticate(None, username="alice", password=PASSWORD) is None
    assert backend.get_user(alice.pk) is None

"""A forgotten password: the mail, its link, and what nobody learns from it."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts import resets, selectors
from accounts import services as accounts
from accounts.models import User
from core.errors import BadToken
from tests.conftest import PASSWORD
from tests.web.visitors import visitor

pytestmark = pytest.mark.django_db
NEW = "quite another horse"


@pytest.fixture(autouse=True)
def _public(settings: Any) -> None:
    settings.PUBLIC_URL = "https://cinema.example"


def ask(client: Client, email: str) -> Any:
    return client.post("/password/forgotten", {"email": email}, HTTP_HOST="localhost")


def next_mail(number: int = 1) -> Any:
    """Mails are written and sent beside the request: wait for it."""
    deadline = time.monotonic() + 30
    while len(mail.outbox) < number and time.monotonic() < deadline:
        time.sleep(0.01)
    return mail.outbox[number - 1]


def link_in(message: Any) -> str:
    found = re.search(r"https://cinema\.example(/password/new/\S+)", message.body)
    assert found, message.body
    return found[1]


@pytest.mark.parametrize(("language", "subject"), [("en", "A new password for Matinee"), ("zh-hans", "Matinee 的新密码")])
def test_the_mail_speaks_the_readers_language_and_leads_here(alice: User, language: str, subject: str) -> None:
    assert ask(visitor(language=language), "ALICE@example.com ")["Location"] == "/password/sent"
    message = next_mail()
    assert (message.subject, message.to) == (subject, ["alice@example.com"])
    assert "alice" in message.body
    assert link_in(message)


def test_the_mail_says_how_long_its_link_works(alice: User, settings: Any) -> None:
    settings.PASSWORD_RESET_TIMEOUT = 1_200
    ask(visitor(), "alice@example.com")
    assert "within 20 minutes" in next_mail().body


def test_a_new_password_by_the_link(alice: User) -> None:
    signed_in, token = visitor("alice"), accounts.log_in(user=alice)
    client = visitor()
    ask(client, "alice@example.com")
    link = link_in(next_mail())
    opened = client.get(link)
    assert opened["Location"] == "/password/new", "the token does not stay in the address"
    assert client.get("/password/new").status_code == 200
    refused = client.post("/password/new", {"new_password": "12345678"})
    assert refused.status_code == 400
    assert "too common" in refused.content.decode()
    assert client.post("/password/new", {"new_password": NEW})["Location"] == "/login?reset"
    assert "Your new password is set." in client.get("/login?reset").content.decode()

    assert signed_in.get("/settings").status_code == 302, "whoever was signed in is out"
    assert selectors.live_login(token.login.pk) is None
    assert visitor().post("/login", {"name": "alice", "password": PASSWORD}).status_code == 401
    assert visitor().post("/login", {"name": "alice", "password": NEW}).status_code == 302
    again = visitor()
    again.get(link)
    assert "This link no longer works" in again.get("/password/new").content.decode(), "a link works once"
    assert again.post("/password/new", {"new_password": PASSWORD}).status_code == 400


@pytest.mark.parametrize("email", ["nobody@example.com", "no address", "gone@example.com"])
def test_nobody_learns_who_has_an_account(alice: User, bob: User, email: str) -> None:
    bob.email = "gone@example.com"
    bob.is_active = False
    bob.save()
    known, unknown = ask(visitor(), "alice@example.com"), ask(visitor(), email)
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    next_mail()
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]


def test_too_many_mails_wait_whoever_is_meant(alice: User, settings: Any) -> None:
    settings.LIMIT_LOGINS_PER_MINUTE = 2
    for email in ("alice@example.com", "nobody@example.com"):
        assert [ask(visitor(), email).status_code for _ in range(3)] == [302, 302, 429]


def test_a_mail_that_cannot_be_sent_is_for_the_log(alice: User, settings: Any, caplog: Any) -> None:
    settings.EMAIL_BACKEND = "no.such.Backend"
    assert ask(visitor(), "alice@example.com").status_code == 302
    deadline = time.monotonic() + 30
    while "could not send" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "could not send a password mail" in caplog.text


@pytest.mark.parametrize("key", ["MQ", "!!!", "", "a" * 500, "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_forged_links_are_over(alice: User, key: str) -> None:
    with pytest.raises(BadToken):
        resets.user_of_link(key, "abc-def")
    client = visitor()
    if key:
        client.get(f"/password/new/{key}/abc-def")
    response = client.get("/password/new")
    assert response.status_code == 401
    assert "This link no longer works" in response.content.decode()


def test_a_link_ends_with_its_hour_and_with_every_change(alice: User, monkeypatch: Any) -> None:
    key, token = resets._link(alice).rsplit("/", 2)[1:]
    assert resets.user_of_link(key, token) == alice
    generator = resets.default_token_generator
    now = generator._now()
    monkeypatch.setattr(generator, "_now", lambda: now + timedelta(minutes=61))
    with pytest.raises(BadToken):
        resets.user_of_link(key, token)
    monkeypatch.setattr(generator, "_now", lambda: now)
    accounts.update_profile(actor=alice, email="new@example.com")
    with pytest.raises(BadToken):
        resets.user_of_link(key, token)


def test_of_two_with_one_link_the_second_finds_it_used(alice: User) -> None:
    was = User.objects.get(pk=alice.pk)
    accounts.set_password(user=alice, new_password=NEW)
    with pytest.raises(BadToken):
        accounts.set_password(user=was, new_password="a third horse altogether", only_first=True)
    assert visitor().post("/login", {"name": "alice", "password": NEW}).status_code == 302

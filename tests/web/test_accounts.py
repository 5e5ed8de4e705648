"""Logging in and out, registering, settings, the language."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts import selectors
from accounts import services as accounts
from accounts.models import User
from devices.services import register_device
from tests.conftest import PASSWORD
from tests.web.visitors import visitor
from web.browsers import browser_name

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "http:///evil.example",
    "settings",
    "",
]


@pytest.mark.parametrize("name", ["alice", "ALICE", "alice@example.com", "Alice@Example.com"])
def test_logging_in_by_name_or_email(alice: User, name: str) -> None:
    client = visitor()
    response = client.post("/login", {"name": name, "password": PASSWORD, "next": "/settings"})
    assert (response.status_code, response["Location"]) == (302, "/settings")
    assert "alice@example.com" in client.get("/settings").content.decode()
    assert selectors.live_logins(alice).filter(kind="session").count() == 1


@pytest.mark.parametrize(
    ("name", "password"), [("alice", "no such thing"), ("nobody", PASSWORD), ("nobody@example.com", PASSWORD)]
)
def test_a_wrong_login_says_so_and_keeps_the_name(alice: User, name: str, password: str) -> None:
    response = visitor().post("/login", {"name": name, "password": password})
    html = response.content.decode()
    assert response.status_code == 401
    assert "Name, e-mail or password is wrong." in html
    assert f'value="{name}"' in html
    assert password not in html


@pytest.mark.parametrize("fields", [{}, {"name": "alice"}, {"password": PASSWORD}, {"name": "a\x00b", "password": PASSWORD}])
def test_an_incomplete_login_is_invalid(alice: User, fields: dict[str, str]) -> None:
    assert visitor().post("/login", fields).status_code in (400, 401)


def test_too_many_logins_wait(alice: User, settings: Any) -> None:
    settings.LIMIT_LOGINS_PER_MINUTE = 2
    client = visitor()
    answers = [client.post("/login", {"name": "alice", "password": "wrong"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert ["Retry-After" in answer for answer in answers] == [False, False, True]


@pytest.mark.parametrize("page", ["/login", "/register"])
@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_next_leads_nowhere_else(alice: User, page: str, elsewhere: str) -> None:
    fields = {"name": "alice", "password": PASSWORD}
    if page == "/register":
        fields = {"username": "dora", "email": "dora@example.com", "password": PASSWORD}
    assert f'name="next" value="{elsewhere}"' not in visitor().get(page, {"next": elsewhere}).content.decode() or not elsewhere
    assert visitor().post(page, fields | {"next": elsewhere})["Location"] == "/"


@pytest.mark.parametrize(
    "page",
    [
        "/login",
        "/register",
        "/logout",
        "/language",
        "/settings/privacy",
        "/settings/avatar",
        "/settings/avatar/remove",
        "/settings/devices/end",
        "/settings/password",
        "/settings/profile",
        "/password/forgotten",
        "/password/new",
    ],
)
def test_every_form_needs_its_csrf_token(alice: User, page: str) -> None:
    client = visitor(enforce_csrf_checks=True)
    response = client.post(page, {"name": "alice", "password": PASSWORD})
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


def test_the_form_itself_carries_the_token(alice: User) -> None:
    client = visitor(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/login").content.decode())
    assert token
    response = client.post("/login", {"name": "alice", "password": PASSWORD, "csrfmiddlewaretoken": token[1]})
    assert response.status_code == 302


def test_registering_signs_in(db: None) -> None:
    client = visitor()
    response = client.post(
        "/register", {"username": "dora", "email": "dora@example.com", "password": PASSWORD, "next": "/settings"}
    )
    assert response["Location"] == "/settings"
    assert "dora@example.com" in client.get("/settings").content.decode()


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"username": "ALICE"}, 409, "This name is taken."),
        ({"email": "Alice@example.com"}, 409, "This e-mail address is taken."),
        ({"username": "a b"}, 400, "A name has letters"),
        ({"email": "nonsense"}, 400, 'id="id_email_error"'),
        ({"password": "password"}, 400, "too common"),
        ({"username": ""}, 400, 'id="id_username_error"'),
        ({"username": "x\x00y"}, 400, 'id="id_username_error"'),
    ],
)
def test_a_registration_that_cannot_be_says_why(alice: User, changed: dict[str, str], status: int, words: str) -> None:
    fields = {"username": "dora", "email": "dora@example.com", "password": PASSWORD} | changed
    response = visitor().post("/register", fields)
    html = response.content.decode()
    assert response.status_code == status
    assert words in html
    assert User.objects.count() == 1


def test_what_is_wrong_with_a_password_is_said_in_chinese(db: None) -> None:
    fields = {"username": "dora", "email": "dora@example.com"}
    for password, faults in (("123", 3), ("dora@example.com", 1), ("12345678", 2)):
        html = visitor(language="zh-hans").post("/register", fields | {"password": password}).content.decode()
        told = re.findall(r'class="wrong">([^<]*)<', html)
        assert len(told) == faults
        assert not [words for words in told if re.search("[A-Za-z]{2}", words)], told


def test_a_registration_says_everything_that_is_wrong_at_once(alice: User) -> None:
    html = (
        visitor().post("/register", {"username": "a b", "email": "ALICE@example.com", "password": "12345678"}).content.decode()
    )
    for words in ("A name has letters", "This e-mail address is taken.", "too common", "entirely numeric"):
        assert words in html
    assert html.count('aria-invalid="true"') == 3
    html = visitor().post("/register", {}).content.decode()
    assert html.count('aria-invalid="true"') == 3
    html = (
        visitor().post("/register", {"username": "alice", "email": "alice@example.com", "password": PASSWORD}).content.decode()
    )
    assert "This name is taken." in html
    assert "This e-mail address is taken." in html


def test_logging_out_ends_the_login(alice: User) -> None:
    client = visitor("alice")
    assert client.get("/logout")["Location"] == "/"
    assert selectors.live_logins(alice).exists(), "a link to it does nothing"
    assert client.post("/logout")["Location"] == "/"
    assert not selectors.live_logins(alice).exists()
    assert client.get("/settings")["Location"].startswith("/login?next=")


def test_a_login_that_was_ended_elsewhere_is_nobody(alice: User) -> None:
    client = visitor("alice")
    accounts.log_out_everywhere(actor=alice)
    assert client.get("/settings").status_code == 302


# Settings -------------------------------------------------------------------------------------------------------------


def test_settings_are_for_who_is_signed_in() -> None:
    for page in (
        "/settings/privacy", "/settings/devices/end", "/settings/logins/6f1f0d0e-9f7c-4a3b-8f0e-2f0d6a1b2c3d/end",
        "/settings/avatar", "/settings/avatar/remove",
    ):  # fmt: skip
        assert visitor().post(page)["Location"].startswith("/login")


def test_the_privacy_switches(alice: User) -> None:
    client = visitor("alice")
    for on in ([], ["shows_receipts"], ["shows_presence"], ["shows_presence", "shows_receipts"]):
        assert client.post("/settings/privacy", dict.fromkeys(on, "on"))["Location"] == "/settings?saved=privacy#privacy"
        alice.refresh_from_db()
        assert [name for name in ("shows_presence", "shows_receipts") if getattr(alice, name)] == on
        page = client.get("/settings").content.decode()
        assert page.count('role="switch"') == 2
        assert len(re.findall(r'role="switch"[^>]* checked>', page)) == len(on)


def test_what_was_saved_says_so_in_its_own_section(alice: User) -> None:
    client = visitor("alice")
    for section in ("profile", "password", "privacy", "logins", "devices", "language"):
        parts = client.get(f"/settings?saved={section}").content.decode().split("<section ")
        assert [part[: part.index("Saved.")].count(f'id="{section}"') for part in parts if "Saved." in part] == [1]
    assert "Saved." not in client.get("/settings?saved=elsewhere").content.decode()
    assert 'name="next" value="/settings?saved=language#language"' in client.get("/settings").content.decode()


def test_logging_another_browser_out(alice: User, bob: User) -> None:
    here, there = visitor("alice"), visitor("alice")
    html = here.get("/settings").content.decode()
    assert html.count("Firefox · Linux") == 2
    (other,) = re.findall(r"/settings/logins/([0-9a-f-]+)/end", html)
    assert visitor("bob").post(f"/settings/logins/{other}/end").status_code == 302
    assert there.get("/settings").status_code == 200, "nobody else can"
    here.post(f"/settings/logins/{other}/end")
    assert there.get("/settings").status_code == 302
    assert here.get("/settings").status_code == 200


def test_removing_a_device(alice: User, bob: User) -> None:
    tokens = accounts.log_in(user=alice)
    register_device(actor=alice, device_id="phone-1", device_name="<b>Phone", device_type="android", login=tokens.login)
    client = visitor("alice")
    assert "&lt;b&gt;Phone" in client.get("/settings").content.decode()
    assert visitor("bob").post("/settings/devices/end", {"device_id": "phone-1"}).status_code == 404
    client.post("/settings/devices/end", {"device_id": "phone-1"})
    assert "Phone" not in client.get("/settings").content.decode()
    assert not selectors.live_logins(alice).filter(pk=tokens.login.pk).exists()


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("curl/8.1", "curl/8.1"),
        ("", ""),
    ],
)
def test_browsers_by_name(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


# Profile and password -------------------------------------------------------------------------------------------------


def test_changing_name_and_address(alice: User, bob: User) -> None:
    client = visitor("alice")
    response = client.post("/settings/profile", {"username": "alicia", "email": "alicia@example.com"})
    assert response["Location"] == "/settings?saved=profile#profile"
    alice.refresh_from_db()
    assert (alice.username, alice.email) == ("alicia", "alicia@example.com")
    refused = client.post("/settings/profile", {"username": "BOB", "email": "bob@example.com"})
    html = refused.content.decode()
    assert refused.status_code == 400
    assert "This name is taken." in html
    assert "This e-mail address is taken." in html
    assert 'value="BOB"' in html, "what was typed stays"
    assert '<span class="me">alicia</span>' in html, "the header still says who one is"


def test_changing_the_password_keeps_this_browser_only(alice: User) -> None:
    here, there = visitor("alice"), visitor("alice")
    new = "quite another horse"
    refused = here.post("/settings/password", {"old_password": "wrong", "new_password": new})
    assert refused.status_code == 400
    assert "This is not your password." in refused.content.decode()
    assert (
        "too common"
        in here.post("/settings/password", {"old_password": PASSWORD, "new_password": "password"}).content.decode()
    )
    done = here.post("/settings/password", {"old_password": PASSWORD, "new_password": new})
    assert done["Location"] == "/settings?saved=password#password"
    assert here.get("/settings").status_code == 200
    assert there.get("/settings").status_code == 302
    assert visitor().post("/login", {"name": "alice", "password": new}).status_code == 302


def test_logging_out_everywhere_else(alice: User) -> None:
    here, there = visitor("alice"), visitor("alice")
    here.post("/settings/logins/end-others")
    assert there.get("/settings").status_code == 302
    assert here.get("/settings").status_code == 200


def test_ending_a_block(alice: User, bob: User) -> None:
    accounts.block(actor=alice, username="bob")
    client = visitor("alice")
    assert 'name="username" value="bob"' in client.get("/settings").content.decode()
    for _ in range(2):
        assert client.post("/settings/blocks/end", {"username": "bob"}).status_code == 302
    assert not selectors.blocks_of(alice).exists()
    assert "You have not blocked anyone." in client.get("/settings").content.decode()


# Language -------------------------------------------------------------------------------------------------------------


def test_switching_the_language_and_coming_back() -> None:
    client = visitor(language="en")
    response = client.post("/language", {"language": "zh-hans", "next": "/login"})
    assert response["Location"] == "/login"
    assert '<html lang="zh-hans">' in client.get("/login").content.decode()
    assert 'name="next" value="/?search=a&amp;page=2"' in client.get("/?search=a&page=2").content.decode()
    client.post("/language", {"language": "en", "next": "/"})
    assert '<html lang="en">' in client.get("/login").content.decode()
    assert client.post("/language", {"language": "en", "next": "https://evil.example/"})["Location"] == "/"


def test_without_a_wish_it_is_chinese() -> None:
    assert '<html lang="zh-hans">' in visitor(language="").get("/login").content.decode()

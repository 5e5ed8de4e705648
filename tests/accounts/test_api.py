from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from accounts import services, tokens
from accounts.models import Login, User
from tests.assertions import TIME_MS, assert_error
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
Api = Callable[..., Any]
ALICE = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}


# The films contract ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body_format", ["json", "multipart", "form"])
def test_registering_also_logs_in(api: Api, body_format: str) -> None:
    if body_format == "form":
        body = "&".join(f"{name}={value}" for name, value in ALICE.items()).replace(" ", "+")
        response = api().post("/api/register", body, content_type="application/x-www-form-urlencoded")
    else:
        response = api().post("/api/register", ALICE, format=body_format)
    assert response.status_code == 200, response.content
    answer = response.json()
    assert (answer["status"], answer["message"]) == ("success", "Logged in")
    user = User.objects.get()
    assert answer["user"].items() >= {"id": user.pk, "username": "alice", "email": "alice@example.com"}.items()
    assert tokens.authenticate(answer["token"])[0] == user


def test_logging_in_by_address(api: Api, alice: User) -> None:
    for data in ({"email": "ALICE@example.com", "password": PASSWORD}, {"email": alice.email, "password": PASSWORD, "x": 1}):
        answer = api().post("/api/login", data, format="json").json()
        assert answer["status"] == "success"
        assert answer["user"].items() >= {"id": alice.pk, "username": "alice", "email": "alice@example.com"}.items()
        assert "password" not in answer["user"]
        me = api(HTTP_AUTHORIZATION=f"Bearer {answer['token']}").get("/api/user")
        assert me.json()["user"]["id"] == alice.pk


def test_a_stale_token_hinders_neither_registering_nor_logging_in(api: Api, alice: User) -> None:
    client = api(HTTP_AUTHORIZATION="Bearer stale")
    bob = {"username": "bob", "email": "bob@example.com", "password": PASSWORD}
    carol = {"username": "charlie", "email": "charlie@example.com", "password": PASSWORD}
    assert client.post("/api/register", bob).status_code == 200
    assert client.post("/auth/register", carol, format="json").status_code == 200
    assert client.post("/api/login", {"email": alice.email, "password": PASSWORD}).status_code == 200
    assert client.post("/auth/login", {"username": "alice", "password": PASSWORD}, format="json").status_code == 200


def test_one_sees_and_changes_oneself(api: Api, alice: User) -> None:
    client = api(alice)
    answer = client.get("/api/user").json()
    assert answer["status"] == "success"
    assert answer["user"].items() >= {"id": alice.pk, "username": "alice", "email": "alice@example.com"}.items()
    answer = client.put("/api/user", {"username": "Alicia", "email": "new@example.com"}).json()
    assert (answer["status"], answer["message"]) == ("success", "Updated")
    assert answer["user"].items() >= {"username": "Alicia", "email": "new@example.com", "shows_presence": True}.items()
    assert client.patch("/api/user", {"shows_presence": False}, format="json").json()["user"]["shows_presence"] is False
    assert client.patch("/api/user", {"email": "newer@example.com"}).json()["user"]["shows_presence"] is False
    assert client.patch("/api/user", {"shows_receipts": "off"}).json()["user"]["shows_receipts"] is False
    assert client.patch("/api/user", {"shows_receipts": "perhaps"}).status_code == 400
    assert client.patch("/api/user", {}, format="json").status_code == 200
    alice.refresh_from_db()
    assert (alice.username, alice.email, alice.shows_presence) == ("Alicia", "newer@example.com", False)
    assert alice.shows_receipts is False


def test_put_needs_both_fields_and_changes_no_more(api: Api, alice: User, bob: User) -> None:
    client = api(alice)
    assert_error(client.put("/api/user", {"username": "x1"}, format="json"), 400, "invalid", field="email")
    assert_error(client.put("/api/user", {"email": "x@example.com"}, format="json"), 400, "invalid", field="username")
    assert_error(client.patch("/api/user", {"username": "BOB"}, format="json"), 409, "conflict", field="username")
    assert_error(client.patch("/api/user", {"email": "Bob@example.com"}), 409, "conflict", field="email")
    smuggled = {"is_staff": True, "is_superuser": True, "is_active": False, "id": 99, "password": "x", "username_key": "bob"}
    assert (
        client.put("/api/user", {"username": "alice", "email": "a@example.com", **smuggled}, format="json").status_code == 200
    )
    row = User.objects.get(pk=alice.pk)
    assert (row.is_staff, row.is_superuser, row.is_active, row.username_key) == (False, False, True, "alice")
    assert row.check_password(PASSWORD)


def test_films_errors_have_status_and_message(api: Api, alice: User) -> None:
    response = api().post("/api/login", {"email": alice.email, "password": "wrong"})
    assert_error(response, 401, "bad_credentials")
    assert response.json()["status"] == "error"
    assert response.json()["message"] == response.json()["detail"]


def test_blocks(api: Api, alice: User, bob: User) -> None:
    client = api(alice)
    answer = client.post("/api/blocks", {"username": "Bob"}).json()
    assert answer["status"] == "success"
    assert answer["block"]["username"] == "bob"
    assert [block["username"] for block in client.get("/api/blocks").json()["blocks"]] == ["bob"]
    assert api(bob).get("/api/blocks").json()["blocks"] == []
    assert_error(client.post("/api/blocks", {"username": "nobody"}), 404, "not_found")
    assert_error(client.post("/api/blocks", {"username": "alice"}), 400, "invalid", field="username")
    assert client.delete("/api/blocks/BOB").json()["block"]["username"] == "bob"
    for name in ("bob", "nobody", "%00", "a" * 500):
        assert_error(client.delete(f"/api/blocks/{name}"), 404, "not_found")


# The messaging contract -----------------------------------------------------------------------------------------------


def test_registering_answers_the_account(api: Api) -> None:
    answer = api().post("/auth/register", ALICE, format="json").json()
    user = User.objects.get()
    assert answer == {"id": user.pk, "username": "alice", "email": "alice@example.com", "created_at": answer["created_at"]}
    assert TIME_MS.match(answer["created_at"])


def test_logging_in_by_name_answers_tokens(api: Api, alice: User) -> None:
    answer = api().post("/auth/login", {"username": "ALICE", "password": PASSWORD}, format="json").json()
    assert answer["token_type"] == "bearer"
    assert answer["expires_in"] == django_settings.ACCESS_TOKEN_HOURS * 3600
    assert tokens.authenticate(answer["access_token"])[0] == alice
    renewed = api().post("/auth/refresh", {"refresh_token": answer["refresh_token"]}, format="json").json()
    assert set(renewed) == set(answer)
    assert tokens.authenticate(renewed["access_token"])[0] == alice
    assert_error(api().post("/auth/refresh", {"refresh_token": answer["refresh_token"]}, format="json"), 401, "bad_token")
    assert_error(api().post("/auth/refresh", {"refresh_token": renewed["refresh_token"]}, format="json"), 401, "bad_token")


def test_a_login_may_name_its_device(api: Api, alice: User) -> None:
    given = {"username": "alice", "password": PASSWORD}
    client = api()
    for body, header in (({"device_id": "phone"}, None), ({}, "phone"), ({"device_id": "phone"}, "laptop")):
        headers = {"HTTP_X_DEVICE_ID": header} if header else {}
        assert client.post("/auth/login", {**given, **body}, format="json", **headers).status_code == 200
        assert Login.objects.order_by("-created_at")[0].device_id == "phone"
    in_utf8 = "设备".encode().decode("latin-1")
    assert client.post("/auth/login", given, format="json", HTTP_X_DEVICE_ID=in_utf8).status_code == 200
    assert Login.objects.order_by("-created_at")[0].device_id == "设备"
    assert client.post("/auth/login", {**given, "device_id": ""}, format="json").status_code == 200
    assert_error(client.post("/auth/login", {**given, "device_id": "a/b"}, format="json"), 400, "invalid", field="device_id")
    assert_error(client.post("/auth/login", given, format="json", HTTP_X_DEVICE_ID="a/b"), 400, "invalid", field="device_id")
    assert_error(client.post("/auth/login", {**given, "device_id": 7}, format="json"), 400, "invalid", field="device_id")


def test_logging_out(api: Api, alice: User) -> None:
    first, second = api(alice), api(alice)
    assert first.post("/auth/logout").status_code == 200
    assert_error(first.get("/api/user"), 401, "bad_token")
    assert second.get("/api/user").status_code == 200
    third = api(alice)
    assert second.post("/auth/logout-everywhere").status_code == 200
    for client in (second, third):
        assert_error(client.get("/api/user"), 401, "bad_token")


def test_changing_the_password(api: Api, alice: User) -> None:
    client, other = api(alice), api(alice)
    body = {"old_password": "wrong", "new_password": "a much better one"}
    assert_error(client.post("/auth/password", body, format="json"), 400, "invalid", field="old_password")
    weak = {"old_password": PASSWORD, "new_password": "12345"}
    assert_error(client.post("/auth/password", weak, format="json"), 400, "invalid", field="new_password")
    assert client.post("/auth/password", {**body, "old_password": PASSWORD}, format="json").status_code == 200
    assert client.get("/api/user").status_code == 200
    assert_error(other.get("/api/user"), 401, "bad_token")
    login = {"username": "alice", "password": "a much better one"}
    assert api().post("/auth/login", login, format="json").status_code == 200


# Both -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/register", "/auth/register"])
def test_taken_is_409_and_names_the_field(api: Api, alice: User, path: str) -> None:
    taken = {"username": "Alice", "email": "other@example.com", "password": PASSWORD}
    assert_error(api().post(path, taken, format="json"), 409, "conflict", field="username")
    taken = {"username": "other", "email": "ALICE@example.com", "password": PASSWORD}
    assert_error(api().post(path, taken, format="json"), 409, "conflict", field="email")
    assert User.objects.count() == 1


@pytest.mark.parametrize("path", ["/api/register", "/auth/register"])
@pytest.mark.parametrize("field", ["username", "email", "password"])
def test_bad_fields_are_named(api: Api, path: str, field: str) -> None:
    client = api()
    for wrong in (None, "", 5, True, 1.5, [], ["a"], {}, {"a": "b"}, "\x00\x00\x00\x00\x00\x00\x00\x00\x00", "x" * 100_000):
        assert_error(client.post(path, {**ALICE, field: wrong}, format="json"), 400, "invalid", field=field)
    without = {name: value for name, value in ALICE.items() if name != field}
    assert_error(client.post(path, without, format="json"), 400, "invalid", field=field)
    surrogate = json.dumps({**ALICE, field: "\ud800"})
    assert_error(client.post(path, surrogate, content_type="application/json"), 400)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("path", "name"), [("/api/login", "email"), ("/auth/login", "username"), ("/auth/refresh", "refresh_token")]
)
def test_bad_logins_are_400_or_401(api: Api, alice: User, path: str, name: str) -> None:
    client = api()
    whole = {name: "nobody@example.com", "password": PASSWORD}
    for wrong in (None, "", 5, [], {}, "\x00"):
        assert_error(client.post(path, {**whole, name: wrong}, format="json"), 400, "invalid", field=name)
    assert_error(client.post(path, {}, format="json"), 400, "invalid", field=name)
    assert_error(client.post(path, {**whole, name: "ﷺ" * 3000}, format="json"), 401)
    assert_error(client.post(path, whole, format="json"), 401)


@pytest.mark.parametrize("path", ["/api/register", "/api/login", "/auth/register", "/auth/login", "/auth/refresh"])
def test_bodies_that_are_no_object(api: Api, path: str) -> None:
    client = api()
    for body in ("", "{", "nonsense", b"\xff\xfe", '{"username": NaN}', "[" * 50_000):
        assert_error(client.post(path, body, content_type="application/json"), 400)
    for body in ("[]", "null", "5", '"text"'):
        assert_error(client.post(path, body, content_type="application/json"), 400, "invalid")
    assert_error(client.post(path, "<a/>", content_type="text/xml"), 415, "unsupported_media_type")
    assert_error(client.delete(path), 405, "method_not_allowed")


def test_the_messaging_contract_is_json_only(api: Api) -> None:
    assert_error(api().post("/auth/register", ALICE, format="multipart"), 415, "unsupported_media_type")


def test_strangers_are_401(api: Api) -> None:
    for method, path in (
        ("get", "/api/user"), ("put", "/api/user"), ("patch", "/api/user"), ("get", "/api/blocks"), ("post", "/api/blocks"),
        ("delete", "/api/blocks/bob"), ("post", "/auth/logout"), ("post", "/auth/logout-everywhere"),
        ("post", "/auth/password"),
    ):  # fmt: skip
        assert_error(getattr(api(), method)(path), 401, "not_authenticated")


@pytest.mark.django_db(transaction=True)
def test_two_registrations_over_http_at_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    both_looked, hashed = threading.Barrier(2), services.make_password

    def wait_and_hash(password: str) -> str:
        both_looked.wait(20)
        return hashed(password)

    monkeypatch.setattr(services, "make_password", wait_and_hash)
    answers: list[Any] = []

    def run(username: str) -> None:
        try:
            answers.append(api().post("/auth/register", {**ALICE, "username": username}, format="json"))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(name,)) for name in ("Éva", "éva")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    won, lost = sorted(answers, key=lambda response: response.status_code)
    assert won.status_code == 200
    assert_error(lost, 409, "conflict", field="username")

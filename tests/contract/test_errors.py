"""The error envelope of messaging, 7: one shape for every status, whatever refuses and wherever."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from core.paths import API_PREFIXES
from tests.assertions import assert_error
from tests.contract import shapes
from tests.contract.cast import Cast
from tests.contract.wire import PASSWORD, ask, new_name, new_person, request


def assert_envelope_of(response: httpx.Response, code: int, slug: str) -> None:
    assert_error(response, code, slug)
    shapes.assert_matches(shapes.ERROR | {"code": code}, response.json())
    if response.request.url.path.startswith("/api"):
        body = response.json()
        assert (body["status"], body["message"]) == ("error", body["detail"])


def test_400_invalid(server: Any) -> None:
    response = request(server, "POST", "/auth/register", json={"username": 1, "password": ""})
    assert_envelope_of(response, 400, "invalid")
    assert set(response.json()["errors"]) == {"username", "email", "password"}


@pytest.mark.parametrize("body", [b"{", b"", b"{'a': 1}", b'{"username": NaN}', b'\xff{"a": 1}', b'{"a": 1} trailing'])
def test_400_malformed(server: Any, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = request(server, "POST", "/auth/register", content=body, headers=headers)
    assert response.json()["error"] in ("malformed", "invalid")
    assert_envelope_of(response, 400, response.json()["error"])


def test_401_no_token_and_wrong_token(server: Any) -> None:
    for path in ("/devices", "/api/user"):
        assert_envelope_of(request(server, "GET", path), 401, "not_authenticated")
        response = request(server, "GET", path, headers={"Authorization": "Bearer no.such.token"})
        assert_envelope_of(response, 401, "bad_token")


def test_401_wrong_password_says_no_more_than_an_unknown_name(server: Any, cast: Cast) -> None:
    said = []
    for name in (cast.alice.username, new_name("nobody")):
        response = request(server, "POST", "/auth/login", json={"username": name, "password": "not this one"})
        assert_envelope_of(response, 401, "bad_credentials")
        said.append(response.json()["detail"])
        response = request(server, "POST", "/api/login", json={"email": f"{name}@example.com", "password": "not this"})
        assert_envelope_of(response, 401, "bad_credentials")
        said.append(response.json()["detail"])
    assert len(set(said)) == 1


def test_403_a_member_is_not_an_owner(server: Any, cast: Cast) -> None:
    group = ask(server, shapes.CREATE_GROUP, {"name": "g", "description": ""}, person=cast.alice)
    members = f"/groups/{group['id']}/members"
    assert request(server, "POST", members, person=cast.alice, json={"username": cast.bob.username}).status_code == 200
    response = request(server, "POST", members, person=cast.bob, json={"username": cast.charlie.username})
    assert_envelope_of(response, 403, "forbidden")


@pytest.mark.parametrize("prefix", API_PREFIXES)
@pytest.mark.parametrize("rest", ["/no/such/path", "/%00", "/%ff%fe", "/..;/x", "/" + "x" * 3000])
def test_404_unknown_paths(server: Any, prefix: str, rest: str) -> None:
    response = request(server, "GET", f"/{prefix}{rest}")
    if prefix in ("devices", "files") and rest.count("/") == 1:
        # These are paths: of a device or a file with an odd name, to be asked for with a token.
        assert_envelope_of(response, 401, "not_authenticated")
    else:
        assert_envelope_of(response, 404, "not_found")


def test_404_absent_and_invisible_are_alike(server: Any, cast: Cast) -> None:
    group = ask(server, shapes.CREATE_GROUP, {"name": "g", "description": ""}, person=cast.alice)
    paths = [
        f"/groups/{group['id']}/messages",
        "/groups/999999999/messages",
        "/api/movies/999999999",
        "/api/movies/999999999/comments",
        f"/messages/private/{new_name('nobody')}",
        "/files/00000000-0000-4000-8000-000000000000",
        "/devices/no-such-device",
    ]
    for path in paths:
        method = "DELETE" if path.startswith("/devices") else "GET"
        assert_envelope_of(request(server, method, path, person=cast.charlie), 404, "not_found")


@pytest.mark.parametrize("name", sorted(shapes.CALLS))
def test_405(server: Any, cast: Cast, films: list[int], name: str) -> None:
    path = shapes.CALLS[name].path.format(username=cast.bob.username, group_id=1, file_id="0" * 32, id=films[0])
    response = request(server, "TRACE", path, person=cast.alice)
    assert_envelope_of(response, 405, "method_not_allowed")
    assert response.headers["allow"]


def test_409_taken(server: Any) -> None:
    username = new_name("Éva")
    body = {"username": username, "email": f"{new_name('eva')}@example.com", "password": PASSWORD}
    ask(server, shapes.AUTH_REGISTER, body)
    for path in ("/auth/register", "/api/register"):
        for again in (username, username.replace("É", "é"), username.upper()):
            other = body | {"username": again, "email": f"{new_name('other')}@example.com"}
            response = request(server, "POST", path, json=other)
            assert_envelope_of(response, 409, "conflict")
            assert "username" in response.json()["errors"]
        other = body | {"username": new_name("other"), "email": body["email"].upper()}
        response = request(server, "POST", path, json=other)
        assert_envelope_of(response, 409, "conflict")
        assert "email" in response.json()["errors"]


def test_409_one_client_id_for_two_messages(server: Any) -> None:
    alice, bob = new_person(server, "alice"), new_person(server, "bob")
    body = {"recipient": bob.username, "content": "once", "client_id": "c1"}
    first = request(server, "POST", "/messages/private", person=alice, json=body)
    again = request(server, "POST", "/messages/private", person=alice, json=body)
    assert (first.status_code, again.status_code, again.json()["id"]) == (200, 200, first.json()["id"])
    response = request(server, "POST", "/messages/private", person=alice, json=body | {"content": "other"})
    assert_envelope_of(response, 409, "conflict")
    [only] = ask(server, shapes.LIST_PRIVATE, person=bob, username=alice.username)
    assert only["content"] == "once"


def test_413_and_415(server: Any, cast: Cast) -> None:
    response = request(server, "POST", "/api/login", content=b"x" * 2_000_000)
    assert_envelope_of(response, 413, "too_large")
    headers = {"Content-Type": "text/plain"}
    response = request(server, "POST", "/messages/private", person=cast.alice, content=b"hi", headers=headers)
    assert_envelope_of(response, 415, "unsupported_media_type")
    response = request(server, "POST", "/files/upload", person=cast.alice, json={"file": "x"})
    assert_envelope_of(response, 415, "unsupported_media_type")


def test_416(server: Any, cast: Cast) -> None:
    uploading = request(server, "POST", "/files/upload", person=cast.alice, files={"file": ("a", b"0123456789")})
    path = f"/files/{uploading.json()['file_id']}"
    response = request(server, "GET", path, person=cast.alice, headers={"Range": "bytes=10-20"})
    assert_envelope_of(response, 416, "range_not_satisfiable")


def test_500_is_an_envelope_too(server: Any, unreadable_film: int) -> None:
    """A row that cannot be read is the nearest thing to a bug that a running server has. A program still finds no HTML."""
    path = f"/api/movies/{unreadable_film}/comments"
    response = request(server, "GET", path, headers={"Accept": "text/html"})
    assert_envelope_of(response, 500, "server_error")
    assert "Traceback" not in response.text


def test_words_follow_the_reader(server: Any) -> None:
    said = {
        language: json.loads(request(server, "GET", "/devices", headers={"Accept-Language": language}).content)["detail"]
        for language in ("zh-CN", "en", "xx")
    }
    assert said["en"] == "Sign in first."
    assert said["zh-CN"] == said["xx"] != said["en"]

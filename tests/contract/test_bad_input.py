"""What a careless or hostile client sends over HTTP: the documented error, nothing changed, nobody else disturbed."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest

from tests.assertions import assert_error
from tests.contract import shapes
from tests.contract.cast import Cast
from tests.contract.shapes import Call
from tests.contract.tokens import bad_tokens
from tests.contract.wire import PASSWORD, Person, ask, new_name, new_person, request

MEBIBYTE = 1024 * 1024
WRONG = [None, True, 7, 1.5, [], ["x"], {}, {"x": "y"}]
"""Values of every JSON type but a string."""
UNHOLDABLE = ["\x00", "a\x00b", "\ud800", "x" * 200_000]
"""Strings that no database holds, and one that none should."""
BLANK = ["", "   ", "\n\t"]

FULL: list[tuple[Call, dict[str, Any]]] = [
    (shapes.AUTH_REGISTER, {"username": "mallory", "email": "mallory@example.com", "password": PASSWORD}),
    (shapes.AUTH_LOGIN, {"username": "mallory", "password": PASSWORD}),
    (shapes.SEND_PRIVATE, {"recipient": "{bob}", "content": "x", "message_type": "text", "content_type": "text/plain"}),
    (shapes.CREATE_GROUP, {"name": "g", "description": "d"}),
    (shapes.REGISTER_DEVICE, {"device_id": "d", "device_name": "n", "device_type": "t"}),
    (shapes.API_REGISTER, {"username": "mallory", "email": "mallory@example.com", "password": PASSWORD}),
    (shapes.API_LOGIN, {"email": "mallory@example.com", "password": PASSWORD}),
    (shapes.PUT_USER, {"username": "mallory", "email": "mallory@example.com"}),
    (shapes.POST_COMMENT, {"content": "x"}),
]
MAY_BE_MISSING = {"message_type", "content_type", "description", "device_name", "device_type"}
MAY_BE_BLANK = MAY_BE_MISSING
"""Keys with a default: only what is sent in them is judged."""
SEARCHED = {"recipient": {400, 404}, "email": {400, 401}, "username": {400, 401}, "password": {400, 401}}
"""Keys that are looked up: an impossible value may also just not be found."""


@pytest.fixture(scope="module")
def mallory(server: Any) -> Person:
    """Sends nothing but nonsense, and so must own nothing in the end."""
    return new_person(server, "mallory")


def bad_bodies(fields: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], set[int]]]:
    """Each body with one key wrong: (key, body, statuses it may be answered with)."""
    for name in fields:
        rest = {other: value for other, value in fields.items() if other != name}
        if name not in MAY_BE_MISSING:
            yield name, rest, {400}
        for value in WRONG:
            yield name, rest | {name: value}, {400}
        for value in UNHOLDABLE:
            yield name, rest | {name: value}, SEARCHED.get(name, {400})
        if name not in MAY_BE_BLANK:
            for value in BLANK:
                yield name, rest | {name: value}, SEARCHED.get(name, {400})


@pytest.mark.parametrize(("call", "fields"), FULL, ids=[f"{call.method} {call.path}" for call, _ in FULL])
def test_a_bad_field_is_named_and_changes_nothing(
    server: Any, cast: Cast, films: list[int], mallory: Person, call: Call, fields: dict[str, Any]
) -> None:
    fields = {name: cast.bob.username if value == "{bob}" else value for name, value in fields.items()}
    path = call.path.format(id=films[1])
    with httpx.Client(base_url=server.url, headers=mallory.headers, trust_env=False, timeout=60) as http:
        for name, body, statuses in bad_bodies(fields):
            # json.dumps escapes a lone surrogate, which is valid JSON of an invalid text.
            sent = json.dumps(body).encode()
            response = http.request(call.method, path, content=sent, headers={"Content-Type": "application/json"})
            where = (name, sent[:200], response.status_code, response.text[:300])
            assert response.status_code in statuses, where
            shapes.assert_matches(shapes.ERROR, response.json())
            if response.status_code == 400 and is_utf8(body):
                assert name in response.json()["errors"], where
    assert_owns_nothing(server, mallory, cast.bob, films[1])


def is_utf8(body: dict[str, Any]) -> bool:
    """A lone surrogate may be refused with the whole body, before anybody looks at fields."""
    return not any(isinstance(value, str) and "\ud800" in value for value in body.values())


def assert_owns_nothing(server: Any, person: Person, other: Person, film: int) -> None:
    assert ask(server, shapes.LIST_PRIVATE, person=person, username=other.username) == []
    assert ask(server, shapes.LIST_DEVICES, person=person) == []
    assert request(server, "GET", "/groups", person=person).json() == []
    assert person.username not in {comment["username"] for comment in ask(server, shapes.LIST_COMMENTS, id=film)["comments"]}
    user = ask(server, shapes.GET_USER, person=person)["user"]
    assert (user["username"], user["email"]) == (person.username, person.email)


DEEP = b"[" * 100_000 + b"]" * 100_000
BODIES = {
    "deep list": DEEP,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep field": b'{"content":' + DEEP + b"}",
    "a list": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "a number": b"1e999",
    "invalid UTF-8": b'{"content":"\xff\xfe"}',
    "UTF-16": '{"content": "x"}'.encode("utf-16"),
    "huge number": b'{"content":' + b"9" * 10_000 + b"}",
    "NaN": b'{"content":NaN}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_json_object(server: Any, mallory: Person, films: list[int], body: bytes) -> None:
    for path in ("/messages/private", f"/api/movies/{films[1]}/comments", "/auth/login"):
        headers = {"Content-Type": "application/json"}
        assert_error(request(server, "POST", path, person=mallory, content=body, headers=headers), 400)


IDS = ["0", "-1", str(2**63), str(2**70), "1.5", "abc", "%00", "%F0%9F%8E%AC", "١", "1%20", "null", "9" * 500]


@pytest.mark.parametrize("bad", IDS)
def test_impossible_ids_are_not_found(server: Any, mallory: Person, bad: str) -> None:
    paths = (f"/groups/{bad}/messages", f"/api/movies/{bad}", f"/api/movies/{bad}/comments", f"/files/{bad}")
    for path in (*paths, f"/api/rooms/movie-{bad}"):
        assert_error(request(server, "GET", path, person=mallory), 404)


@pytest.mark.parametrize("query", ["limit=abc", "limit=0", "limit=-5", f"before={2**70}", "after=x", "before=1&after=1"])
def test_impossible_pages(server: Any, cast: Cast, films: list[int], query: str) -> None:
    for path in (f"/messages/private/{cast.bob.username}", f"/api/movies/{films[1]}/comments"):
        assert_error(request(server, "GET", f"{path}?{query}", person=cast.alice), 400, "invalid")


def test_other_peoples_ids(server: Any, cast: Cast) -> None:
    """charlie knows every id of alice's, and none is of use to him."""
    group = ask(server, shapes.CREATE_GROUP, {"name": "ours", "description": ""}, person=cast.alice)
    upload = request(server, "POST", "/files/upload", person=cast.alice, files={"file": ("a", b"secret")}).json()
    body = {"recipient": cast.bob.username, "content": "secret", "message_type": "text", "content_type": "text/plain"}
    message = ask(server, shapes.SEND_PRIVATE, body, person=cast.alice)
    ask(server, shapes.REGISTER_DEVICE, {"device_id": "hers", "device_name": "n", "device_type": "t"}, person=cast.alice)
    attempts: list[tuple[str, str, dict[str, Any] | None, set[int]]] = [
        ("GET", f"/groups/{group['id']}/messages", None, {404}),
        ("POST", f"/groups/{group['id']}/messages", {"content": "x"}, {404}),
        ("POST", f"/groups/{group['id']}/members", {"username": cast.charlie.username}, {404}),
        ("GET", f"/files/{upload['file_id']}", None, {404}),
        ("DELETE", f"/files/{upload['file_id']}", None, {404}),
        ("POST", "/messages/private", body | {"content": "x", "file_id": upload["file_id"]}, {400, 404}),
        ("POST", "/messages/private", body | {"content": "x", "reply_to": message["id"]}, {400, 404}),
        ("PATCH", f"/messages/{message['id']}", {"content": "changed"}, {403, 404}),
        ("DELETE", f"/messages/{message['id']}", None, {403, 404}),
        ("POST", f"/conversations/{message['conversation_id']}/read", {"seq": 1}, {404}),
        ("DELETE", "/devices/hers", None, {404}),
    ]
    for method, path, json_body, statuses in attempts:
        response = request(server, method, path, person=cast.charlie, json=json_body)
        assert response.status_code in statuses, (method, path, response.status_code, response.text)
        assert_error(response, response.status_code)
    assert ask(server, shapes.LIST_PRIVATE, person=cast.bob, username=cast.alice.username)[-1]["content"] == "secret"
    assert ask(server, shapes.LIST_PRIVATE, person=cast.charlie, username=cast.bob.username) == []
    assert [device["device_id"] for device in ask(server, shapes.LIST_DEVICES, person=cast.alice)].count("hers") == 1
    assert request(server, "GET", f"/files/{upload['file_id']}", person=cast.alice).content == b"secret"


# Tokens ---------------------------------------------------------------------------------------------------------------


def test_bad_tokens(server: Any, cast: Cast) -> None:
    for kind, token in bad_tokens(server, cast.bob).items():
        for path in ("/devices", "/api/user"):
            response = request(server, "GET", path, headers={"Authorization": f"Bearer {token}"})
            assert (kind, response.status_code) == (kind, 401)
            assert_error(response, 401, "bad_token")


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Basic YTpi", "bearer\tx", b"Bearer \xff\xfe", "x" * 5000])
def test_bad_authorization_headers(server: Any, header: str | bytes) -> None:
    assert_error(request(server, "GET", "/devices", headers={"Authorization": header}), 401)  # type: ignore[dict-item]


@pytest.mark.parametrize("fate", ["deleted", "deactivated"])
def test_tokens_of_people_who_are_gone(server: Any, gone: dict[str, Person], fate: str) -> None:
    person = gone[fate]
    assert_error(request(server, "GET", "/devices", person=person), 401, "bad_token")
    response = request(server, "POST", "/auth/login", json={"username": person.username, "password": PASSWORD})
    assert_error(response, 401, "bad_credentials")


def test_registering_and_logging_in_ignore_a_stale_token(server: Any, cast: Cast) -> None:
    headers = {"Authorization": "Bearer stale"}
    body = {"username": cast.alice.username, "password": PASSWORD}
    assert request(server, "POST", "/auth/login", json=body, headers=headers).status_code == 200


def test_two_registrations_of_one_name_at_the_same_instant(server: Any) -> None:
    suffix = new_name("x")
    spellings = [f"Éva{suffix}", f"éva{suffix}", f"ÉVA{suffix}", f"E\u0301va{suffix}"]
    statuses: list[int] = []
    together = threading.Barrier(len(spellings))

    def register(number: int, spelling: str) -> None:
        body = {"username": spelling, "email": f"{number}{suffix}@example.com", "password": PASSWORD}
        together.wait()
        statuses.append(request(server, "POST", "/auth/register", json=body).status_code)

    threads = [threading.Thread(target=register, args=pair) for pair in enumerate(spellings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409]


# Bodies without an end ------------------------------------------------------------------------------------------------

BIG = 400 * MEBIBYTE
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
PATHS = [
    "/auth/register",
    "/files/upload",
    "/api/movies",
    "/messages/private",
    "/",
    "/login",
    "/no/such/page",
    "/ws/chat",
    "/admin/login/",
    "/static/x",
]


def pour(server: Any, path: str, headers: str, piece: bytes, token: str) -> tuple[int, bytes]:
    """Send up to 400 MiB until the server answers: (bytes sent, what it answered)."""
    sent = 0
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as wire:
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n{headers}\r\n\r\n"
        wire.sendall(head.encode())
        try:
            while sent < BIG and not select.select([wire], [], [], 0)[0]:
                wire.sendall(piece)
                sent += len(piece)
        except OSError:
            pass  # It has hung up; what it said before is still to be read.
        return sent, read_all(wire)


def read_all(wire: socket.socket) -> bytes:
    answer = b""
    try:
        while data := wire.recv(65_536):
            answer += data
            if b"\r\n\r\n" in answer and answer.endswith(b"}"):
                break
    except ConnectionError:
        pass
    return answer


def test_400_mebibytes_on_any_path(server: Any, cast: Cast) -> None:
    process = psutil.Process(server.pid)
    request(server, "GET", "/api/movies")
    before = process.memory_info().rss
    chunked = "Transfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=x"
    declared = f"Content-Length: {BIG}\r\nContent-Type: application/json"
    highest = before
    for path in PATHS:
        for headers, piece in ((chunked, CHUNK), (declared, CHUNK)):
            sent, answer = pour(server, path, headers, piece, cast.alice.token)
            assert b" 413 " in answer.split(b"\r\n")[0], (path, headers, sent, answer[:300])
            body = json.loads(answer.partition(b"\r\n\r\n")[2])
            shapes.assert_matches(shapes.ERROR | {"code": 413}, body)
            assert sent < BIG, "the rest of the body was never asked for"
            highest = max(highest, process.memory_info().rss)
    assert highest - before < 60 * MEBIBYTE, f"grew by {(highest - before) / MEBIBYTE:.0f} MiB"
    assert request(server, "GET", "/api/movies").status_code == 200

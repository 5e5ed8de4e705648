"""The messaging contract's REST calls, in the document's order, over a real server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import shapes
from tests.contract.cast import Cast
from tests.contract.wire import PASSWORD, answered, ask, new_name, new_person, request


def test_1_1_register(server: Any) -> None:
    username = new_name("alice")
    body = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
    account = ask(server, shapes.AUTH_REGISTER, body)
    assert (account["username"], account["email"]) == (username, body["email"])


def test_1_2_log_in(server: Any, cast: Cast) -> None:
    login = ask(server, shapes.AUTH_LOGIN, {"username": cast.alice.username, "password": PASSWORD})
    assert login["token_type"].lower() == "bearer"
    answer = request(server, "GET", "/devices", headers={"Authorization": f"Bearer {login['access_token']}"})
    assert answer.status_code == 200


def test_2_private_messages(server: Any) -> None:
    alice, bob = new_person(server, "alice"), new_person(server, "bob")
    assert ask(server, shapes.LIST_PRIVATE, person=alice, username=bob.username) == []
    body = {"recipient": bob.username, "content": "你好, bob", "message_type": "text", "content_type": "text/plain"}
    sent = ask(server, shapes.SEND_PRIVATE, body, person=alice)
    assert (sent["sender"], sent["recipient"], sent["content"]) == (alice.username, bob.username, "你好, bob")
    assert sent["status"] == "sent"
    answer = ask(server, shapes.SEND_PRIVATE, body | {"recipient": alice.username, "content": "hi"}, person=bob)
    for reader, other in ((alice, bob), (bob, alice)):
        listed = ask(server, shapes.LIST_PRIVATE, person=reader, username=other.username)
        assert [message["id"] for message in listed] == [sent["id"], answer["id"]]
    assert listed[0]["content"] == "你好, bob"
    assert listed[0]["timestamp"] == sent["timestamp"]


def test_2_a_message_is_delivered_once_the_recipient_has_listed_it(server: Any) -> None:
    alice, bob = new_person(server, "alice"), new_person(server, "bob")
    body = {"recipient": bob.username, "content": "seen?", "message_type": "text", "content_type": "text/plain"}
    ask(server, shapes.SEND_PRIVATE, body, person=alice)
    ask(server, shapes.LIST_PRIVATE, person=bob, username=alice.username)
    [message] = ask(server, shapes.LIST_PRIVATE, person=alice, username=bob.username)
    assert message["status"] == "delivered"


@pytest.mark.parametrize(("message_type", "content_type"), [("image", "image/png"), ("自定义", "application/x-ours")])
def test_2_types_are_an_open_vocabulary(server: Any, cast: Cast, message_type: str, content_type: str) -> None:
    body = {"recipient": cast.bob.username, "content": "x", "message_type": message_type, "content_type": content_type}
    sent = ask(server, shapes.SEND_PRIVATE, body, person=cast.alice)
    listed = ask(server, shapes.LIST_PRIVATE, person=cast.bob, username=cast.alice.username)
    found = next(message for message in listed if message["id"] == sent["id"])
    assert (found["message_type"], found["content_type"]) == (message_type, content_type)


def test_3_groups(server: Any, cast: Cast) -> None:
    body = {"name": "周五电影夜", "description": "Fridays"}
    group = ask(server, shapes.CREATE_GROUP, body, person=cast.alice)
    assert (group["name"], group["description"], group["created_by"]) == ("周五电影夜", "Fridays", cast.alice.username)
    assert ask(server, shapes.LIST_GROUP, person=cast.alice, group_id=group["id"]) == []
    path = f"/groups/{group['id']}/messages"
    posted = request(server, "POST", path, person=cast.alice, json={"content": "welcome", "message_type": "text"})
    assert posted.status_code == 200, posted.text
    [listed] = ask(server, shapes.LIST_GROUP, person=cast.alice, group_id=group["id"])
    assert (listed["content"], listed["sender"], listed["message_type"]) == ("welcome", cast.alice.username, "text")


def test_4_devices(server: Any) -> None:
    alice = new_person(server, "alice")
    assert ask(server, shapes.LIST_DEVICES, person=alice) == []
    body = {"device_id": "phone-1", "device_name": "Alice's phone", "device_type": "ios"}
    registered = ask(server, shapes.REGISTER_DEVICE, body, person=alice)
    [listed] = ask(server, shapes.LIST_DEVICES, person=alice)
    assert {name: listed[name] for name in shapes.DEVICE} == {name: registered[name] for name in shapes.DEVICE}
    assert {name: listed[name] for name in body} == body
    assert listed["login_status"] is True


def test_4_logging_a_device_out_ends_its_login(server: Any) -> None:
    alice = new_person(server, "alice")
    login = ask(server, shapes.AUTH_LOGIN, {"username": alice.username, "password": PASSWORD})
    laptop = {"Authorization": f"Bearer {login['access_token']}"}
    body = {"device_id": "laptop", "device_name": "Laptop", "device_type": "linux"}
    answered(shapes.REGISTER_DEVICE, request(server, "POST", "/devices", headers=laptop, json=body))
    assert request(server, "DELETE", "/devices/laptop", person=alice).status_code == 200
    assert request(server, "GET", "/devices", headers=laptop).status_code == 401
    assert request(server, "GET", "/devices", person=alice).status_code == 200


def test_5_files(server: Any, cast: Cast) -> None:
    content = bytes(range(256)) * 1000
    uploading = request(
        server, "POST", "/files/upload", person=cast.alice, files={"file": ("照片 1.png", content, "image/png")}
    )
    uploaded = answered(shapes.UPLOAD, uploading)
    assert (uploaded["filename"], uploaded["size"]) == ("照片 1.png", len(content))
    path = shapes.DOWNLOAD.path.format(file_id=uploaded["file_id"])
    assert uploaded["url"] == server.url + path
    downloaded = request(server, "GET", path, person=cast.alice)
    assert downloaded.status_code == 200
    assert downloaded.headers["content-type"] == "application/octet-stream"
    assert downloaded.content == content
    part = request(server, "GET", path, person=cast.alice, headers={"Range": "bytes=256-511"})
    assert (part.status_code, part.content) == (206, bytes(range(256)))


def test_5_a_file_is_shared_by_its_address_in_a_message(server: Any, cast: Cast) -> None:
    uploading = request(server, "POST", "/files/upload", person=cast.alice, files={"file": ("a.txt", b"hello")})
    uploaded = answered(shapes.UPLOAD, uploading)
    path = f"/files/{uploaded['file_id']}"
    assert request(server, "GET", path, person=cast.bob).status_code == 404
    body = {"recipient": cast.bob.username, "content": uploaded["url"], "message_type": "file", "content_type": "text/plain"}
    ask(server, shapes.SEND_PRIVATE, body, person=cast.alice)
    assert request(server, "GET", path, person=cast.bob).content == b"hello"
    assert request(server, "GET", path, person=cast.charlie).status_code == 404


@pytest.mark.parametrize("name", sorted(name for name, call in shapes.CALLS.items() if call.needs_token))
def test_each_call_that_shows_a_token_needs_one(server: Any, films: list[int], name: str) -> None:
    call = shapes.CALLS[name]
    path = call.path.format(username="x", group_id=1, file_id="0" * 32, id=films[0])
    response = request(server, call.method, path, json={})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    shapes.assert_matches(shapes.ERROR | {"code": 401}, response.json())


@pytest.mark.parametrize("name", sorted(name for name, call in shapes.CALLS.items() if "{" not in call.path))
def test_the_same_path_with_a_slash_works_too(server: Any, cast: Cast, name: str) -> None:
    call = shapes.CALLS[name]
    plain = request(server, call.method, call.path, person=cast.charlie, json={})
    slashed = request(server, call.method, call.path + "/", person=cast.charlie, json={})
    assert (slashed.status_code, sorted(slashed.json())) == (plain.status_code, sorted(plain.json()))
    assert plain.status_code in (200, 400, 415)

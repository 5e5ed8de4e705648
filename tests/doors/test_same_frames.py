"""Over a real server: whoever listens cannot tell by which door a message came."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.rig.servers import Server
from tests.rig.sockets import Frame, Socket

EACH_TIME = ("id", "seq", "change", "timestamp")
Open = Callable[..., Awaitable[Socket]]


@pytest.fixture
async def alice(server: Server, server_world: dict[str, Any], open_socket: Open) -> Socket:
    return await open_socket(server, "/ws/chat", token=server_world["alice_token"])


def same(frame: Frame) -> Frame:
    return {name: value for name, value in frame.items() if name not in EACH_TIME}


async def heard_by(listener: Socket, content: str) -> Frame:
    frame = await listener.next("message", content=content)
    assert all(frame[name] for name in EACH_TIME)
    return same(frame)


async def listen(server: Server, server_world: dict[str, Any], open_socket: Open, *, v2: bool) -> Socket:
    """bob's socket. What a `hello` after it answers shows that the server has followed his groups."""
    socket = await open_socket(
        server, "/ws/chat", token=server_world["bob_token"], subprotocols=["matinee.v2"] if v2 else []
    )  # fmt: skip
    await socket.say({"type": "leave", "room_id": "nowhere", "client_id": "listening"})
    await socket.next("error", ref="listening")
    return socket


@pytest.mark.parametrize("v2", [False, True], ids=["contract", "v2"])
@pytest.mark.parametrize("place", ["private", "group"])
async def test_a_listener_hears_the_same_by_rest_and_socket(
    place: str, v2: bool, server: Server, server_world: dict[str, Any], alice: Socket, open_socket: Open
) -> None:
    bob = await listen(server, server_world, open_socket, v2=v2)
    body = {"content": f"hello, {place} {v2}", "message_type": "sticker", "content_type": "text/markdown"}
    http = server.client(server_world["alice_token"])
    if place == "private":
        posted = http.post("/messages/private", json={"recipient": server_world["bob"], **body})
        frame = {"type": "message", "recipient": server_world["bob"], **body}
    else:
        posted = http.post(f"/groups/{server_world['group']}/messages", json=body)
        frame = {"type": "message", "group_id": server_world["group"], **body}
    assert posted.status_code == 200, posted.text
    by_rest = await heard_by(bob, body["content"])
    await alice.say(frame)
    assert await heard_by(bob, body["content"]) == by_rest


async def test_an_edit_and_a_deletion_are_told_as_they_are_stored(
    server: Server, server_world: dict[str, Any], open_socket: Open
) -> None:
    """A v2 listener's `change` holds what REST answers to the one who changed it."""
    bob = await listen(server, server_world, open_socket, v2=True)
    http = server.client(server_world["alice_token"])
    made = http.post(f"/groups/{server_world['group']}/messages", json={"content": "first"}).json()
    edited = http.patch(f"/messages/{made['id']}", json={"content": "second"}).json()
    told = (await bob.next("change", change=edited["change"]))["message"]
    assert {name: told[name] for name in ("id", "seq", "content", "edited_at")} == {
        name: edited[name] for name in ("id", "seq", "content", "edited_at")
    }
    deleted = http.delete(f"/messages/{made['id']}").json()
    told = (await bob.next("change", change=deleted["change"]))["message"]
    assert (told["id"], told["content"], told["deleted"]) == (made["id"], "", deleted["deleted"])

"""Both contracts' frames over real sockets, on uvicorn (`manage.py serve`) and on daphne (`manage.py runserver`)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.contract import shapes
from tests.contract.cast import Place
from tests.contract.listeners import ContractSocket, listening
from tests.contract.tokens import bad_tokens
from tests.contract.wire import ask, new_person, request
from tests.rig.sockets import connect

DAPHNE_DIFFERS = {
    "bad token at the handshake": "403 instead of 401: daphne knows no websocket.http.response",
    "a text frame that is not UTF-8": "the line is cut (1006) instead of closed with 1007: so does its WebSocket library",
    "too large frame": "closes 4009 instead of 1009: daphne has no limit of its own, and an application may not send 1009",
}
"""Where the development server behaves differently, and why. Everything else here holds on both."""


async def join(socket: Any, room: str, name: str) -> None:
    """Join as the contract does, which is answered by nothing, and prove it by a message that comes back."""
    await socket.say_as_written(shapes.JOIN, room_id=room, username=name)
    await socket.say_as_written(shapes.ROOM_MESSAGE_IN, room_id=room, username=name, content=f"{name} is here")
    await socket.next("message", room_id=room, content=f"{name} is here")


# Films, 4: chat in a room ---------------------------------------------------------------------------------------------


async def test_join_and_room_messages(place: Place) -> None:
    room = f"movie-{place.films[0]}"
    async with listening(place.server, "/ws/chat") as one, listening(place.server, "/ws/chat") as two:
        await join(one, room, "user1")
        await join(two, room, "user2")
        heard = await one.next("message", username="user2")
        assert (heard["room_id"], heard["content"]) == (room, "user2 is here")
        for name, sender in (("user1", one), ("user2", two)):
            content = f"This is an awesome scene, says {name}! 🎬"
            await sender.say_as_written(shapes.ROOM_MESSAGE_IN, room_id=room, username=name, content=content)
            for receiver in (one, two):
                heard = await receiver.next("message", content=content)
                assert (heard["room_id"], heard["username"]) == (room, name)


async def test_a_first_message_joins_and_rooms_are_apart(place: Place) -> None:
    room, other = f"movie-{place.films[0]}", f"movie-{place.films[1]}"
    async with listening(place.server, "/ws/chat") as one, listening(place.server, "/ws/chat") as two:
        await one.say_as_written(shapes.ROOM_MESSAGE_IN, room_id=room, username="first", content="no join before")
        await one.next("message", content="no join before")
        await join(two, other, "elsewhere")
        await one.say_as_written(shapes.ROOM_MESSAGE_IN, room_id=room, username="first", content="for one room")
        await one.next("message", content="for one room")
        await two.silent(0.3, room_id=room)


async def test_a_signed_in_person_goes_by_the_real_name(place: Place) -> None:
    room = f"movie-{place.films[0]}"
    async with listening(place.server, "/ws/chat", place.alice) as alice, listening(place.server, "/ws/chat") as guest:
        await guest.say_as_written(shapes.JOIN, room_id=room, username=place.alice.username)
        await alice.say_as_written(shapes.ROOM_MESSAGE_IN, room_id=room, username="somebody else", content="by alice")
        heard = await alice.next("message", content="by alice")
        assert (heard["username"], heard["verified"]) == (place.alice.username, True)
        await guest.say_as_written(shapes.ROOM_MESSAGE_IN, room_id=room, username=place.alice.username, content="not by her")
        heard = await alice.next("message", content="not by her")
        assert (heard["username"], heard["verified"]) == (place.alice.username, False)


# Messaging, 6: private messages, groups, statuses -----------------------------------------------------------------------


async def test_private_messages(place: Place) -> None:
    alice, bob = place.alice, place.bob
    async with (
        listening(place.server, "/ws/chat", alice) as sending,
        listening(place.server, "/ws/chat", alice) as other_device,
        listening(place.server, "/ws/chat", bob) as receiving,
        listening(place.server, "/ws/chat", place.charlie) as stranger,
        listening(place.server, "/ws/chat") as guest,
    ):
        await sending.say_as_written(shapes.PRIVATE_MESSAGE_IN, recipient=bob.username, content="只给你", message_type="text")
        for socket in (receiving, other_device):
            heard = await socket.next("message", content="只给你")
            assert (heard["sender"], heard["message_type"]) == (alice.username, "text")
        await receiving.say_as_written(
            shapes.PRIVATE_MESSAGE_IN, recipient=alice.username, content="and back", message_type="自定义"
        )
        for socket in (sending, other_device):
            heard = await socket.next("message", content="and back")
            assert (heard["sender"], heard["message_type"]) == (bob.username, "自定义")
        for socket in (sending, stranger, guest):
            await socket.silent(0.2, "message")
    stored = ask(place.server, shapes.LIST_PRIVATE, person=bob, username=alice.username)
    assert [message["content"] for message in stored][-2:] == ["只给你", "and back"]
    stored = ask(place.server, shapes.LIST_PRIVATE, person=alice, username=bob.username)
    assert [message["status"] for message in stored][-2:] == ["delivered", "delivered"]


async def test_what_rest_sends_a_socket_hears(place: Place) -> None:
    async with listening(place.server, "/ws/chat", place.bob) as receiving:
        body = {"recipient": place.bob.username, "content": "by REST", "message_type": "text", "content_type": "text/plain"}
        sent = ask(place.server, shapes.SEND_PRIVATE, body, person=place.alice)
        heard = await receiving.next("message", content="by REST")
        assert (heard["sender"], heard["timestamp"]) == (place.alice.username, sent["timestamp"])


async def test_group_messages(place: Place) -> None:
    # Another conversation first, so that a group and its conversation never have the same number by chance.
    body = {"recipient": place.bob.username, "content": "first", "message_type": "text", "content_type": "text/plain"}
    ask(place.server, shapes.SEND_PRIVATE, body, person=place.alice)
    group = ask(place.server, shapes.CREATE_GROUP, {"name": "g", "description": ""}, person=place.alice)["id"]
    path = f"/groups/{group}/members"
    async with (
        listening(place.server, "/ws/chat", place.alice) as alice,
        listening(place.server, "/ws/chat", place.bob) as bob,
        listening(place.server, "/ws/chat", place.charlie) as charlie,
    ):
        added = request(place.server, "POST", path, person=place.alice, json={"username": place.bob.username})
        assert added.status_code == 200, added.text
        await alice.say_as_written(
            shapes.PRIVATE_MESSAGE_IN, recipient=str(group), content="to the group", message_type="group"
        )
        heard = await bob.next("message", content="to the group")
        assert (heard["sender"], heard["group_id"]) == (place.alice.username, group)
        await bob.say({"type": "message", "group_id": group, "content": "answer", "message_type": "text"})
        assert (await alice.next("message", content="answer"))["sender"] == place.bob.username
        await charlie.say({"type": "message", "group_id": group, "content": "let me in", "message_type": "text"})
        await charlie.refused(404, "not_found")
        await charlie.silent(0.2, "message")
    listed = ask(place.server, shapes.LIST_GROUP, person=place.bob, group_id=group)
    assert [message["content"] for message in listed] == ["to the group", "answer"]


async def test_status(place: Place) -> None:
    alice, bob, stranger = (new_person(place.server, name) for name in ("alice", "bob", "stranger"))
    body = {"recipient": bob.username, "content": "hi", "message_type": "text", "content_type": "text/plain"}
    ask(place.server, shapes.SEND_PRIVATE, body, person=alice)
    async with (
        listening(place.server, "/ws/chat", alice) as watching,
        listening(place.server, "/ws/chat", stranger) as elsewhere,
    ):
        async with listening(place.server, "/ws/chat", bob):
            await watching.next("status", user=bob.username, status="online")
        if not place.is_daphne:  # The grace lasts seconds; once is enough.
            await watching.next("status", user=bob.username, status="offline")
        await elsewhere.silent(0.1, "status", user=bob.username)


# Films, 5: synchronised playback ----------------------------------------------------------------------------------------


async def test_sync_is_relayed_with_its_values_unchanged(place: Place) -> None:
    room = f"movie-{place.films[1]}"
    async with listening(place.server, "/ws/sync") as one, listening(place.server, "/ws/sync") as two:
        await meet(one, two, room)
        for position in (1234.56, 1235, 0, 0.1 + 0.2):
            await one.say_as_written(shapes.SYNC, room_id=room, username="user1", current_time=position)
            heard = await two.next("sync", username="user1", current_time=position)
            assert heard["room_id"] == room
        await one.silent(0.3, "sync", username="user1")


async def meet(one: ContractSocket, two: ContractSocket, room: str) -> None:
    """Both join. Joining is answered by nothing, so each reports, as players do, until the other has heard it."""
    for speaker, listener, name in ((one, two, "first"), (two, one, "second")):
        for position in range(1, 100):
            await speaker.say_as_written(shapes.SYNC, room_id=room, username=name, current_time=position)
            await listener.say_as_written(shapes.SYNC, room_id=room, username="listening", current_time=position)
            try:
                await listener.next("sync", username=name, within=0.2)
                break
            except AssertionError:
                continue
        else:
            raise AssertionError(f"{name} was never heard")
    for socket in (one, two):
        await socket.silent(0.3, "error")
        socket.kept.clear()


# Who are you ------------------------------------------------------------------------------------------------------------


async def test_ways_to_sign_in(place: Place) -> None:
    """Besides the contract's header: a subprotocol, a first frame, the join. Each is proven by the name that appears."""
    room, alice = f"movie-{place.films[0]}", place.alice

    async def proven(socket: Any, way: str) -> None:
        await socket.say_as_written(shapes.ROOM_MESSAGE_IN, room_id=room, username="not me", content=way)
        heard = await socket.next("message", content=way)
        assert (way, heard["username"], heard["verified"]) == (way, alice.username, True)

    async with listening(place.server, "/ws/chat", subprotocols=["bearer", alice.token]) as socket:
        assert socket.subprotocol == "bearer"
        await proven(socket, "by subprotocol")
    async with listening(place.server, "/ws/chat") as socket:
        await socket.say({"type": "auth", "token": alice.token})
        await proven(socket, "by frame")
    async with listening(place.server, "/ws/chat") as socket:
        await socket.say({"type": "join", "room_id": room, "username": "x", "token": alice.token})
        await proven(socket, "by join")


async def test_a_bad_token_in_the_header_is_refused_at_the_handshake(place: Place) -> None:
    for path in ("/ws/chat", "/ws/sync", "/ws/presence"):
        await refused_at_the_handshake(place, path, "no.such.token")
    for kind, token in bad_tokens(place.server, place.bob).items():
        if kind == "long":
            continue  # No handshake has so much room; see below.
        await refused_at_the_handshake(place, "/ws/chat", token)
    for person in place.gone.values():
        await refused_at_the_handshake(place, "/ws/chat", person.token)


async def refused_at_the_handshake(place: Place, path: str, token: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(place.server, path, token=token)
    assert refused.value.response.status_code == (403 if place.is_daphne else 401), token
    if not place.is_daphne:
        shapes.assert_matches(shapes.ERROR | {"code": 401, "error": "bad_token"}, json.loads(refused.value.response.body))


async def test_a_head_without_an_end_is_refused_too(place: Place) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(place.server, "/ws/chat", token="x" * 10_000)
    assert 400 <= refused.value.response.status_code < 500


async def test_a_bad_token_by_any_other_way_closes_4501(place: Place) -> None:
    for carrier in ("auth", "join", "subprotocol"):
        for path in ("/ws/chat", "/ws/sync"):
            subprotocols = ["bearer", "no.such.token"] if carrier == "subprotocol" else []
            async with listening(place.server, path, subprotocols=subprotocols) as socket:
                if carrier == "auth":
                    await socket.say({"type": "auth", "token": "no.such.token"})
                elif carrier == "join":
                    await socket.say(shapes_join(place) | {"token": "no.such.token"})
                await socket.refused(401, "bad_token")
                assert await socket.closed() == 4501


def shapes_join(place: Place) -> dict[str, Any]:
    return {"type": "join", "room_id": f"movie-{place.films[0]}", "username": "x"}


async def test_logging_out_ends_the_socket(place: Place) -> None:
    alice = new_person(place.server, "alice")
    async with listening(place.server, "/ws/chat", alice) as socket:
        assert request(place.server, "POST", "/auth/logout", person=alice).status_code == 200
        assert await socket.closed() == 4501


async def test_logging_a_device_out_ends_its_sockets(place: Place) -> None:
    alice = new_person(place.server, "alice")
    body = {"device_id": "phone", "device_name": "n", "device_type": "t"}
    ask(place.server, shapes.REGISTER_DEVICE, body, person=alice)
    async with listening(place.server, "/ws/chat", alice) as socket:
        await proven_alive(socket, place)
        assert request(place.server, "DELETE", "/devices/phone", person=alice).status_code == 200
        assert await socket.closed() == 4501


# Bad frames: an error each, and the socket lives ------------------------------------------------------------------------


FEW = 25
"""Fewer than what counts as a flood of refused frames."""


async def proven_alive(socket: Any, place: Place) -> None:
    room = f"movie-{place.films[2]}"
    await socket.say_as_written(shapes.ROOM_MESSAGE_IN, room_id=room, username="alive", content="still here")
    await socket.next("message", room_id=room, content="still here")


def bad_frames(place: Place) -> list[tuple[str | bytes | dict[str, Any], int, str | None]]:
    """Frames for /ws/chat of a guest: (frame, code, slug where only one will do)."""
    message = {"type": "message", "room_id": f"movie-{place.films[2]}", "username": "guest", "content": "x"}
    deep = "[" * 20_000 + "]" * 20_000

    def without(name: str) -> dict[str, Any]:
        return {other: value for other, value in message.items() if other != name}

    return [
        ("", 400, None),
        ("{", 400, "malformed"),
        ("[]", 400, None),
        ("null", 400, None),
        ('"message"', 400, None),
        ("NaN", 400, "malformed"),
        (deep, 400, None),
        (f'{{"type": "message", "content": {deep}}}', 400, None),
        (b"binary", 400, None),
        ({}, 400, None),
        ({"type": None}, 400, None),
        ({"type": 1}, 400, None),
        ({"type": ["message"]}, 400, None),
        ({"type": "no such type"}, 400, "unknown_type"),
        ({"type": "_private"}, 400, "unknown_type"),
        ({"type": "websocket.close"}, 400, "unknown_type"),
        ({"type": "chat.message"}, 400, "unknown_type"),
        ({"type": "resume", "since": {}}, 400, "unknown_type"),
        ({"type": "sync", "room_id": message["room_id"], "username": "x", "current_time": 1}, 400, "unknown_type"),
        ({"type": "join"}, 400, "invalid"),
        ({"type": "message"}, 401, "not_authenticated"),
        (without("content"), 400, "invalid"),
        (without("username"), 400, "invalid"),
        *((message | {name: wrong}, 400, "invalid") for name in ("username", "content") for wrong in (None, 1, [], {})),
        *((message | {"room_id": wrong}, 400, "invalid") for wrong in (1, [], {}, True)),
        *((message | {"content": text}, 400, "invalid") for text in ("", "  ", "\x00", "x" * 8001)),
        *((message | {"username": text}, 400, "invalid") for text in ("", " ", "x" * 33, "\u202e")),
        ('{"type":"message","room_id":"movie-1","username":"x","content":"\\ud800"}', 400, None),
        *((message | {"room_id": room}, 404, "not_found") for room in ("movie-0", "movie-999999999", "movie--1", "nowhere")),
        (message | {"room_id": f"movie-{2**70}"}, 404, "not_found"),
        (message | {"room_id": f"movie-{place.hidden_film}"}, 404, "not_found"),
        (
            {"type": "message", "recipient": place.bob.username, "content": "x", "message_type": "text"},
            401,
            "not_authenticated",
        ),
        ({"type": "message", "group_id": 1, "content": "x", "message_type": "text"}, 401, "not_authenticated"),
    ]


async def test_bad_chat_frames(place: Place) -> None:
    frames = bad_frames(place)
    for start in range(0, len(frames), FEW):
        async with listening(place.server, "/ws/chat") as guest:
            for frame, code, slug in frames[start : start + FEW]:
                await guest.say(frame)
                refused = await guest.next("error")
                assert (refused["code"], slug or refused["error"]) == (code, refused["error"]), (frame, refused)
            await proven_alive(guest, place)
            assert guest.kept == []


async def test_bad_private_frames(place: Place) -> None:
    message = {"type": "message", "recipient": place.bob.username, "content": "x", "message_type": "text"}
    frames: list[tuple[dict[str, Any], int]] = [
        (message | {"recipient": "nobody_at_all"}, 404),
        (message | {"recipient": place.alice.username}, 400),
        (message | {"recipient": 1}, 400),
        (message | {"recipient": ""}, 400),
        (message | {"content": ""}, 400),
        (message | {"content": ["x"]}, 400),
        (message | {"message_type": 1}, 400),
        (message | {"message_type": "x" * 33}, 400),
        (message | {"file_id": "00000000-0000-4000-8000-000000000000"}, 400),
        (message | {"client_id": "x" * 65}, 400),
        ({"type": "message", "group_id": 999999999, "content": "x", "message_type": "text"}, 404),
        ({"type": "message", "group_id": 2**70, "content": "x", "message_type": "text"}, 404),
    ]
    before = ask(place.server, shapes.LIST_PRIVATE, person=place.bob, username=place.alice.username)
    async with listening(place.server, "/ws/chat", place.alice) as alice:
        for frame, code in frames:
            await alice.say(frame)
            refused = await alice.next("error")
            assert refused["code"] in {code, 404 if "file_id" in frame or "group_id" in frame else code}, (frame, refused)
        await proven_alive(alice, place)
    assert ask(place.server, shapes.LIST_PRIVATE, person=place.bob, username=place.alice.username) == before


async def test_bad_sync_frames(place: Place) -> None:
    room = f"movie-{place.films[2]}"
    sync = {"type": "sync", "room_id": room, "username": "guest", "current_time": 1.5}
    head = f'{{"type":"sync","room_id":"{room}","username":"guest","current_time":'
    async with listening(place.server, "/ws/sync") as one, listening(place.server, "/ws/sync") as two:
        await meet(one, two, room)
        for position in ("NaN", "Infinity", "-Infinity", "1e999", "-1", "1e300", "null", "true", '"5"', "[]", "{}"):
            await one.say(f"{head}{position}}}")
            await one.refused(400)
        for frame in (sync | {"room_id": "movie-0"}, sync | {"room_id": f"movie-{place.hidden_film}"}):
            await one.say(frame)
            await one.refused(404, "not_found")
        await one.say({"type": "message", "room_id": room, "username": "x", "content": "wrong socket"})
        await one.refused(400, "unknown_type")
        await two.silent(0.2, "sync", username="guest")
        await one.say(sync | {"current_time": 2.5})
        await two.next("sync", username="guest", current_time=2.5)


async def test_presence_wants_to_know_who_you_are(place: Place) -> None:
    async with listening(place.server, "/ws/presence") as socket:
        await socket.say({"type": "subscribe", "users": [place.bob.username]})
        await socket.refused(401, "not_authenticated")
        await socket.say({"type": "auth", "token": place.alice.token})
        await socket.say({"type": "subscribe", "users": [place.alice.username]})
        await socket.next("status", user=place.alice.username)


async def test_a_frame_that_is_too_large(place: Place) -> None:
    async with listening(place.server, "/ws/chat") as socket:
        await socket.say({"type": "message", "room_id": "movie-1", "username": "x", "content": "x" * 70_000})
        assert await socket.closed() == (4009 if place.is_daphne else 1009)


async def test_a_text_frame_that_is_no_text(place: Place) -> None:
    async with listening(place.server, "/ws/chat") as socket:
        await socket.connection.send(b'{"type": "\xff\xfe"}', text=True)
        assert await socket.closed() == (1006 if place.is_daphne else 1007)


async def test_unknown_socket_paths_are_refused(place: Place) -> None:
    for path in ("/ws", "/ws/other", "/ws/chat/deeper", "/"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(place.server, path)
        assert 400 <= refused.value.response.status_code < 500

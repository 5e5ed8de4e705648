"""What v2 adds on /ws/chat: hello, acks, changes, receipts, typing, catching up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.realtime.house import House, Person, Place
from tests.realtime.people import Open
from tests.realtime.talking import enter, fresh, private_message, refused, room_message
from tests.rig.sockets import Frame, Socket


async def sent(socket: Socket, frame: dict[str, Any]) -> Frame:
    """Send and wait until it is stored: the ack."""
    client_id = fresh("id")
    await socket.say(frame | {"client_id": client_id})
    return await socket.next("ack", client_id=client_id)


# Hello ----------------------------------------------------------------------------------------------------------------


async def test_the_subprotocol_or_a_hello_opens_the_second_version(alice: Person, chat: Open) -> None:
    socket, guest = await chat(alice, subprotocols=["matinee.v2"]), await chat()
    hello = await socket.next("hello")
    assert (socket.subprotocol, hello["user"], hello["heartbeat_s"]) == ("matinee.v2", alice.username, 20)
    assert hello["limits"] == {"frame_bytes": 65_536, "content_chars": 8_000, "message_burst": 20}
    await guest.say({"type": "ping", "t0": 1})
    await refused(guest, 400, "unknown_type", ref="ping")
    await guest.say({"type": "hello", "device_id": "x" * 500})
    assert (await guest.next("hello"))["user"] is None
    await guest.say({"type": "ping", "t0": 1.25})
    pong = await guest.next("pong")
    assert (pong["t0"], pong["t1"] <= pong["t2"]) == (1.25, True)
    assert abs(hello["server_time"] - pong["t1"]) < 600_000


# Sending --------------------------------------------------------------------------------------------------------------


async def test_a_retry_is_answered_with_the_first_message(alice: Person, bob: Person, chat: Open) -> None:
    sender, mine_too, other = await chat(alice, v2=True), await chat(alice), await chat(bob)
    frame = private_message(bob.username, "once", client_id="same")
    for duplicate in (False, True, True):
        await sender.say(frame)
        ack = await sender.next("ack", client_id="same")
        assert (ack["duplicate"], ack["seq"]) == (duplicate, 1)
    again = await chat(alice, v2=True)
    await again.say(frame)
    assert (await again.next("ack", client_id="same"))["id"] == ack["id"]
    await sender.say(frame | {"content": "something else"})
    await refused(sender, 409, "conflict", ref="same")
    await sent(sender, private_message(bob.username, "last"))
    for socket in (mine_too, other):
        await socket.next("message", content="once")
        await socket.next("message", content="last")
        assert not [kept for kept in socket.kept if kept["type"] == "message"]
    await sender.silent(0.1, "message")


async def test_answers_come_in_the_order_of_frames(alice: Person, bob: Person, place: Place, chat: Open) -> None:
    group = alice.call_here("POST", "/groups", {"name": "g", "description": ""})
    socket = await chat(alice, v2=True)
    for number in range(60):
        client_id = f"f{number}"
        frames: list[dict[str, Any]] = [
            private_message(bob.username, f"{number}"),
            room_message(place.room_id, f"{number}"),
            {"type": "message", "group_id": group["id"], "content": f"{number}"},
            private_message(bob.username, "  "),
            {"type": "no such type"},
            private_message("nobody at all", "x"),
        ]
        await socket.say(frames[number % 6] | {"client_id": client_id})
    answers: list[tuple[str, str]] = []
    while len(answers) < 60:
        frame = await socket.next()
        if frame["type"] in ("ack", "error"):
            answers.append((frame["type"], frame.get("client_id") or frame["ref"]))
    assert answers == [("ack" if number % 6 < 3 else "error", f"f{number}") for number in range(60)]


async def test_what_rest_does_sockets_hear(house: House, alice: Person, bob: Person, chat: Open) -> None:
    new, old, sender_too = await chat(bob, v2=True), await chat(bob), await chat(alice, v2=True)
    body = {"recipient": bob.username, "content": "draft", "message_type": "text", "content_type": "text/plain"}
    message = alice.call(house.server, "POST", "/messages/private", body)
    for socket in (new, old, sender_too):
        heard = await socket.next("message", id=message["id"])
        assert (heard["sender"], heard["recipient"], heard["content"]) == (alice.username, bob.username, "draft")
    alice.call(house.server, "PATCH", f"/messages/{message['id']}", {"content": "final"})
    for socket in (new, sender_too):
        change = await socket.next("change")
        assert (change["message"]["id"], change["message"]["content"], change["change"]) == (message["id"], "final", 2)
        assert change["message"]["edited_at"] is not None
    alice.call(house.server, "DELETE", f"/messages/{message['id']}")
    for socket in (new, sender_too):
        change = await socket.next("change")
        assert (change["message"]["content"], change["message"]["deleted"], change["change"]) == ("", True, 3)
    await old.silent(0.2, "change")


# Receipts and typing --------------------------------------------------------------------------------------------------


async def test_delivered_by_itself_and_read_when_told(house: House, alice: Person, bob: Person, chat: Open) -> None:
    sender, reader, old = await chat(alice, v2=True), await chat(bob, v2=True), await chat(alice)
    ack = await sent(sender, private_message(bob.username, "hello"))
    conversation_id = ack["conversation_id"]
    receipt = await sender.next("receipt", user=bob.username)
    assert (receipt["conversation_id"], receipt["delivered_seq"], receipt["read_seq"]) == (conversation_id, 1, 0)
    await reader.say({"type": "read", "conversation_id": conversation_id, "seq": 1})
    for socket in (sender, reader):
        await socket.next("receipt", user=bob.username, read_seq=1)
    (item,) = alice.call(house.server, "GET", f"/messages/private/{bob.username}")
    assert item["status"] == "read"
    await reader.say({"type": "read", "conversation_id": conversation_id, "seq": 0})
    await reader.say({"type": "received", "conversation_id": conversation_id, "seq": 0})
    await reader.say({"type": "received", "conversation_id": conversation_id, "seq": 99, "client_id": "past"})
    await reader.say({"type": "read", "conversation_id": conversation_id, "seq": 2, "client_id": "beyond"})
    await refused(reader, 400, "invalid", ref="beyond")
    await reader.say({"type": "read", "conversation_id": 2**62, "seq": 1, "client_id": "elsewhere"})
    await refused(reader, 404, "not_found", ref="elsewhere")
    ack = await sent(sender, private_message(bob.username, "again"))
    receipt = await sender.next("receipt", user=bob.username)
    assert (receipt["delivered_seq"], receipt["read_seq"]) == (2, 1)
    await old.silent(0.1, "receipt")


async def test_strangers_have_no_cursors(alice: Person, bob: Person, charlie: Person, chat: Open) -> None:
    sender, stranger = await chat(alice, v2=True), await chat(charlie, v2=True)
    conversation_id = (await sent(sender, private_message(bob.username, "for bob")))["conversation_id"]
    await stranger.say({"type": "read", "conversation_id": conversation_id, "seq": 1})
    await refused(stranger, 404, "not_found")
    await stranger.say({"type": "received", "conversation_id": conversation_id, "seq": 1})
    await stranger.say({"type": "resume", "since": {str(conversation_id): 0}})
    assert (await stranger.next("synced"))["conversations"] == {}
    await sender.silent(0.3, "receipt")


async def test_typing_is_told_to_others_of_the_second_version(alice: Person, bob: Person, place: Place, chat: Open) -> None:
    group = alice.call_here("POST", "/groups", {"name": "g", "description": ""})
    alice.call_here("POST", f"/groups/{group['id']}/members", {"username": bob.username})
    writer, new, old = await chat(alice, v2=True), await chat(bob, v2=True), await chat(bob)
    await sent(writer, private_message(bob.username, "hello"))
    for socket in (writer, new, old):
        await enter(socket, place.room_id)
    for where in ({"recipient": bob.username}, {"group_id": group["id"]}, {"room_id": place.room_id}):
        await writer.say({"type": "typing", **where})
        await writer.say({"type": "typing", **where})
        assert await new.next("typing", user=alice.username) == {"type": "typing", "user": alice.username, **where}
    await writer.say({"type": "typing", "recipient": "somebody else"})
    await refused(writer, 400, "invalid", ref="typing")
    for socket in (writer, new, old):
        await socket.silent(0.1, "typing")


# Catching up ----------------------------------------------------------------------------------------------------------


async def test_resume_tells_what_is_new_edited_and_deleted(house: House, alice: Person, bob: Person, chat: Open) -> None:
    sender, reader = await chat(alice, v2=True), await chat(bob, v2=True)
    acks = [await sent(sender, private_message(bob.username, f"m{number}")) for number in range(4)]
    conversation_id = acks[0]["conversation_id"]
    await reader.next("message", content="m3")
    # Or it might be told to who comes back, before what they missed.
    await reader.next("receipt", user=bob.username, delivered_seq=4)
    await reader.close()
    alice.call(house.server, "PATCH", f"/messages/{acks[0]['id']}", {"content": "m0, edited"})
    alice.call(house.server, "DELETE", f"/messages/{acks[1]['id']}")
    await sent(sender, private_message(bob.username, "m4"))
    back = await chat(bob, v2=True)
    await back.say({"type": "resume", "since": {str(conversation_id): acks[3]["change"]}})
    edited, deleted, new = [await back.next() for _ in range(3)]
    assert (edited["type"], edited["message"]["content"], edited["change"]) == ("change", "m0, edited", 5)
    assert (deleted["type"], deleted["message"]["deleted"], deleted["change"]) == ("change", True, 6)
    assert (new["type"], new["content"], new["change"], new["seq"]) == ("message", "m4", 7, 5)
    assert await back.next() == {"type": "synced", "conversations": {str(conversation_id): 7}}
    await sent(sender, private_message(bob.username, "m5"))
    assert (await back.next("message"))["content"] == "m5"


async def test_resume_without_a_cursor_begins_at_what_was_read(alice: Person, bob: Person, chat: Open) -> None:
    sender, reader = await chat(alice, v2=True), await chat(bob, v2=True)
    for number in range(5):
        ack = await sent(sender, private_message(bob.username, f"m{number}"))
    await reader.say({"type": "read", "conversation_id": ack["conversation_id"], "seq": 3})
    await reader.next("receipt", user=bob.username, read_seq=3)
    back = await chat(bob, subprotocols=["bearer", bob.token])
    await back.say({"type": "hello", "since": {}})
    await back.next("hello")
    assert [(await back.next("message"))["content"] for _ in range(2)] == ["m3", "m4"]
    await back.next("synced")
    assert not [frame for frame in back.kept if frame["type"] == "message"]


async def test_a_room_is_caught_up_with_too(alice: Person, place: Place, chat: Open) -> None:
    here, other = await chat(alice, v2=True), await chat()
    await enter(here, place.room_id)
    ack = await sent(here, room_message(place.room_id, "before"))
    await here.close()
    await enter(other, place.room_id, "other")
    for number in range(3):
        await other.say(room_message(place.room_id, f"missed {number}", username="other"))
        await other.next("message", content=f"missed {number}")
    back = await chat(alice, v2=True)
    await back.say({"type": "join", "room_id": place.room_id})
    await back.next("snapshot")
    await back.say({"type": "resume", "since": {str(ack["conversation_id"]): ack["change"]}})
    contents = [(await back.next("message"))["content"] for _ in range(4)]
    assert contents[1:] == ["missed 0", "missed 1", "missed 2"]
    assert (await back.next("synced"))["conversations"][str(ack["conversation_id"])] == ack["change"] + 4


async def test_too_far_behind_begins_anew(alice: Person, bob: Person, chat: Open) -> None:
    sender, reader = await chat(alice, v2=True), await chat(bob, v2=True)
    first = await sent(sender, private_message(bob.username, "first"))
    await reader.close()
    for number in range(501):
        await sender.say(private_message(bob.username, "x", client_id=f"n{number}"))
    await sender.next("ack", client_id="n500", within=60)
    back = await chat(bob, v2=True)
    since = {str(first["conversation_id"]): first["change"]}
    await back.say({"type": "resume", "since": since})
    # Receipts may come between: some of it reached the socket that was closing.
    assert await back.next("resync") == {"type": "resync", "reason": "too_far_behind"}
    await sent(sender, private_message(bob.username, "live goes on"))
    assert (await back.next("message"))["content"] == "live goes on"
    await back.say({"type": "resume", "since": {str(first["conversation_id"]): first["change"] + 2}})
    for number in range(500):
        assert (await back.next("message"))["seq"] == 4 + number
    await back.next("synced")


@pytest.mark.parametrize("since", [{"x": 1}, {"1": -1}, {"-1": 1}, {"１": 1}, {"9" * 30: 1}, {"1": 2**63}])
async def test_odd_cursors_are_refused(alice: Person, chat: Open, since: dict[str, int]) -> None:
    socket = await chat(alice, v2=True)
    await socket.say({"type": "resume", "since": since})
    assert "since" in (await refused(socket, 400, "invalid"))["errors"]


async def test_guests_have_nothing_to_catch_up_with(chat: Open) -> None:
    guest = await chat(v2=True)
    for frame in (
        {"type": "resume", "since": {}},
        {"type": "read", "conversation_id": 1, "seq": 1},
        {"type": "received", "conversation_id": 1, "seq": 1},
        {"type": "typing", "recipient": "bob"},
        private_message("bob", "hello"),
        {"type": "message", "group_id": 1, "content": "hello"},
    ):
        await guest.say(frame)
        await refused(guest, 401, "not_authenticated", ref=frame["type"])

"""Numbers that a client makes up: sequence numbers, cursors and changes are the server's, whatever a frame says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.realtime.house import House, Person, Place
from tests.realtime.people import Open
from tests.realtime.talking import fresh, private_message, refused, room_message
from tests.rig.sockets import Frame, Socket

FORGED: dict[str, Any] = {
    "id": 1, "seq": 10**9, "change": 10**9, "conversation_id": 1, "timestamp": "1999-12-31T23:59:59.000Z", "sender": "bob",
    "verified": False, "edited_at": "1999-12-31T23:59:59.000Z", "deleted": True, "duplicate": True, "origin": "x", "file": {},
}  # fmt: skip


async def acked(socket: Socket, frame: Frame) -> Frame:
    client_id = fresh("id")
    await socket.say(frame | {"client_id": client_id})
    return await socket.next("ack", client_id=client_id)


async def test_forged_numbers_count_for_nothing(house: House, alice: Person, bob: Person, place: Place, chat: Open) -> None:
    sender, reader = await chat(alice, v2=True), await chat(bob, v2=True)
    first = await acked(sender, private_message(bob.username, "first"))
    second = await acked(sender, private_message(bob.username, "second") | FORGED)
    third = await acked(sender, private_message(bob.username, "third"))
    assert [(ack["seq"], ack["change"]) for ack in (first, second, third)] == [(1, 1), (2, 2), (3, 3)]
    for seq, content in enumerate(("first", "second", "third"), start=1):
        heard = await reader.next("message")
        assert (heard["seq"], heard["content"], heard["sender"]) == (seq, content, alice.username)
        assert heard["timestamp"] > "2020"
        assert not {"deleted", "edited_at", "file"} & set(heard)
    said = await acked(sender, room_message(place.room_id, "here") | FORGED)
    assert (said["seq"], said["duplicate"]) == (1, False)


async def test_resuming_from_the_future(house: House, alice: Person, bob: Person, chat: Open) -> None:
    """`synced` says where things stand, so the client learns that it was wrong, and what is said next arrives."""
    sender, reader = await chat(alice, v2=True), await chat(bob, v2=True)
    conversation_id = (await acked(sender, private_message(bob.username, "now")))["conversation_id"]
    await reader.next("message", content="now")
    for future in (2, 10**9, 2**63 - 1):
        await reader.say({"type": "resume", "since": {str(conversation_id): future}})
        assert (await reader.next("synced"))["conversations"][str(conversation_id)] == 1
    await acked(sender, private_message(bob.username, "later"))
    assert (await reader.next("message"))["content"] == "later"
    await reader.say({"type": "resume", "since": {str(conversation_id): 1}})
    assert (await reader.next("message"))["content"] == "later"
    assert (await reader.next("synced"))["conversations"] == {str(conversation_id): 2}


async def test_resuming_what_is_not_yours(house: House, alice: Person, bob: Person, place: Place, chat: Open) -> None:
    """Naming every conversation there is tells nothing of others' and nothing of rooms one is not in."""
    sender, stranger = await chat(alice, v2=True), await chat(house.person("charlie"), v2=True)
    theirs = [(await acked(sender, private_message(bob.username, "secret")))["conversation_id"]]
    theirs.append((await acked(sender, room_message(place.room_id, "in the room")))["conversation_id"])
    await stranger.say({"type": "resume", "since": {str(number): 0 for number in range(1, max(theirs) + 1)}})
    await stranger.next("synced")
    assert not [frame for frame in stranger.kept if frame["type"] in ("message", "change")]


CURSORS = [-1, -(2**63), -(2**70), 2**62, 2**63 - 1, 2**63, 2**70]


async def refused_refs(socket: Socket, frames: list[Frame]) -> set[str]:
    """Say all of them; the ids of those that were refused, each as a mistake of the client's."""
    for frame in frames:
        await socket.say(frame)
    await socket.say({"type": "ping", "t0": 0})
    await socket.next("pong")
    errors = [frame for frame in socket.kept if frame["type"] == "error"]
    socket.kept.clear()
    assert {error["code"] for error in errors} <= {400, 404}, errors
    return {error["ref"] for error in errors}


async def read_until(socket: Socket, person: Person, seq: int) -> list[int]:
    """The `read_seq` of each receipt of that person, oldest first, up to the one that says `seq`. What arrived may be told
    before, at once or in steps.
    """
    told = [(await socket.next("receipt", user=person.username))["read_seq"]]
    while told[-1] < seq:
        told.append((await socket.next("receipt", user=person.username))["read_seq"])
    return told


@pytest.mark.parametrize("kind", ["read", "received"])
async def test_cursors_only_go_forward_and_never_beyond(
    house: House, alice: Person, bob: Person, chat: Open, kind: str
) -> None:
    sender, reader = await chat(alice, v2=True), await chat(bob, v2=True)
    for number in range(4):
        conversation_id = (await acked(sender, private_message(bob.username, f"{number}")))["conversation_id"]
    at = {"type": kind, "conversation_id": conversation_id}
    await reader.say({**at, "seq": 3})
    if kind == "read":
        assert set(await read_until(sender, bob, 3)) <= {0, 3}
    refs = await refused_refs(reader, [{**at, "seq": number, "client_id": f"{number}"} for number in CURSORS])
    # Backwards changes nothing, and is no mistake of a client that was away; beyond the last message is one.
    assert not refs & {str(number) for number in CURSORS if -(2**63) <= number < 0}
    assert kind == "received" or refs >= {str(number) for number in CURSORS if number > 0}
    elsewhere = [{"type": kind, "conversation_id": number, "seq": 1, "client_id": f"{number}"} for number in CURSORS]
    refs = await refused_refs(reader, elsewhere)
    assert kind == "received" or refs == {str(number) for number in CURSORS}
    for number in (2, 1, 0):
        await reader.say({**at, "seq": number})
    # Every receipt from here on says at least what was true before.
    await reader.say({"type": "read", "conversation_id": conversation_id, "seq": 4})
    assert set(await read_until(sender, bob, 4)) <= {3 if kind == "read" else 0, 4}
    (*_, item) = alice.call(house.server, "GET", f"/messages/private/{bob.username}")
    assert item["status"] == "read"


async def test_a_client_id_of_somebody_else_is_nobodys(house: House, alice: Person, bob: Person, chat: Open) -> None:
    """The same id of two people is two messages; the same id with other words is a conflict."""
    hers, his = await chat(alice, v2=True), await chat(bob, v2=True)
    await hers.say(private_message(bob.username, "hers", client_id="same"))
    await his.say(private_message(alice.username, "his", client_id="same"))
    first, second = await hers.next("ack", client_id="same"), await his.next("ack", client_id="same")
    assert first["id"] != second["id"]
    await his.say(private_message(alice.username, "forged", client_id="same"))
    await refused(his, 409, ref="same")
    assert not [frame for frame in his.kept if frame.get("client_id") == "same" and frame["type"] == "message"]


async def test_a_reply_to_what_one_cannot_see(house: House, alice: Person, bob: Person, chat: Open) -> None:
    sender, stranger = await chat(alice, v2=True), await chat(house.person("charlie"), v2=True)
    secret = await acked(sender, private_message(bob.username, "secret"))
    for made_up in (secret["id"], 0, -1, 2**63 - 1, 2**70):
        frame = private_message(bob.username, "well?", reply_to=made_up, client_id=f"to {made_up}")
        await stranger.say(frame)
        assert (await stranger.next("error", ref=f"to {made_up}"))["code"] in (400, 404)

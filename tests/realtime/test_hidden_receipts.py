"""Who hides how far they read: over real sockets, others hear what arrives and nothing of what is read."""

from __future__ import annotations

from tests.realtime.house import Person
from tests.realtime.people import Open
from tests.realtime.talking import fresh
from tests.rig.sockets import Frame, Socket


def show_receipts(person: Person, is_shown: bool) -> None:
    person.call_here("PATCH", "/api/user", {"shows_receipts": is_shown})


async def said(socket: Socket, **where: object) -> Frame:
    """Something said there, once it is stored: the ack."""
    client_id = fresh("id")
    await socket.say({"type": "message", "content": client_id, "client_id": client_id, **where})
    return await socket.next("ack", client_id=client_id)


async def read(socket: Socket, reader: Person, ack: Frame) -> None:
    """Up to that message, and heard of on this socket of the reader."""
    await socket.say({"type": "read", "conversation_id": ack["conversation_id"], "seq": ack["seq"]})
    await socket.next("receipt", user=reader.username, read_seq=ack["seq"])


async def heard(socket: Socket, reader: Person, delivered_seq: int) -> list[int]:
    """The `read_seq` of each receipt of that reader, up to the one that says that so much has arrived."""
    told = []
    while True:
        receipt = await socket.next("receipt", user=reader.username)
        told.append(receipt["read_seq"])
        if receipt["delivered_seq"] == delivered_seq:
            return told


async def test_of_who_hides_others_hear_what_arrives_and_nothing_else(alice: Person, bob: Person, chat: Open) -> None:
    writer, reader, other = await chat(alice, v2=True), await chat(bob, v2=True), await chat(bob, v2=True)
    first = await said(writer, recipient=bob.username)
    assert await heard(writer, bob, 1) == [0]
    show_receipts(bob, False)
    await read(reader, bob, first)
    await other.next("receipt", user=bob.username, read_seq=1)
    await said(writer, recipient=bob.username)
    # Had the reading been told, it would have come before.
    assert await heard(writer, bob, 2) == [0]
    # In return bob does not hear how far alice has read.
    answer = await said(reader, recipient=alice.username)
    assert await heard(reader, alice, 3) == [0]
    await read(writer, alice, answer)
    await said(reader, recipient=alice.username)
    assert await heard(reader, alice, 4) == [0]
    back = await chat(alice, v2=True)
    await back.say({"type": "resume", "since": {str(first["conversation_id"]): 0}})
    await back.next("synced")
    assert not [frame for frame in back.kept if frame["type"] == "receipt"]
    show_receipts(bob, True)
    last = await said(writer, recipient=bob.username)
    await read(reader, bob, last)
    await writer.next("receipt", user=bob.username, read_seq=5)


async def test_in_a_group_who_hides_is_not_heard_and_does_not_hear(
    alice: Person, bob: Person, charlie: Person, chat: Open
) -> None:
    group = alice.call_here("POST", "/groups", {"name": "g", "description": ""})["id"]
    for person in (bob, charlie):
        alice.call_here("POST", f"/groups/{group}/members", {"username": person.username})
    writer, hidden, shown = await chat(alice, v2=True), await chat(bob, v2=True), await chat(charlie, v2=True)
    show_receipts(bob, False)
    first = await said(writer, group_id=group)
    for socket in (writer, hidden):
        assert await heard(socket, charlie, 1) == [0]
    for socket in (writer, shown):
        assert await heard(socket, bob, 1) == [0]
    await read(hidden, bob, first)
    await read(shown, charlie, first)
    await writer.next("receipt", user=charlie.username, read_seq=1)
    await said(writer, group_id=group)
    assert await heard(writer, charlie, 2) == [1]
    assert await heard(hidden, charlie, 2) == [0]
    for socket in (writer, shown):
        assert await heard(socket, bob, 2) == [0]

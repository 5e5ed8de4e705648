"""Group messages: heard from joining to leaving, by nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.realtime.house import Person
from tests.realtime.people import Open
from tests.realtime.talking import fresh, refused
from tests.rig.sockets import Socket


@pytest.fixture
def group(alice: Person) -> int:
    """A group of alice's."""
    made: int = alice.call_here("POST", "/groups", {"name": "Friday film", "description": ""})["id"]
    return made


def add(alice: Person, group: int, person: Person) -> None:
    alice.call_here("POST", f"/groups/{group}/members", {"username": person.username})


async def heard_by(sender: Socket, group: int, *sockets: Socket) -> None:
    """Something said in the group arrives at all of these."""
    content = fresh("in the group")
    await sender.say({"type": "message", "group_id": group, "content": content})
    for socket in sockets:
        heard = await socket.next("message", content=content)
        assert heard["group_id"] == group


async def test_somebody_added_hears_at_once_and_somebody_removed_nothing_more(
    alice: Person, bob: Person, charlie: Person, group: int, chat: Open
) -> None:
    owner, old, new, stranger = await chat(alice, v2=True), await chat(bob), await chat(bob, v2=True), await chat(charlie)
    await owner.say({"type": "message", "group_id": group, "content": "before you came", "client_id": "before"})
    await owner.next("ack", client_id="before")
    add(alice, group, bob)
    await heard_by(owner, group, old, new)
    await heard_by(old, group, owner, new)
    alice.call_here("DELETE", f"/groups/{group}/members/{bob.username}")
    assert await new.next("removed") == {"type": "removed", "group_id": group, "reason": "removed"}
    await owner.say({"type": "message", "group_id": group, "content": "after you left", "client_id": "after"})
    await owner.next("ack", client_id="after")
    for socket in (old, new):
        await socket.say({"type": "message", "group_id": group, "content": "let me in"})
        await refused(socket, 404, "not_found")
    add(alice, group, bob)
    await heard_by(owner, group, old, new)
    said = [frame.get("content") for socket in (old, new, stranger) for frame in socket.kept]
    assert "before you came" not in said
    assert "after you left" not in said
    await stranger.silent(0.1, "message")


async def test_ways_to_name_a_group(alice: Person, bob: Person, group: int, chat: Open) -> None:
    add(alice, group, bob)
    sender, reader = await chat(alice), await chat(bob)
    for number, target in enumerate(
        ({"group_id": group}, {"group_id": str(group)}, {"recipient": str(group), "message_type": "group"})
    ):
        await sender.say({"type": "message", "content": f"way {number}", **target})
        heard = await reader.next("message", content=f"way {number}")
        assert (heard["group_id"], heard["sender"]) == (group, alice.username)
    wrong: list[Any] = ["x", "", "1.5", -1, 0, 2**70, "١"]
    for target in wrong:
        await sender.say({"type": "message", "content": "hello", "group_id": target})
        assert (await sender.next("error"))["code"] in (400, 404)


async def test_a_group_one_is_not_in_does_not_exist(alice: Person, bob: Person, group: int, chat: Open) -> None:
    member, stranger = await chat(alice, v2=True), await chat(bob, v2=True)
    for frame in (
        {"type": "message", "group_id": group, "content": "hello"},
        {"type": "message", "group_id": group + 10_000, "content": "hello"},
    ):
        await stranger.say(frame)
        await refused(stranger, 404, "not_found")
    await stranger.say({"type": "typing", "group_id": group})
    await refused(stranger, 400, "invalid")
    await member.silent(0.1, "message")


async def test_changes_and_receipts_are_heard_in_a_group(alice: Person, bob: Person, group: int, chat: Open) -> None:
    add(alice, group, bob)
    sender, reader = await chat(alice, v2=True), await chat(bob, v2=True)
    await sender.say({"type": "message", "group_id": group, "content": "hello", "client_id": "a"})
    ack = await sender.next("ack", client_id="a")
    await reader.next("message", content="hello")
    await sender.next("receipt", user=bob.username, delivered_seq=1)
    await reader.say({"type": "read", "conversation_id": ack["conversation_id"], "seq": 1})
    await sender.next("receipt", user=bob.username, read_seq=1)
    alice.call_here("PATCH", f"/messages/{ack['id']}", {"content": "hello, all"})
    assert (await reader.next("change"))["message"]["content"] == "hello, all"


async def test_an_edit_tells_nobody_what_was_said_before_they_came(alice: Person, bob: Person, group: int, chat: Open) -> None:
    owner, new = await chat(alice, v2=True), await chat(bob, v2=True)
    await owner.say({"type": "message", "group_id": group, "content": "a secret", "client_id": "before"})
    ack = await owner.next("ack", client_id="before")
    add(alice, group, bob)
    await heard_by(owner, group, new)
    alice.call_here("PATCH", f"/messages/{ack['id']}", {"content": "still a secret"})
    await owner.next("change")
    await heard_by(owner, group, new)
    assert not [frame for frame in new.kept if frame["type"] == "change"]

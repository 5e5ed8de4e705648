"""The Python client against a real server, which is killed meanwhile."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from clients.python.matinee_client import Client, Ended, Frame, Refused
from tests.clients.conftest import PATIENCE, Connect, Listener, Phoenix
from tests.realtime.house import Person

AT_ONCE = 3
"""Messages under way at any moment."""
MOST_IN_THE_ROOM = 45
"""A guest's way to catch up is the room's snapshot, which holds 50."""


class Talker:
    """Keeps sending, a few at a time, until told to stop."""

    def __init__(self, client: Client, recipient: str, room_id: str) -> None:
        self.acks: dict[str, Frame] = {}
        self._client = client
        self._places = [{"recipient": recipient}, {"room_id": room_id}]
        self._counts = [0, 0]
        self._stopping = False
        self._tasks = [asyncio.create_task(self._talk()) for _ in range(AT_ONCE)]

    async def _talk(self) -> None:
        while not self._stopping:
            where = 1 if self._counts[1] * 2 <= self._counts[0] and self._counts[1] < MOST_IN_THE_ROOM else 0
            self._counts[where] += 1
            content = f"{'room' if where else 'private'} {self._counts[where]}"
            self.acks[content] = await self._client.send(**self._places[where], content=content)

    async def until_acked(self, more: int) -> None:
        goal = len(self.acks) + more
        async with asyncio.timeout(PATIENCE):
            while len(self.acks) < goal:
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._stopping = True
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*self._tasks)

    def said(self, kind: str) -> list[list[object]]:
        """[seq, content] of what was acknowledged, by sequence."""
        return sorted([ack["seq"], content] for content, ack in self.acks.items() if content.startswith(kind))


async def test_a_server_that_is_killed_loses_and_doubles_nothing(
    phoenix: Phoenix, alice: Person, bob: Person, connect: Connect
) -> None:
    address, room_id = phoenix.server.ws_url, phoenix.house.place().room_id
    to_bob, to_guest = Listener(), Listener()
    sender = await connect(address, token=alice.token)
    receiver = await connect(address, token=bob.token, on_frame=to_bob)
    guest = await connect(address, on_frame=to_guest)
    room = (await sender.join(room_id))["room"]["conversation_id"]
    await receiver.join(room_id)
    await guest.join(room_id, "charlie")

    talker = Talker(sender, bob.username, room_id)
    await talker.until_acked(20)
    phoenix.rise_again()
    await talker.until_acked(20)
    await talker.stop()

    private = next(ack["conversation_id"] for content, ack in talker.acks.items() if content.startswith("private"))
    await to_bob.until(lambda: len(to_bob.heard(private)) >= len(talker.said("private")))
    await to_bob.until(lambda: len(to_bob.heard(room)) >= len(talker.said("room")))
    await to_guest.until(lambda: len(to_guest.heard(room)) >= len(talker.said("room")))
    for conversation_id, kind in ((private, "private"), (room, "room")):
        stored = await asyncio.to_thread(phoenix.stored, conversation_id)
        assert stored == talker.said(kind)
        assert [seq for seq, _ in stored] == list(range(1, len(stored) + 1))
        assert to_bob.heard(conversation_id) == stored
    assert to_guest.heard() == to_bob.heard(room)


async def test_a_refused_send_raises_and_changes_nothing_else(
    phoenix: Phoenix, alice: Person, bob: Person, connect: Connect
) -> None:
    client = await connect(phoenix.server.ws_url, token=alice.token)
    with pytest.raises(Refused) as unknown:
        await client.send(recipient="nobody-of-that-name", content="hello")
    assert (unknown.value.code, unknown.value.error) == (404, "not_found")
    with pytest.raises(Refused) as large:
        await client.send(recipient=bob.username, content="x" * 70_000)
    assert (large.value.code, large.value.error) == (413, "too_large")
    with pytest.raises(Refused) as missing:
        await client.join("movie-999999999")
    assert missing.value.code == 404

    client_id = uuid.uuid4().hex
    first = await client.send(recipient=bob.username, content="hello", client_id=client_id)
    again = await client.send(recipient=bob.username, content="hello", client_id=client_id)
    assert (again["id"], again["duplicate"]) == (first["id"], True)
    with pytest.raises(Refused) as other:
        await client.send(recipient=bob.username, content="something else", client_id=client_id)
    assert other.value.code == 409


async def test_a_login_that_ends_is_final(phoenix: Phoenix, alice: Person, bob: Person, connect: Connect) -> None:
    client = await connect(phoenix.server.ws_url, token=alice.token)
    await client.send(recipient=bob.username, content="before")
    await asyncio.to_thread(alice.call, phoenix.server, "POST", "/auth/logout")
    async with asyncio.timeout(PATIENCE):
        ended = await client.ended()
    assert ended.code == 4501
    assert ended.frame is not None
    assert ended.frame["error"] == "bad_token"
    with pytest.raises(Ended):
        await client.send(recipient=bob.username, content="after")
    # A wrong token is told in the same way, and what waited is not left waiting.
    other = await connect(phoenix.server.ws_url, token="no.such.token")
    with pytest.raises(Ended) as refused:
        await other.send(recipient=bob.username, content="never")
    assert refused.value.code == 4501


async def test_cursors_carry_on_where_an_earlier_client_ended(
    phoenix: Phoenix, alice: Person, bob: Person, connect: Connect
) -> None:
    sender = await connect(phoenix.server.ws_url, token=alice.token)
    first, second = Listener(), Listener()
    async with Client(phoenix.server.ws_url, token=bob.token, on_frame=first, proxy=None) as client:
        await sender.send(recipient=bob.username, content="one")
        await first.until(lambda: len(first.heard()) == 1)
    ack = await sender.send(recipient=bob.username, content="two")
    path = f"/messages/{ack['id']}"
    await asyncio.to_thread(alice.call, phoenix.server, "PATCH", path, {"content": "two, edited"})
    await sender.send(recipient=bob.username, content="three")
    await connect(phoenix.server.ws_url, token=bob.token, on_frame=second, cursors=client.cursors)
    await second.until(lambda: len(second.heard()) == 1)
    told = [frame.get("message", frame)["content"] for frame in second.frames if frame["type"] in ("message", "change")]
    assert told == ["two, edited", "three"]


async def test_groups_people_and_devices(phoenix: Phoenix, alice: Person, bob: Person, connect: Connect) -> None:
    """One's other device hears what one sends; the device that sends hears only the answer."""
    address = phoenix.server.ws_url
    desk, phone, to_bob = Listener(), Listener(), Listener()
    sender = await connect(address, token=alice.token, on_frame=desk)
    await connect(address, token=alice.token, on_frame=phone)
    receiver = await connect(address, token=bob.token, on_frame=to_bob)
    group = await asyncio.to_thread(alice.call, phoenix.server, "POST", "/groups", {"name": "Friday", "description": ""})
    await asyncio.to_thread(alice.call, phoenix.server, "POST", f"/groups/{group['id']}/members", {"username": bob.username})
    await sender.send(group_id=group["id"], content="in the group")
    ack = await sender.send(recipient=bob.username, content="to you")
    answer = await receiver.send(recipient=alice.username, content="to you too")
    assert answer["seq"] == ack["seq"] + 1
    await to_bob.until(lambda: len(to_bob.heard()) == 2)
    await phone.until(lambda: len(phone.heard()) == 3)
    await desk.until(lambda: len(desk.heard()) == 1)
    assert [content for _, content in to_bob.heard()] == ["in the group", "to you"]
    assert desk.heard(ack["conversation_id"]) == [[answer["seq"], "to you too"]]

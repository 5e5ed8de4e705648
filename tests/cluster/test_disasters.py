"""Redis dies, a process dies: nothing that was acknowledged is lost or told twice, and nobody dead seems to be there."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field

from tests.cluster.conftest import Open
from tests.cluster.front import running_front
from tests.realtime.house import Person, make_house
from tests.realtime.talking import enter, fresh, private_message, room_message
from tests.rig.servers import Starter
from tests.rig.sockets import Socket
from tests.rig.stores import Redis

PATIENCE = 60.0
EACH = 120


@dataclass
class Load:
    """Senders who say EACH messages, one after another's acknowledgement, and what was acknowledged: {seq: content}."""

    room_id: str
    acked: dict[int, str] = field(default_factory=dict)
    conversation_id: int = 0

    async def speak(self, socket: Socket, name: str) -> None:
        for number in range(EACH):
            content = f"{name} {number}"
            await socket.say(room_message(self.room_id, content, client_id=content))
            ack = await socket.next("ack", client_id=content, within=PATIENCE)
            assert not ack["duplicate"]
            self.acked[ack["seq"]] = content
            self.conversation_id = ack["conversation_id"]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.acked) < count:
                await asyncio.sleep(0.01)

    async def hear_all(self, socket: Socket, total: int) -> list[tuple[int, str]]:
        return [_of(await socket.next("message", room_id=self.room_id, within=PATIENCE)) for _ in range(total)]


def _of(message: dict[str, object]) -> tuple[int, str]:
    return int(str(message["seq"])), str(message["content"])


async def test_redis_restarted_under_load(start_server: Starter, own_redis: Redis, open_at: Open) -> None:
    first = start_server(REDIS_URL=own_redis.url, HEAL_SECONDS=2)
    second = start_server(beside=first, REDIS_URL=own_redis.url, HEAL_SECONDS=2)
    house = make_house(first, people=4, rooms=1)
    load = Load(house.place().room_id)
    speakers = [await open_at(server, house.person("alice")) for server in (first, second, first, second)]
    listeners = [await open_at(server, house.person("bob")) for server in (first, second)]
    for socket in (*speakers, *listeners):
        await socket.say({"type": "join", "room_id": load.room_id})
        await socket.next("snapshot")
    total = EACH * len(speakers)
    speaking = asyncio.gather(*(load.speak(socket, f"speaker{number}") for number, socket in enumerate(speakers)))
    hearing = asyncio.gather(*(load.hear_all(socket, total) for socket in listeners))
    await load.until(total // 4)
    own_redis.kill()
    await load.until(total // 2)
    own_redis.start_again()
    await speaking
    everything = [(seq, load.acked[seq]) for seq in sorted(load.acked)]
    assert [seq for seq, _content in everything] == list(range(1, total + 1))
    for heard in await hearing:
        assert heard == everything
    # Somebody who was away asks for what was missed, and then hears on like everyone, across processes.
    late = await open_at(second, house.person("charlie"))
    await late.say({"type": "join", "room_id": load.room_id})
    await late.next("snapshot")
    await late.say({"type": "resume", "since": {str(load.conversation_id): 0}})
    await late.next("synced")
    resumed = [_of(frame) for frame in late.kept if frame["type"] == "message"]
    assert resumed == everything
    again = fresh("and on it goes")
    await speakers[0].say(room_message(load.room_id, again))
    for socket in (late, *listeners):
        await socket.next("message", content=again)
    # Whatever was healed twice over would have come before it.
    assert not [frame for socket in listeners for frame in socket.kept if frame["type"] == "message"]


async def test_a_killed_process_takes_its_people_offline(start_server: Starter, open_at: Open) -> None:
    """They come back through the front to the process that lives, and find what was said meanwhile."""
    short = {"PRESENCE_LEASE_SECONDS": 6, "PRESENCE_RENEW_SECONDS": 1, "PRESENCE_GRACE_SECONDS": 1, "HEAL_SECONDS": 2}
    first = start_server(**short)
    second = start_server(beside=first, **short)
    house = make_house(first, people=2, rooms=1)
    room_id, alice, bob, charlie = house.place().room_id, house.person("alice"), house.person("bob"), house.person("charlie")
    for person in (alice, charlie):
        person.call(second, "POST", "/messages/private", private_message(bob.username, "hello"))
    doomed = [await open_at(first, alice), await open_at(first, alice), await open_at(first, charlie), await open_at(first)]
    for number, socket in enumerate(doomed):
        await enter(socket, room_id, f"guest {number}")
    his, watching = await open_at(second, bob), await open_at(second, bob, path="/ws/presence")
    await watching.say({"type": "subscribe", "users": [alice.username, charlie.username]})
    for person in (alice, charlie):
        assert (await watching.next("status", user=person.username))["status"] == "online"
    await his.say({"type": "join", "room_id": room_id})
    assert (await his.next("snapshot"))["members"]["count"] == 4

    with running_front(first, second) as front:
        first.child.send(signal.SIGKILL)
        for person in (alice, charlie):
            assert (await watching.next("status", user=person.username, within=PATIENCE))["status"] == "offline"
        there = 4
        while there > 1:
            there = (await his.next("members", within=PATIENCE))["count"]
        ack = await said(his, private_message(alice.username, "where are you?"))
        back = await open_at(front, alice)
        assert (await watching.next("status", user=alice.username))["status"] == "online"
        await back.say({"type": "resume", "since": {str(ack["conversation_id"]): ack["change"] - 1}})
        assert (await back.next("message"))["content"] == "where are you?"
        await back.next("synced")
        await enter(back, room_id)
        assert alice.username in (await his.next("members"))["joined"]


async def said(socket: Socket, frame: dict[str, object]) -> dict[str, object]:
    client_id = fresh("id")
    await socket.say({**frame, "client_id": client_id})
    return await socket.next("ack", client_id=client_id)


async def test_a_process_that_is_asked_to_go_sends_its_people_to_the_other(start_server: Starter, open_at: Open) -> None:
    """SIGTERM under load: 1012 to all, everything acknowledged is there, and a retry is no second message."""
    first = start_server(DRAIN_SECONDS=1, HEAL_SECONDS=2)
    second = start_server(beside=first, DRAIN_SECONDS=1, HEAL_SECONDS=2)
    house = make_house(first, people=2, rooms=1)
    room_id, alice, bob = house.place().room_id, house.person("alice"), house.person("bob")
    his = await open_at(second, bob)
    await his.say({"type": "join", "room_id": room_id})
    await his.next("snapshot")
    with running_front(first, second) as front:
        stays = await keep_saying(alice, front, room_id, open_at, 60, first.child.send)
    heard = [(await his.next("message", within=PATIENCE))["content"] for _ in range(60)]
    assert heard == stays
    assert first.child.process.wait(30) == 0


async def keep_saying(who: Person, front: object, room_id: str, open_at: Open, count: int, send: object) -> list[str]:
    """A client as it should be: on 1012 it comes back, and says again what was not acknowledged."""
    from websockets.exceptions import ConnectionClosed

    contents, socket, has_ended = [f"word {number}" for number in range(count)], None, False
    for number, content in enumerate(contents):
        if number == count // 3 and not has_ended:
            send(signal.SIGTERM)  # type: ignore[operator]
            has_ended = True
        while True:
            try:
                socket = socket or await open_at(front, who)
                await socket.say(room_message(room_id, content, client_id=content))
                await socket.next("ack", client_id=content)
                break
            except (AssertionError, ConnectionClosed, OSError):
                assert socket is None or socket.connection.close_code == 1012, socket and socket.connection.close_code
                socket = None
    return contents

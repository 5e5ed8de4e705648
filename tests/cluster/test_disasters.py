"""Redis dies, a process dies: nothing that was acknowledged is lost or told twice, and nobody dead seems to be there."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.cluster.conftest import Cluster
from tests.cluster.front import Front, running_front
from tests.realtime.house import Person, Place
from tests.realtime.people import Open
from tests.realtime.steering import given, joined, version
from tests.realtime.talking import enter, fresh, private_message, room_message
from tests.rig.servers import Server, Starter
from tests.rig.sockets import Frame, Socket

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


def _of(message: Frame) -> tuple[int, str]:
    return message["seq"], message["content"]


async def test_redis_restarted_under_load(cluster: Cluster, place: Place, open_at: Open) -> None:
    load, house = Load(place.room_id), cluster.house
    speakers = [await open_at(server, house.person("alice")) for server in cluster.processes * 2]
    listeners = [await open_at(server, house.person("bob")) for server in cluster.processes]
    for socket in (*speakers, *listeners):
        await socket.say({"type": "join", "room_id": load.room_id})
        await socket.next("snapshot")
    total = EACH * len(speakers)
    speaking = asyncio.gather(*(load.speak(socket, f"speaker{number}") for number, socket in enumerate(speakers)))
    hearing = asyncio.gather(*(load.hear_all(socket, total) for socket in listeners))
    await load.until(total // 4)
    cluster.redis.kill()
    await load.until(total // 2)
    cluster.redis.start_again()
    await speaking
    everything = [(seq, load.acked[seq]) for seq in sorted(load.acked)]
    assert [seq for seq, _content in everything] == list(range(1, total + 1))
    for heard in await hearing:
        assert heard == everything
    late = await open_at(cluster.second, house.person("charlie"))
    assert await resumed(late, load) == everything
    again = fresh("and on it goes")
    await speakers[0].say(room_message(load.room_id, again))
    for socket in (late, *listeners):
        await socket.next("message", content=again, within=PATIENCE)
    # Whatever was healed twice over would have come before it.
    assert not [frame for socket in listeners for frame in socket.kept if frame["type"] == "message"]


async def resumed(socket: Socket, load: Load) -> list[tuple[int, str]]:
    """What somebody who was away all the time is told."""
    await socket.say({"type": "join", "room_id": load.room_id})
    await socket.next("snapshot")
    await socket.say({"type": "resume", "since": {str(load.conversation_id): 0}})
    await socket.next("synced", within=PATIENCE)
    return [_of(frame) for frame in socket.kept if frame["type"] == "message"]


async def test_a_killed_process_takes_its_people_offline(
    cluster: Cluster, place: Place, start_server: Starter, open_at: Open
) -> None:
    """They come back through the front to a process that lives, and find what was said meanwhile."""
    doomed = cluster.one_more(start_server)
    alice, bob, charlie = (cluster.house.person(name) for name in ("alice", "bob", "charlie"))
    for person in (alice, charlie):
        person.call(cluster.second, "POST", "/messages/private", private_message(bob.username, "hello"))
    sockets = [await open_at(doomed, who) for who in (alice, alice, charlie, None)]
    for number, socket in enumerate(sockets):
        await enter(socket, place.room_id, f"guest {number}")
    his, watching = await open_at(cluster.second, bob), await open_at(cluster.second, bob, path="/ws/presence")
    await watching.say({"type": "subscribe", "users": [alice.username, charlie.username]})
    for person in (alice, charlie):
        assert (await watching.next("status", user=person.username))["status"] == "online"
    await his.say({"type": "join", "room_id": place.room_id})
    assert set((await his.next("snapshot"))["members"]["users"]) >= {alice.username, charlie.username, "guest 3"}

    with running_front(doomed, cluster.second) as front:
        doomed.child.send(signal.SIGKILL)
        for person in (alice, charlie):
            await watching.next("status", user=person.username, status="offline", within=PATIENCE)
        await his.next("members", count=1, within=PATIENCE)
        ack = await acked(his, private_message(alice.username, "where are you?"))
        back = await open_at(front, alice)
        await watching.next("status", user=alice.username, status="online")
        await back.say({"type": "resume", "since": {str(ack["conversation_id"]): ack["change"] - 1}})
        assert (await back.next("message"))["content"] == "where are you?"
        await back.next("synced")
        await enter(back, place.room_id)
        await his.next("members", joined=[alice.username], left=[], count=2)


async def acked(socket: Socket, frame: Frame) -> Frame:
    client_id = fresh("id")
    await socket.say({**frame, "client_id": client_id})
    return await socket.next("ack", client_id=client_id)


async def test_a_process_that_is_asked_to_go_sends_its_people_to_the_other(
    cluster: Cluster, place: Place, start_server: Starter, open_at: Open
) -> None:
    """SIGTERM while they speak: everything is said once, in order, by a client that comes back and says it again."""
    leaving = cluster.one_more(start_server)
    listener = await open_at(cluster.second, cluster.house.person("bob"))
    await listener.say({"type": "join", "room_id": place.room_id})
    await listener.next("snapshot")
    contents = [f"word {number}" for number in range(60)]
    with running_front(leaving) as alone, running_front(cluster.second) as other:
        alice = Persistent(cluster.house.person("alice"), [alone, other], open_at)
        await alice.say_all(place.room_id, contents[:20])
        leaving.child.send(signal.SIGTERM)
        await alice.say_all(place.room_id, contents[20:])
    heard = [(await listener.next("message", within=PATIENCE))["content"] for _ in contents]
    assert heard == contents
    assert alice.closed_with == [1012]
    assert leaving.child.process.wait(PATIENCE) == 0


async def test_a_process_killed_during_a_film(cluster: Cluster, start_server: Starter, open_at: Open) -> None:
    """The others play on, to the end that the row says, and a command that got no answer may be repeated anywhere."""
    doomed, place = cluster.one_more(start_server), cluster.house.steered_place()
    alice, bob = cluster.house.person("alice"), cluster.house.person("bob")
    leader = await open_at(doomed, alice, path="/ws/sync")
    watcher = await open_at(cluster.second, bob, path="/ws/sync")
    for socket in (leader, watcher):
        await joined(socket, place)
    await given(leader, place, "seek", current_time=590)
    started = await given(leader, place, "play", cmd_id="go")
    await watcher.next("sync", cmd_id="go")
    doomed.child.stop(signal.SIGKILL)
    back = await open_at(cluster.front, alice, path="/ws/sync")
    found = (await joined(back, place))["sync"]
    assert (version(found), found["at"], found["current_time"]) == (version(started), started["at"], 590.0)
    assert version(await given(back, place, "play", cmd_id="go")) == version(started)
    for socket in (watcher, back):
        ended = await socket.next("sync", state="ended", within=PATIENCE)
        assert (ended["at"], ended["rev"]) == (started["at"] + 10_000, started["rev"] + 1)
    again = await given(back, place, "play")
    assert version(await watcher.next("sync", state="playing", current_time=0.0)) == version(again)


class Persistent:
    """A client as it should be: sent away, it goes on elsewhere and says again what was not acknowledged."""

    def __init__(self, who: Person, fronts: list[Front | Server], open_at: Open) -> None:
        self.who, self.fronts, self.open_at = who, fronts, open_at
        self.socket: Socket | None = None
        self.closed_with: list[Any] = []

    async def say_all(self, room_id: str, contents: list[str]) -> None:
        for content in contents:
            while not await self._is_said(room_message(room_id, content, client_id=content)):
                self.fronts = self.fronts[1:]

    async def _is_said(self, frame: Frame) -> bool:
        if self.socket is None:
            self.socket = await self.open_at(self.fronts[0], self.who)
        try:
            await self.socket.say(frame)
            await self.socket.next("ack", client_id=frame["client_id"])
        except (AssertionError, ConnectionClosed):
            self.closed_with.append(self.socket.connection.close_code)
            self.socket = None
            return False
        return True

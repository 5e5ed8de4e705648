"""What people notice when a server ends, kindly or not."""

from __future__ import annotations

import asyncio
import signal

from tests.realtime.house import House, Person, Place, make_house
from tests.realtime.people import Open
from tests.realtime.talking import enter, private_message, room_message
from tests.rig.servers import Starter

LEASE = 4.0


async def test_sigterm_sends_everyone_away_with_1012_and_loses_nothing(
    start_server: Starter, house: House, alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    server = start_server(beside=house.server, DRAIN_SECONDS="0.3")
    sender, reader = await chat(alice, server=server, v2=True), await chat(bob, server=server, v2=True)
    others = [await chat(server=server), await chat(bob, server=server, path="/ws/sync")]
    others.append(await chat(bob, server=server, path="/ws/presence"))
    await enter(sender, place.room_id)
    await enter(reader, place.room_id)
    for number in range(30):
        await sender.say(room_message(place.room_id, f"{number}", client_id=f"{number}"))
    await sender.next("ack", client_id="0")
    server.child.send(signal.SIGTERM)
    assert [await socket.closed() for socket in (sender, reader, *others)] == [1012] * 5
    assert await asyncio.to_thread(server.child.process.wait, 60) == 0
    acked = {frame["client_id"] for frame in sender.kept if frame["type"] == "ack" and frame["client_id"]} | {"0"}
    listed = alice.call(house.server, "GET", f"/api/rooms/{place.room_id}/messages?limit=100")["messages"]
    stored = [message["content"] for message in listed if message["content"].isdigit()]
    assert stored == [f"{number}" for number in range(len(stored))]
    assert acked <= set(stored)


async def test_the_people_of_a_killed_server_go_offline(start_server: Starter, chat: Open) -> None:
    """Nobody is left to say so but the other process, when the dead one's lease ends."""
    settings = {"PRESENCE_RENEW_SECONDS": 0.5, "PRESENCE_LEASE_SECONDS": LEASE, "PRESENCE_GRACE_SECONDS": 1}
    dying = start_server(**settings)
    house = make_house(dying, people=1, rooms=1)
    staying = start_server(beside=dying, HEAL_SECONDS=1, **settings)
    alice, bob, place = house.person("alice"), house.person("bob"), house.place()
    on_both = await chat(bob, server=dying, v2=True), await chat(bob, server=staying, v2=True)
    lost = await chat(alice, server=dying, v2=True)
    await lost.say(private_message(bob.username, "hello", client_id="hello"))
    await lost.next("ack", client_id="hello")
    await enter(lost, place.room_id)
    watcher, friend = await chat(bob, server=staying, path="/ws/presence"), await chat(bob, server=staying)
    await watcher.say({"type": "subscribe", "users": [alice.username]})
    await watcher.next("status", user=alice.username, status="online")
    dying.child.stop(signal.SIGKILL)
    for follower in (watcher, friend):
        await follower.next("status", user=alice.username, status="offline", within=60)
    assert not [frame for frame in (*watcher.kept, *friend.kept) if frame.get("user") == bob.username]
    assert await on_both[0].closed() == 1006
    back = await chat(alice, server=staying, v2=True)
    for follower in (watcher, friend):
        await follower.next("status", user=alice.username, status="online")
    await back.say({"type": "join", "room_id": place.room_id})
    assert (await back.next("snapshot"))["members"]["users"] == [alice.username]

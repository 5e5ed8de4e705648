"""The development server speaks v2 too, without prepared frames. (The contracts' frames on daphne: tests/contract.)"""

from __future__ import annotations

import asyncio

import pytest

from tests.realtime.house import House, make_house
from tests.realtime.people import Open
from tests.realtime.steering import joined, report, waits
from tests.realtime.talking import ended, enter, flood, goes_by, private_message, room_message
from tests.rig.servers import Server


@pytest.fixture(scope="module")
def there(daphne_server: Server) -> House:
    return make_house(daphne_server, people=6, rooms=6)


async def test_joining_talking_and_writing(there: House, chat: Open) -> None:
    alice, bob, place, server = there.person("alice"), there.person("bob"), there.place(), there.server
    new, old = await chat(alice, server=server, v2=True), await chat(bob, server=server)
    await enter(old, place.room_id)
    await new.say({"type": "join", "room_id": place.room_id})
    assert len((await new.next("snapshot"))["messages"]) == 1
    await new.say(room_message(place.room_id, "hello", client_id="a"))
    await new.next("ack", client_id="a")
    await old.next("message", content="hello")
    await new.say(private_message(bob.username, "for you", client_id="b"))
    ack = await new.next("ack", client_id="b")
    assert (await old.next("message", content="for you"))["id"] == ack["id"]
    await new.next("receipt", user=bob.username, delivered_seq=1)


async def test_playing_together(there: House, chat: Open) -> None:
    place, server = there.place(), there.server
    host, new = await chat(server=server, path="/ws/sync"), await chat(server=server, path="/ws/sync", v2=True)
    await report(host, place, 5, "host")
    await waits(host, place, "host")
    snapshot = await joined(new, place, "new")
    assert (snapshot["roles"]["host"], snapshot["sync"]["current_time"]) == ("host", 5.0)
    await host.say({"type": "leave", "room_id": place.room_id})
    await new.next("snapshot", roles={"host": "new", "verified": False, "you_are_host": True, "you": "host"})


async def test_close_codes(there: House, chat: Open) -> None:
    alice, place, server = there.person("alice"), there.place(), there.server
    socket, wrong, flooding = await chat(alice, server=server), await chat(server=server), await chat(server=server)
    await wrong.say({"type": "auth", "token": "no.such.token"})
    await ended(wrong, 4501, "bad_token")
    await goes_by(socket, place.room_id, alice.username)
    alice.call_here("POST", "/auth/logout")
    await ended(socket, 4501, "bad_token")
    await flood(flooding, "{")
    await ended(flooding, 4029, "malformed")


async def test_a_burst_arrives_whole_and_in_order(there: House, chat: Open) -> None:
    place, server = there.place(), there.server
    sockets = [await chat(server=server) for _ in range(6)]
    for number, socket in enumerate(sockets):
        await enter(socket, place.room_id, f"guest{number}")
    for n in range(50):
        for number, socket in enumerate(sockets):
            await socket.say(room_message(place.room_id, f"{number}/{n}", username=f"guest{number}"))
    last = [f"{number}/49" for number in range(6)]
    heard: list[list[str]] = []
    for socket in sockets:
        contents: list[str] = []
        async with asyncio.timeout(60):
            while not set(last) <= set(contents):
                contents.append((await socket.next("message"))["content"])
        heard.append([content for content in contents if "/" in content])
    assert all(contents == heard[0] for contents in heard)
    assert len(heard[0]) == 300

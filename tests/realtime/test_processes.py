"""Two server processes on one PostgreSQL, hearing each other through Redis. Left out of the embedded half."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.realtime.house import House, Person, Place
from tests.realtime.people import Open
from tests.realtime.steering import given, joined, says, version, waits
from tests.realtime.talking import ended, enter, fresh, goes_by, private_message, refused, room_message
from tests.rig.servers import Server, Starter
from tests.rig.sockets import Socket
from tests.rig.stores import Redis, running_redis


@pytest.fixture(scope="module")
def near(house: House) -> Server:
    return house.server


@pytest.fixture(scope="module")
def far(house: House, start_module_server: Starter) -> Server:
    """Another process beside the house's server. Only what it hears makes it act: it looks for lost hints once an hour."""
    return start_module_server(beside=house.server, HEAL_SECONDS=3600)


async def test_rooms_and_private_messages_cross(
    near: Server, far: Server, alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    here, there = await chat(alice, server=near, v2=True), await chat(bob, server=far, v2=True)
    for socket in (here, there):
        await enter(socket, place.room_id)
    for word, sender, reader in (("there", here, there), ("back", there, here)):
        for number in range(20):
            await sender.say(room_message(place.room_id, f"{word} {number}"))
        for number in range(20):
            await reader.next("message", content=f"{word} {number}")
        await sender.next("message", content=f"{word} 19")
    await here.say(private_message(bob.username, "for you"))
    await there.next("message", content="for you", sender=alice.username)
    await here.next("receipt", user=bob.username, delivered_seq=1)
    await there.say({"type": "typing", "recipient": alice.username})
    await here.next("typing", user=bob.username)


async def test_both_see_one_order(near: Server, far: Server, place: Place, chat: Open) -> None:
    sockets = [await chat(server=server) for server in (near, far, near, far)]
    for number, socket in enumerate(sockets):
        await enter(socket, place.room_id, f"guest{number}")
    for n in range(50):
        for number, socket in enumerate(sockets):
            await socket.say(room_message(place.room_id, f"{number}/{n}", username=f"guest{number}"))
    heard = [await everything(socket, 200) for socket in sockets]
    assert all(seqs == sorted(set(seqs)) for seqs in heard)
    assert all(seqs == heard[0] for seqs in heard)


async def everything(socket: Socket, count: int) -> list[int]:
    seqs: list[int] = []
    async with asyncio.timeout(60):
        while len(seqs) < count:
            frame = await socket.next("message")
            if "/" in frame["content"]:
                seqs.append(frame["seq"])
    return seqs


async def test_a_logout_here_closes_there(near: Server, far: Server, alice: Person, bob: Person, chat: Open) -> None:
    there, other = await chat(alice, server=far), await chat(bob, server=far)
    alice.call(near, "POST", "/auth/logout")
    await ended(there, 4501, "bad_token")
    await other.silent(0.1)


async def test_a_ban_here_closes_there(house: House, far: Server, alice: Person, place: Place, chat: Open) -> None:
    in_room, guest = await chat(alice, server=far), await chat(server=far)
    await enter(in_room, place.room_id)
    await enter(guest, place.room_id, "rude")
    house.desk.sanction("ban", user=alice.id, room=place.pk)
    house.desk.sanction("ban", guest_name="rude", room=place.pk)
    await ended(in_room, 4503, "banned")
    await ended(guest, 4503, "banned")


async def test_groups_change_there_too(near: Server, far: Server, alice: Person, bob: Person, chat: Open) -> None:
    here, there = await chat(alice, server=near, v2=True), await chat(bob, server=far, v2=True)
    group = alice.call(near, "POST", "/groups", {"name": "g", "description": ""})["id"]
    alice.call(near, "POST", f"/groups/{group}/members", {"username": bob.username})
    await says_until_heard(here, there, group)
    alice.call(near, "DELETE", f"/groups/{group}/members/{bob.username}")
    await there.next("removed", group_id=group)
    there.kept.clear()
    await here.say({"type": "message", "group_id": group, "content": "without you", "client_id": "w"})
    await here.next("ack", client_id="w")
    await there.say({"type": "message", "group_id": group, "content": "let me in"})
    await refused(there, 404)
    await there.silent(0.3, "message")


async def says_until_heard(sender: Socket, reader: Socket, group: int) -> None:
    """The other process has to hear of the new member first: then messages arrive, and none said since is missing."""
    async with asyncio.timeout(20):
        while not any(frame["type"] == "message" for frame in reader.kept):
            await sender.say({"type": "message", "group_id": group, "content": "can you hear me?"})
            await reader.silent(0.1, "nothing of this kind")


async def test_hosts_and_timelines_cross(near: Server, far: Server, alice: Person, place: Place, chat: Open) -> None:
    host, old = await chat(alice, server=near, path="/ws/sync"), await chat(server=far, path="/ws/sync")
    new = await chat(server=far, path="/ws/sync", v2=True)
    await waits(old, place)
    await joined(new, place)
    await host.say({"type": "sync", "room_id": place.room_id, "username": "x", "current_time": 7})
    assert (await old.next("sync", username=alice.username))["current_time"] == 7
    assert (await new.next("sync", username=alice.username))["current_time"] == 7.0


async def test_commands_and_players_cross(
    house: House, near: Server, far: Server, alice: Person, bob: Person, chat: Open
) -> None:
    place = house.steered_place()
    here, there = (
        await chat(alice, server=near, path="/ws/sync", v2=True),
        await chat(bob, server=far, path="/ws/sync", v2=True),
    )
    old = await chat(server=far, path="/ws/sync")
    for socket in (here, there):
        await joined(socket, place)
    await waits(old, place)
    first = await given(here, place, "play", cmd_id="once")
    for socket in (there, old):
        assert version(await socket.next("sync", cmd_id="once")) == version(first)
    # The same command again by way of the other process.
    again = await chat(alice, server=far, path="/ws/sync", v2=True)
    await joined(again, place)
    assert version(await given(again, place, "play", cmd_id="once")) == version(first)
    await says(there, "progress", place, first, state="playing", rtt=450, drift=0.1)
    await here.next("quality", members=[{"user": bob.username, "drift": 0.1, "rtt": 450.0, "state": "playing"}])
    await says(there, "buffering", place, first)
    waiting = await here.next("sync", state="waiting")
    assert waiting["waiting_for"] == [bob.username]
    await says(there, "ready", place, waiting)
    resumed = await here.next("sync", state="playing")
    assert resumed["at"] - waiting["at"] >= 550, "the slow one is in the other process"
    # What happens by itself each process tells its own.
    await given(there, place, "seek", current_time=599.8)
    for socket in (here, there, again):
        assert (await socket.next("sync", state="ended"))["reason"] == "deadline"


async def test_a_status_crosses(near: Server, far: Server, alice: Person, bob: Person, place: Place, chat: Open) -> None:
    here = await chat(alice, server=near)
    await here.say(private_message(bob.username, "hello"))
    await enter(here, place.room_id)
    watcher = await chat(bob, server=far, path="/ws/presence")
    await watcher.say({"type": "subscribe", "users": [alice.username]})
    await watcher.next("status", user=alice.username, status="online")
    await here.close()
    await watcher.next("status", user=alice.username, status="offline")


# Lost hints -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with running_redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def pair(house: House, redis: Redis, start_module_server: Starter) -> tuple[Server, Server]:
    """Two processes that hear each other through a Redis which these tests may break, and look for lost hints often."""
    settings = {"REDIS_URL": redis.url, "HEAL_SECONDS": 2}
    return start_module_server(beside=house.server, **settings), start_module_server(beside=house.server, **settings)


async def test_what_a_dead_redis_loses_is_healed(
    house: House,
    pair: tuple[Server, Server],
    redis: Redis,
    alice: Person,
    bob: Person,
    charlie: Person,
    place: Place,
    chat: Open,
) -> None:
    near, far = pair
    group = alice.call_here("POST", "/groups", {"name": "g", "description": ""})["id"]
    alice.call_here("POST", f"/groups/{group}/members", {"username": bob.username})
    here, there = await chat(alice, server=near, v2=True), await chat(bob, server=far, v2=True)
    revoked = await chat(charlie, server=far)
    for socket in (here, there):
        await enter(socket, place.room_id)
    redis.kill()
    said = fresh("said while Redis was down")
    for frame in (
        room_message(place.room_id, said),
        private_message(bob.username, said),
        {"type": "message", "group_id": group, "content": said},
    ):
        await here.say(frame | {"client_id": fresh("id")})
        await here.next("ack")
    # The house's own server uses another Redis: what it does, these two can only find out by looking.
    charlie.call(house.server, "POST", "/auth/logout")
    heard = [await there.next("message", content=said) for _ in range(3)]
    assert {("room_id" in frame, "group_id" in frame) for frame in heard} == {(True, False), (False, True), (False, False)}
    await ended(revoked, 4501, "bad_token")
    redis.start_again()
    for number in range(3):
        said = fresh(f"said after it came back {number}")
        await here.say(room_message(place.room_id, said))
        await there.next("message", content=said)
    await there.silent(0.5, "message", content=said)
    alice.call(house.server, "DELETE", f"/groups/{group}/members/{bob.username}")
    await there.next("removed", group_id=group)


async def test_a_paused_redis_holds_up_nobody_here(
    pair: tuple[Server, Server], redis: Redis, alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    near, far = pair
    here, beside, there = await chat(alice, server=near, v2=True), await chat(server=near), await chat(bob, server=far)
    for socket in (here, beside, there):
        await enter(socket, place.room_id)
    redis.pause()
    try:
        for number in range(2):
            await here.say(room_message(place.room_id, f"paused {number}", client_id=f"{number}"))
            await here.next("ack", client_id=f"{number}")
            await beside.next("message", content=f"paused {number}")
            await there.next("message", content=f"paused {number}")
        newcomer = await chat(server=near)
        await goes_by(newcomer, place.room_id, "guest", verified=False)
    finally:
        redis.resume()
    for number in range(2):
        await there.silent(0.01, "message", content=f"paused {number}")


async def test_a_command_that_was_not_heard_of_is_found(
    house: House, pair: tuple[Server, Server], redis: Redis, alice: Person, bob: Person, chat: Open
) -> None:
    near, far = pair
    place = house.steered_place()
    here, there = (
        await chat(alice, server=near, path="/ws/sync", v2=True),
        await chat(bob, server=far, path="/ws/sync", v2=True),
    )
    for socket in (here, there):
        await joined(socket, place)
    await given(here, place, "play")
    await there.next("sync", rev=1)
    redis.kill()
    try:
        done = await given(here, place, "seek", current_time=300)
        found = await there.next("sync", rev=2)
        assert (found["current_time"], found["at"], found["username"]) == (300.0, done["at"], alice.username)
    finally:
        redis.start_again()


async def test_what_a_host_does_to_a_party_crosses(
    near: Server, far: Server, alice: Person, bob: Person, charlie: Person, place: Place, chat: Open
) -> None:
    party = alice.call(near, "POST", "/api/rooms", {"movie_id": place.movie_id, "capacity": 3})["room"]
    address, join = f"/api/rooms/{party['room_id']}", {"type": "join", "room_id": party["room_id"]}
    his, theirs = await chat(bob, server=far, v2=True), await chat(charlie, server=far, v2=True, path="/ws/sync")
    for socket in (his, theirs):
        await socket.say(join)
        await socket.next("snapshot")
    alice.call(near, "PATCH", address, {"name": "Later"})
    assert (await his.next("room"))["room"]["name"] == "Later"
    alice.call(near, "PUT", f"{address}/members/{charlie.username}", {"role": "host"})
    assert (await his.next("role"))["role"] == "host"
    alice.call(near, "POST", f"{address}/sanctions", {"kind": "kick", "username": bob.username})
    await his.next("removed", reason="kicked")
    alice.call(near, "DELETE", address)
    await theirs.next("removed", reason="closed")


async def test_the_last_place_goes_to_one_of_two_processes(
    near: Server, far: Server, alice: Person, place: Place, chat: Open
) -> None:
    party = alice.call(near, "POST", "/api/rooms", {"movie_id": place.movie_id, "capacity": 2})["room"]
    join = {"type": "join", "room_id": party["room_id"]}
    first = await chat(server=near, v2=True)
    await first.say({**join, "username": "first"})
    await first.next("snapshot")
    two = [await chat(server=server, v2=True) for server in (near, far)]
    await asyncio.gather(*(socket.say({**join, "username": f"guest {n}"}) for n, socket in enumerate(two)))
    answers = [await asyncio.wait_for(answer(socket), 20) for socket in two]
    assert sorted(answers) == ["room_full", "snapshot"]


async def answer(socket: Socket) -> str:
    while True:
        frame = await socket.next()
        if frame["type"] in ("snapshot", "error"):
            return str(frame.get("error", frame["type"]))

"""Somebody who says far too much is refused as documented, and thrown out in the end; everyone else is heard meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from websockets.exceptions import ConnectionClosed

from tests.abuse.conftest import OpenRaw
from tests.abuse.memory import MEBIBYTE, Memory
from tests.abuse.raw import CLOSE, text
from tests.realtime.house import House, Person, Place, make_house
from tests.realtime.people import Open
from tests.realtime.talking import enter, fresh, private_message, room_message
from tests.rig.servers import Starter
from tests.rig.sockets import Socket

SAID = 30


@pytest.fixture(scope="module")
def strict(start_module_server: Starter) -> House:
    """A server with the burst that everybody has, which fills up again only after these tests."""
    server = start_module_server(LIMIT_MESSAGES_PER_SECOND=0.1, LIMIT_MESSAGE_BURST=20)
    return make_house(server, people=10, rooms=8)


async def flood(socket: Socket, frame: dict[str, object], count: int) -> Counter[str]:
    """Say it `count` times without waiting; how that was taken. What closed it is `closed <code>`."""
    heard: Counter[str] = Counter()
    listening = asyncio.create_task(socket.closed(within=60))
    with suppress(ConnectionClosed):
        for _ in range(count):
            await socket.say(frame)
    code = await listening
    for said in socket.kept:
        heard[said["error"] if said["type"] == "error" else said["type"]] += 1
        if said.get("error") == "too_many_requests":
            assert (said["code"], said["ref"]) == (429, frame["type"]), said
            assert 0 < said["retry_after"] <= 60, said
    heard[f"closed {code}"] += 1
    return heard


FLOODS = {
    "room messages": lambda place, bob: room_message(place.room_id, "buy this"),
    "private messages": lambda place, bob: private_message(bob.username, "buy this"),
    "joins": lambda place, bob: {"type": "join", "room_id": place.room_id, "username": "flood"},
    "hellos": lambda place, bob: {"type": "hello"},
    "catching up": lambda place, bob: {"type": "hello", "since": {}},
}


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_flood_is_refused_then_ended(strict: House, kind: str, chat: Open) -> None:
    """50 refusals, each with the time to wait, then 4029; a member of the same room is heard all the while."""
    place, alice, bob = strict.place(), strict.person("alice"), strict.person("bob")
    member, other = await chat(bob, server=strict.server), await chat(strict.person("charlie"), server=strict.server)
    await enter(member, place.room_id)
    await enter(other, place.room_id)
    flooder = await chat(alice, v2=True, server=strict.server)
    flooding = asyncio.create_task(flood(flooder, FLOODS[kind](place, bob), 3_000))
    said = [fresh("heard") for _ in range(10)]
    for content in said:
        await member.say(room_message(place.room_id, content))
        assert await heard_of(other, bob) == content
    heard = await flooding
    assert heard["closed 4029"] == 1, heard
    assert heard["too_many_requests"] > 50, heard


async def heard_of(socket: Socket, who: Person) -> str:
    """The next message of this person, whoever else speaks."""
    return str((await socket.next("message", username=who.username))["content"])


async def test_the_limit_is_a_persons_not_a_sockets(strict: House, chat: Open) -> None:
    alice, bob = strict.person("alice"), strict.person("bob")
    sockets = [await chat(alice, v2=True, server=strict.server) for _ in range(4)]
    for socket in sockets:
        for number in range(20):
            await socket.say(private_message(bob.username, f"{number}", client_id=f"{number}"))
    outcomes: Counter[str] = Counter()
    for socket in sockets:
        for number in range(20):
            while (answer := await socket.next())["type"] not in ("ack", "error"):
                pass
            assert answer["client_id" if answer["type"] == "ack" else "ref"] == f"{number}", "in the order of frames"
            outcomes[answer["type"]] += 1
    assert 20 <= outcomes["ack"] < 40, outcomes


async def test_three_thousand_messages_without_a_limit(house: House, alice: Person, place: Place, chat: Open) -> None:
    """One socket says them without waiting; another member is heard in between, and all of it comes once, in order."""
    flooder, member, listener = await chat(), await chat(alice), await chat()
    for socket, name in ((flooder, "flood"), (member, "member"), (listener, "listener")):
        await enter(socket, place.room_id, name)
    count = 3_000

    async def pour() -> None:
        for number in range(count):
            await flooder.say(room_message(place.room_id, f"flood {number}", username="flood"))

    async def drain() -> None:
        """A client that does not read what comes back would be too slow a reader."""
        for number in range(count):
            assert (await flooder.next("message", username="flood", within=60))["content"] == f"flood {number}"

    async def talk() -> None:
        for number in range(SAID):
            await member.say(room_message(place.room_id, f"said {number}"))
            await member.next("message", content=f"said {number}", within=60)

    async def hear() -> list[tuple[str, int]]:
        heard: list[tuple[str, int]] = []
        while len(heard) < count + SAID:
            message = await listener.next("message", within=60)
            who, _, number = message["content"].partition(" ")
            if who in ("flood", "said"):
                heard.append((who, int(number)))
        return heard

    *_, heard = await asyncio.gather(pour(), drain(), talk(), hear())
    assert [number for who, number in heard if who == "flood"] == list(range(count))
    assert [number for who, number in heard if who == "said"] == list(range(SAID))


async def test_ten_thousand_joins_of_one_room(house: House, raw: OpenRaw, chat: Open, place: Place) -> None:
    """They are one. A client of the contract hears nothing of it, and is counted once."""
    socket, member = await raw(), await chat(v2=True)
    memory = Memory(house.server.pid)
    join = text({"type": "join", "room_id": place.room_id, "username": "again"})
    for _ in range(10):
        await socket.write(join * 1_000)
    await socket.say(room_message(place.room_id, "that was all", username="again"))
    assert (await socket.next("message"))["content"] == "that was all"
    await member.say({"type": "join", "room_id": place.room_id, "username": "member"})
    members = (await member.next("snapshot"))["members"]
    assert (members["users"].count("again"), members["count"]) == (1, len(members["users"]))
    assert memory.grown() < 10 * MEBIBYTE


async def test_ten_thousand_joins_of_rooms_that_do_not_exist(house: House, raw: OpenRaw, chat: Open, place: Place) -> None:
    """All of them at once: the first are told 404, then the socket is closed, and nothing of it is kept."""
    socket, member = await raw(), await chat()
    memory = Memory(house.server.pid)
    joins = [text({"type": "join", "room_id": f"movie-{10**9 + number}", "username": "lost"}) for number in range(10_000)]
    writing = asyncio.create_task(socket.write(b"".join(joins)))
    errors = []
    while (heard := await socket.frame())[0] != CLOSE:
        errors.append(json.loads(heard[1]))
    assert int.from_bytes(heard[1][:2], "big") == 4029
    assert {error["code"] for error in errors} == {404}
    refused = [datetime.fromisoformat(error["timestamp"]) for error in errors]
    one_too_many = (n for n in range(50, len(refused)) if refused[n] - refused[n - 50] < timedelta(seconds=10))
    assert next(one_too_many) == len(refused) - 1, "no more are looked at than fifty within ten seconds and that one"
    socket.cut()
    await asyncio.wait([writing])
    await enter(member, place.room_id)
    assert memory.grown() < 10 * MEBIBYTE


async def test_ten_thousand_joins_and_leaves(house: House, raw: OpenRaw, chat: Open, place: Place) -> None:
    """In and out without end: the room is as it was."""
    socket, member = await raw(), await chat(v2=True)
    memory = Memory(house.server.pid)
    pair = text({"type": "join", "room_id": place.room_id, "username": "door"})
    pair += text({"type": "leave", "room_id": place.room_id})
    for number in range(50, 501, 50):
        # In portions: behind all of it the answer to a ping would come too late where a join takes long.
        await socket.write(pair * 50)
        await socket.say({"type": "leave", "room_id": place.room_id, "client_id": f"after {number}"})
        assert (await socket.next("error"))["ref"] == f"after {number}"
    await member.say({"type": "join", "room_id": place.room_id, "username": "member"})
    assert (await member.next("snapshot"))["members"]["users"] == ["member"]
    assert memory.grown() < 10 * MEBIBYTE


async def test_sockets_that_open_and_say_nothing(house: House, raw: OpenRaw, chat: Open, place: Place) -> None:
    """300 of them, half cut without a word: a member is heard as before."""
    member = await chat()
    sockets = [await raw() for _ in range(300)]
    for socket in sockets[::2]:
        socket.cut()
    await enter(member, place.room_id)
    assert await sockets[1].closed_with_goodbye() == 1000

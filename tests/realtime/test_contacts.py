"""Whom one hears of follows blocks, groups and first messages, without a new connection."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest

from core.bus import user_address
from realtime.contacts import Contacts
from realtime.hub import Hub
from tests.realtime.house import Person
from tests.realtime.people import Open
from tests.realtime.talking import private_message
from tests.rig.sockets import PATIENCE, Socket

PLAIN = {"message_type": "text", "content_type": "text/plain"}
NUMBERS = itertools.count(1)


# The looks themselves -------------------------------------------------------------------------------------------------


class Ear:
    """Stands for a socket."""

    def __init__(self, hub: Hub, user_id: int, door: str = "chat") -> None:
        self.id, self.user_id, self.door = f"{user_id} {id(self)}", user_id, door
        self.addresses: set[str] = set()
        self.contacts: list[set[int]] = []
        hub.listen(user_address(user_id), self)  # type: ignore[arg-type]

    def contacts_are(self, ids: frozenset[int]) -> None:
        self.contacts.append(set(ids))


class Database:
    """Stands for the workers: says who may see whom when it was asked, once the test lets it answer."""

    def __init__(self) -> None:
        self.contacts: dict[int, set[int]] = {}
        self.asked: list[set[int]] = []
        self.is_down = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def run(self, function: Any, user_ids: list[int]) -> dict[int, frozenset[int]]:
        self.asked.append(set(user_ids))
        found = {user_id: frozenset(self.contacts.get(user_id, ())) for user_id in user_ids}
        await self.may_answer.wait()
        if self.is_down:
            raise OSError("the database is down")
        return found


class Case:
    def __init__(self) -> None:
        self.database = Database()
        loop = asyncio.get_running_loop()
        self.hub = Hub(loop, self.database)  # type: ignore[arg-type]
        self.contacts = Contacts(loop, self.hub, self.database)  # type: ignore[arg-type]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0)


async def test_everybody_who_waits_is_looked_at_at_once_and_every_socket_told() -> None:
    case = Case()
    phone, laptop, other = Ear(case.hub, 1), Ear(case.hub, 1, "presence"), Ear(case.hub, 2)
    case.database.contacts = {1: {2, 3}, 2: {1}}
    case.contacts.look_again([1, 2, 1, None, 99])
    await case.until(lambda: bool(other.contacts))
    assert phone.contacts == laptop.contacts == [{2, 3}]
    assert other.contacts == [{1}]
    assert case.database.asked == [{1, 2}], "who is not here is not asked for"


async def test_who_only_watches_a_film_is_not_looked_at() -> None:
    case = Case()
    player, ear = Ear(case.hub, 1, "sync"), Ear(case.hub, 2)
    case.contacts.look_again([1, 2])
    await case.until(lambda: bool(ear.contacts))
    assert (case.database.asked, player.contacts) == ([{2}], [])


async def test_what_changes_during_a_look_is_looked_at_after_it() -> None:
    case = Case()
    ear = Ear(case.hub, 1)
    case.database.may_answer.clear()
    case.database.contacts = {1: {2}}
    first = asyncio.ensure_future(case.contacts.followed(1))
    await case.until(lambda: len(case.database.asked) == 1)
    case.database.contacts = {1: {3}}
    case.contacts.look_again([1])
    case.database.may_answer.set()
    await first
    await case.until(lambda: len(ear.contacts) == 2)
    assert ear.contacts == [{2}, {3}]


async def test_a_look_that_fails_says_so_and_the_next_goes_on() -> None:
    case = Case()
    ear = Ear(case.hub, 1)
    case.database.is_down = True
    case.contacts.look_again([1])
    with pytest.raises(OSError, match="down"):
        await case.contacts.followed(1)
    case.database.is_down = False
    await case.contacts.followed(1)
    assert ear.contacts == [set()]


# Over sockets ---------------------------------------------------------------------------------------------------------


def write(sender: Person, recipient: Person, content: str = "hello") -> None:
    sender.call_here("POST", "/messages/private", {"recipient": recipient.username, "content": content, **PLAIN})


async def watching(chat: Open, who: Person, person: Person) -> Socket:
    socket = await chat(who, path="/ws/presence", v2=True)
    await socket.say({"type": "subscribe", "users": [person.username]})
    await socket.next("status", user=person.username)
    return socket


async def heard_of(person: Person, witness: Socket, socket: Socket) -> bool:
    """Somebody who is here hides and shows it again. The witness hears of that; whether the socket did."""
    await up_to_date(socket)
    socket.kept.clear()
    for is_shown, status in ((False, "offline"), (True, "online")):
        person.call_here("PATCH", "/api/user", {"shows_presence": is_shown})
        await witness.next("status", user=person.username, status=status)
    await up_to_date(socket)
    return any(frame["type"] == "status" and frame["user"] == person.username for frame in socket.kept)


async def up_to_date(socket: Socket) -> None:
    """Everything that was owed to the socket has arrived."""
    number = next(NUMBERS)
    await socket.say({"type": "ping", "t0": number})
    await socket.next("pong", t0=number)


async def until_heard_of(is_heard: bool, person: Person, witness: Socket, socket: Socket) -> None:
    """Soon it is so; how soon is a matter of the database."""
    deadline = time.monotonic() + PATIENCE
    while await heard_of(person, witness, socket) is not is_heard:
        assert time.monotonic() < deadline, f"for {PATIENCE} s it was never so that heard = {is_heard}"


async def come(chat: Open, person: Person, witness: Socket) -> Socket:
    """Somebody is here, and the witness knows."""
    socket = await chat(person, v2=True)
    await witness.next("status", user=person.username, status="online")
    return socket


async def test_a_block_is_heeded_by_open_sockets_at_once_and_a_pardon_too(
    alice: Person, bob: Person, charlie: Person, chat: Open
) -> None:
    write(alice, bob)
    write(alice, charlie)
    witness, friend, watcher = await chat(charlie), await chat(bob, v2=True), await watching(chat, bob, alice)
    await come(chat, alice, witness)
    for socket in (friend, watcher):
        assert await heard_of(alice, witness, socket)
    alice.call_here("POST", "/api/blocks", {"username": bob.username})
    for socket in (friend, watcher):
        assert not await heard_of(alice, witness, socket)
    write(alice, bob, "hello again")
    await friend.next("message", content="hello again")
    assert not await heard_of(alice, witness, friend), "who blocks may still write, and is not met by that"
    alice.call_here("DELETE", f"/api/blocks/{bob.username}")
    await until_heard_of(True, alice, witness, friend)


async def test_a_group_makes_and_ends_acquaintances(alice: Person, bob: Person, charlie: Person, chat: Open) -> None:
    group = alice.call_here("POST", "/groups", {"name": "Friday film", "description": ""})["id"]
    for person in (bob, charlie):
        alice.call_here("POST", f"/groups/{group}/members", {"username": person.username})
    witness, member, watcher = await chat(charlie), await chat(bob, v2=True), await watching(chat, bob, alice)
    await come(chat, alice, witness)
    for socket in (member, watcher):
        assert await heard_of(alice, witness, socket)
    alice.call_here("DELETE", f"/groups/{group}/members/{bob.username}")
    for socket in (member, watcher):
        await until_heard_of(False, alice, witness, socket)
    alice.call_here("POST", f"/groups/{group}/members", {"username": bob.username})
    await until_heard_of(True, alice, witness, member)


async def test_the_others_hear_of_a_new_member_and_no_more_of_one_who_left(
    alice: Person, bob: Person, charlie: Person, chat: Open
) -> None:
    group = alice.call_here("POST", "/groups", {"name": "Friday film", "description": ""})["id"]
    write(bob, charlie)
    witness, owner = await chat(charlie), await chat(alice, v2=True)
    await come(chat, bob, witness)
    assert not await heard_of(bob, witness, owner)
    alice.call_here("POST", f"/groups/{group}/members", {"username": bob.username})
    await until_heard_of(True, bob, witness, owner)
    watcher = await watching(chat, alice, bob)
    bob.call_here("DELETE", f"/groups/{group}/members/{bob.username}")
    for socket in (owner, watcher):
        await until_heard_of(False, bob, witness, socket)


async def test_the_first_message_makes_people_known_to_each_other(
    alice: Person, bob: Person, charlie: Person, chat: Open
) -> None:
    write(alice, charlie)
    witness, reader = await chat(charlie), await chat(bob, v2=True)
    sender = await come(chat, alice, witness)
    assert not await heard_of(alice, witness, reader)
    await sender.say(private_message(bob.username, "hello"))
    await reader.next("message", content="hello")
    await until_heard_of(True, alice, witness, reader)

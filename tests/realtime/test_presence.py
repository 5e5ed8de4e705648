"""Who is here, told on /ws/presence to those who may know; and as `status` on /ws/chat."""

from __future__ import annotations

import asyncio

import pytest

from tests.realtime.house import House, Person, Place
from tests.realtime.people import Open
from tests.realtime.steering import waits
from tests.realtime.talking import ended, enter, goes_by, private_message, refused, room_message
from tests.rig.servers import Server, Starter
from tests.rig.sockets import Socket

GRACE = 2.0


@pytest.fixture(scope="module")
def members_only(house: House, start_module_server: Starter) -> Server:
    """A server of the house without guests, where a reload may take two seconds."""
    return start_module_server(beside=house.server, ALLOW_GUESTS=0, PRESENCE_GRACE_SECONDS=GRACE)


@pytest.fixture
def friends(house: House, alice: Person, bob: Person) -> None:
    """alice and bob have written to each other."""
    body = {"recipient": bob.username, "content": "hello", "message_type": "text", "content_type": "text/plain"}
    alice.call(house.server, "POST", "/messages/private", body)


async def watching(chat: Open, server: Server, who: Person, *people: Person) -> Socket:
    socket = await chat(who, server=server, path="/ws/presence")
    await socket.say({"type": "subscribe", "users": [person.username for person in people]})
    return socket


@pytest.mark.usefixtures("friends")
async def test_coming_and_going(members_only: Server, alice: Person, bob: Person, chat: Open) -> None:
    watcher, friend = await watching(chat, members_only, bob, alice), await chat(bob, server=members_only)
    assert (await watcher.next("status"))["status"] == "offline"
    socket = await chat(alice, server=members_only)
    for follower in (watcher, friend):
        assert (await follower.next("status", user=alice.username))["status"] == "online"
    await socket.close()
    for follower in (watcher, friend):
        assert (await follower.next("status", user=alice.username))["status"] == "offline"
    late = await watching(chat, members_only, bob, alice)
    status = await late.next("status")
    assert (status["user"], status["status"], status["last_seen"] <= status["timestamp"]) == (alice.username, "offline", True)


@pytest.mark.usefixtures("friends")
async def test_a_reload_is_not_seen(members_only: Server, alice: Person, bob: Person, place: Place, chat: Open) -> None:
    async def opened() -> Socket:
        """In a room: then it is written down, and whatever is told of it has been told."""
        page = await chat(alice, server=members_only)
        await enter(page, place.room_id)
        return page

    page, loop = await opened(), asyncio.get_running_loop()
    for _ in range(10):
        watcher = await watching(chat, members_only, bob, alice)
        await watcher.next("status", status="online")
        began = loop.time()
        await page.close()
        page = await opened()
        if loop.time() - began < GRACE / 4:
            break  # A page that takes longer is not what the grace is for: the machine was busy.
    else:
        pytest.fail("no reload was quick")
    await watcher.silent(1.5 * GRACE, "status")
    await page.close()
    await watcher.next("status", status="offline")


@pytest.mark.usefixtures("friends")
async def test_one_of_two_devices_is_enough(
    members_only: Server, alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    # Who subscribes while somebody comes may hear of it twice: once as the state, once as the change.
    watcher = await watching(chat, members_only, bob, alice)
    await watcher.next("status", status="offline")
    phone, laptop = await chat(alice, server=members_only), await chat(alice, server=members_only, path="/ws/sync")
    await watcher.next("status", status="online")
    await waits(laptop, place)
    await phone.close()
    await watcher.silent(1.5 * GRACE, "status")
    await laptop.close()
    await watcher.next("status", status="offline")


async def test_strangers_look_like_nobody(house: House, alice: Person, bob: Person, charlie: Person, chat: Open) -> None:
    await chat(alice)
    watcher, stranger = await chat(bob, path="/ws/presence"), await chat(charlie)
    names = [alice.username, "nobody-at-all", "x" * 300, ""]
    await watcher.say({"type": "subscribe", "users": names, "client_id": "mine"})
    error = await refused(watcher, 404, "not_found", ref="mine")
    assert error["errors"]["users"] == names
    again = await chat(alice)
    await stranger.say(private_message(bob.username, "hello"))
    await again.close()
    await watcher.silent(0.3, "status", user=alice.username)


@pytest.mark.usefixtures("friends")
async def test_unsubscribe(house: House, alice: Person, bob: Person, chat: Open) -> None:
    watcher = await watching(chat, house.server, bob, alice, bob)
    assert {(await watcher.next("status"))["user"] for _ in range(2)} == {alice.username, bob.username}
    await watcher.say({"type": "unsubscribe", "users": [alice.username, "nobody-at-all"]})
    await watcher.say({"type": "heartbeat"})
    await watcher.say({"type": "subscribe", "users": [bob.username]})
    await watcher.next("status", user=bob.username, status="online")
    await chat(alice)
    await watcher.silent(0.5, "status", user=alice.username)


@pytest.mark.usefixtures("friends")
async def test_people_are_counted_and_named_once_however_they_are_written(alice: Person, bob: Person, chat: Open) -> None:
    watcher = await chat(bob, path="/ws/presence")
    await watcher.say({"type": "subscribe", "users": [alice.username, alice.username.upper()]})
    await watcher.next("status")
    strangers = [f"nobody-{number}" for number in range(999)]
    await watcher.say({"type": "subscribe", "users": [alice.username, *strangers]})
    assert (await refused(watcher, 404, "not_found"))["errors"]["users"] == strangers, "a thousand names are not too many"
    await watcher.next("status", user=alice.username)
    await watcher.say({"type": "unsubscribe", "users": [alice.username.title()]})
    await watcher.say({"type": "subscribe", "users": [bob.username]})
    await watcher.next("status", user=bob.username)
    await chat(alice)
    await watcher.silent(0.5, "status", user=alice.username)


@pytest.mark.usefixtures("friends")
async def test_who_hides_is_never_seen(house: House, alice: Person, bob: Person, chat: Open) -> None:
    watcher = await watching(chat, house.server, bob, alice)
    await watcher.next("status", status="offline")
    await chat(alice)
    await watcher.next("status", status="online")
    alice.call(house.server, "PATCH", "/api/user", {"shows_presence": False})
    hidden = await watcher.next("status", status="offline")
    assert "last_seen" not in hidden
    await chat(alice)
    late = await watching(chat, house.server, bob, alice)
    status = await late.next("status")
    assert (status["status"], "last_seen" in status) == ("offline", False)
    await watcher.silent(0.3, "status")


async def test_coming_into_a_room_and_writing_tell_no_status(alice: Person, bob: Person, place: Place, chat: Open) -> None:
    here, there = await chat(alice), await chat(bob)
    for socket in (here, there):
        await enter(socket, place.room_id)
    await here.say(private_message(bob.username, "hello"))
    await there.next("message", content="hello")
    assert not [frame for frame in (*here.kept, *there.kept) if frame["type"] == "status"]


async def test_presence_refuses_what_it_does_not_know(alice: Person, chat: Open) -> None:
    socket = await chat(alice, path="/ws/presence")
    await socket.say({"type": "subscribe", "users": ["x"] * 1_001})
    assert "users" in (await refused(socket, 400, "invalid"))["errors"]
    await socket.say({"type": "subscribe", "users": "alice"})
    await refused(socket, 400, "invalid")
    await socket.say({"type": "message", "room_id": "movie-1", "username": "x", "content": "x"})
    await refused(socket, 400, "unknown_type")


async def test_where_guests_are_not_let_in(members_only: Server, alice: Person, place: Place, chat: Open) -> None:
    for path, frame in (
        ("/ws/chat", {"type": "join", "room_id": place.room_id, "username": "guest"}),
        ("/ws/chat", room_message(place.room_id, "hello")),
        ("/ws/sync", {"type": "sync", "room_id": place.room_id, "username": "guest", "current_time": 1}),
    ):
        guest = await chat(server=members_only, path=path)
        await guest.say(frame)
        await ended(guest, 4503, "guests_refused")
    member = await chat(server=members_only)
    await member.say({"type": "auth", "token": alice.token})
    await goes_by(member, place.room_id, alice.username)
    await enter(await chat(alice, server=members_only), place.room_id)

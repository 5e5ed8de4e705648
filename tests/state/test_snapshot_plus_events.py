"""The law: an old snapshot and the frames since then make a fresh snapshot. Over a real server, with v2 clients."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.rig.servers import Server
from tests.rig.sockets import PATIENCE, Frame, Socket
from tests.state.places import Person, Places, make_places

Open = Callable[..., Awaitable[Socket]]


@pytest.fixture(scope="module")
def places(server: Server) -> Places:
    return make_places(server, people=30, rooms=6)


@pytest.fixture
def v2(server: Server, open_socket: Open) -> Open:
    """`await v2(person, "/ws/chat")`: a socket that speaks v2."""

    async def open_one(who: Person | None, path: str = "/ws/chat") -> Socket:
        socket = await open_socket(server, path, token=who.token if who else None, subprotocols=["matinee.v2"])
        await socket.next("hello")
        return socket

    return open_one


async def until(socket: Socket, take: Callable[[Frame], None], is_so: Callable[[], bool]) -> None:
    """Give `take` every frame, in order, until it is so."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not is_so():
                take(socket.kept.pop(0) if socket.kept else await socket._receive())
    except TimeoutError:
        raise AssertionError("the frames never made the fresh state") from None


# A room's people --------------------------------------------------------------------------------------------------------
class Roster:
    """A client's list of people: what the snapshot said, and differences since."""

    def __init__(self, snapshot: Frame) -> None:
        self.people: list[str] = list(snapshot["members"]["users"])
        assert snapshot["members"]["count"] == len(self.people)

    def take(self, frame: Frame) -> None:
        if frame["type"] != "members":
            return
        assert not set(frame["joined"]) & set(self.people), (frame, self.people)
        assert set(frame["left"]) <= set(self.people), (frame, self.people)
        self.people = [name for name in self.people if name not in frame["left"]] + frame["joined"]
        assert frame["count"] == len(self.people), (frame, self.people)


async def enter(socket: Socket, room_id: str, username: str = "") -> Frame:
    await socket.say({"type": "join", "room_id": room_id} | ({"username": username} if username else {}))
    snapshot = await socket.next("snapshot", room_id=room_id)
    socket.kept.clear()  # What came before it, it holds.
    return snapshot


@pytest.mark.parametrize("door", ["chat", "sync"])
async def test_a_rooms_people(door: str, places: Places, v2: Open, open_socket: Open) -> None:
    room_id, path = places.room(), f"/ws/{door}"
    alice, bob, charlie, late = (places.person() for _ in range(4))
    watching = await v2(alice, path)
    roster = Roster(await enter(watching, room_id))
    async with asyncio.timeout(PATIENCE):
        there = [await v2(bob, path), await v2(charlie, path), await v2(bob, path)]
        guest = await open_socket(places.server, path)
        for socket in there:
            await enter(socket, room_id)
        await guest.say({"type": "join", "room_id": room_id, "username": "visitor"})
    everyone = {alice.username, bob.username, charlie.username, "visitor"}
    await until(watching, roster.take, lambda: set(roster.people) == everyone)
    # bob leaves by one of two sockets, charlie leaves, the guest is cut off.
    await there[0].say({"type": "leave", "room_id": room_id})
    await there[1].say({"type": "leave", "room_id": room_id})
    await guest.close()
    await until(watching, roster.take, lambda: set(roster.people) == {alice.username, bob.username})
    newcomer = await v2(late, path)
    fresh = Roster(await enter(newcomer, room_id))
    everyone = {alice.username, bob.username, late.username}
    await until(newcomer, fresh.take, lambda: set(fresh.people) == everyone)
    await until(watching, roster.take, lambda: set(roster.people) == everyone)
    assert len(fresh.people) == len(roster.people) == 3


# What is said -----------------------------------------------------------------------------------------------------------
class Talk:
    """A client's copy of a conversation: by id, each message as it was told last."""

    def __init__(self, messages: list[Frame]) -> None:
        self.messages: dict[int, Frame] = {}
        self.change = 0
        for message in messages:
            self._put(message)

    def take(self, frame: Frame) -> None:
        if frame["type"] in ("message", "change"):
            assert frame["change"] > self.change, (self.change, frame)
            self._put(frame if frame["type"] == "message" else frame["message"])

    def _put(self, message: Frame) -> None:
        self.change = max(self.change, message["change"])
        self.messages[message["id"]] = {name: value for name, value in message.items() if name not in ("type", "client_id")}

    @property
    def visible(self) -> list[Frame]:
        return sorted((row for row in self.messages.values() if not row.get("deleted")), key=lambda row: row["id"])


async def say_in(socket: Socket, **frame: Any) -> Frame:
    """Send a message; the ack."""
    client_id = secrets.token_hex(8)
    await socket.say({"type": "message", "client_id": client_id, **frame})
    return await socket.next("ack", client_id=client_id)


async def test_a_rooms_messages(places: Places, v2: Open) -> None:
    room_id = places.room()
    alice, bob, late = (places.person() for _ in range(3))
    speaker, watching = await v2(alice), await v2(bob)
    for socket in (speaker, watching):
        snapshot = await enter(socket, room_id)
    talk = Talk(snapshot["messages"])
    assert talk.messages == {}
    said = [await say_in(speaker, room_id=room_id, content=f"line {number}") for number in range(5)]
    said.append(await say_in(watching, room_id=room_id, content="I said this myself"))
    await asyncio.to_thread(places.call, alice, "PATCH", f"/messages/{said[1]['id']}", content="line 1, mended")
    await asyncio.to_thread(places.call, alice, "DELETE", f"/messages/{said[3]['id']}")
    await asyncio.to_thread(places.call, bob, "PATCH", f"/messages/{said[5]['id']}", content="mended too")
    await until(watching, talk.take, lambda: talk.change == 9)
    newcomer = await v2(late)
    fresh = Talk((await enter(newcomer, room_id))["messages"])
    assert talk.visible == fresh.visible
    assert [message["content"] for message in fresh.visible] == ["line 0", "line 1, mended", "line 2", "line 4", "mended too"]


async def resume(socket: Socket, talk: Talk, since: dict[str, int]) -> dict[str, int]:
    """What was missed; the change numbers that `synced` names."""
    told: list[Frame] = []

    def take(frame: Frame) -> None:
        talk.take(frame)
        told.append(frame)

    await socket.say({"type": "resume", "since": since})
    await until(socket, take, lambda: bool(told) and told[-1]["type"] == "synced")
    conversations: dict[str, int] = told[-1]["conversations"]
    return conversations


@pytest.mark.parametrize("place", ["private", "group"])
async def test_a_conversation_with_an_absence(place: str, places: Places, v2: Open) -> None:
    """bob hears the first half live, is away, and resumes: he has what somebody has who reads everything anew."""
    alice, bob = places.person(), places.person()
    to: dict[str, Any] = {"recipient": bob.username}
    if place == "group":
        group = await asyncio.to_thread(places.call, alice, "POST", "/groups", name="film club", description="")
        await asyncio.to_thread(places.call, alice, "POST", f"/groups/{group['id']}/members", username=bob.username)
        to = {"group_id": group["id"]}
    speaker, listening = await v2(alice), await v2(bob)
    since = await resume(listening, Talk([]), {})
    talk = Talk([])
    said = [await say_in(speaker, content=f"line {number}", **to) for number in range(4)]
    conversation_id = str(said[0]["conversation_id"])
    await asyncio.to_thread(places.call, alice, "PATCH", f"/messages/{said[0]['id']}", content="mended")
    await until(listening, talk.take, lambda: talk.change == 5)
    await listening.close()
    said += [await say_in(speaker, content=f"line {number}", **to) for number in range(4, 7)]
    for number in (1, 5):
        await asyncio.to_thread(places.call, alice, "PATCH", f"/messages/{said[number]['id']}", content=f"mended {number}")
    for number in (2, 6):
        await asyncio.to_thread(places.call, alice, "DELETE", f"/messages/{said[number]['id']}")
    back = await v2(bob)
    since = await resume(back, talk, {**since, conversation_id: talk.change})
    assert since[conversation_id] == talk.change == 12
    # And live again.
    last = await say_in(speaker, content="line 7", **to)
    await until(back, talk.take, lambda: talk.change == last["change"])
    fresh = Talk([])
    await resume(await v2(bob), fresh, {conversation_id: 0})
    assert talk.messages == fresh.messages
    assert [message["content"] for message in talk.visible] == [
        "mended", "mended 1", "line 3", "line 4", "mended 5", "line 7",
    ]  # fmt: skip
    path = f"/messages/private/{alice.username}" if place == "private" else f"/groups/{to['group_id']}/messages"
    listed = await asyncio.to_thread(places.call, bob, "GET", path)
    assert [(row["id"], row["content"], row["change"]) for row in listed if not row["deleted"]] == [
        (row["id"], row["content"], row["change"]) for row in talk.visible
    ]


# Who is here, and where the film is --------------------------------------------------------------------------------------
async def test_presence(places: Places, v2: Open) -> None:
    alice, bob, charlie = (places.person() for _ in range(3))
    speaker = await v2(bob)
    for other in (alice, charlie):
        await say_in(speaker, recipient=other.username, content="hello")
    watching = await v2(bob, "/ws/presence")
    await watching.say({"type": "subscribe", "users": [alice.username, charlie.username]})
    known: dict[str, str] = {}

    def take(frame: Frame) -> None:
        if frame["type"] == "status":
            known[frame["user"]] = frame["status"]

    await until(watching, take, lambda: known == {alice.username: "offline", charlie.username: "offline"})
    await v2(alice)
    await v2(charlie)
    await until(watching, take, lambda: known == {alice.username: "online", charlie.username: "online"})
    await asyncio.to_thread(places.call, charlie, "PATCH", "/api/user", shows_presence=False)
    await until(watching, take, lambda: known == {alice.username: "online", charlie.username: "offline"})
    fresh = await v2(bob, "/ws/presence")
    await fresh.say({"type": "subscribe", "users": [alice.username, charlie.username]})
    for username, status in known.items():
        assert (await fresh.next("status", user=username))["status"] == status
    await asyncio.to_thread(places.call, charlie, "PATCH", "/api/user", shows_presence=True)
    await until(watching, take, lambda: known[charlie.username] == "online")


async def report(player: Socket, room_id: str, position: float) -> None:
    """Say again and again where the player stands."""
    while True:
        await player.say({"type": "sync", "room_id": room_id, "current_time": position})
        await asyncio.sleep(0.2)


async def test_where_a_room_is_in_its_film(places: Places, v2: Open) -> None:
    """The timeline as frames told it is the one that a newcomer's snapshot has."""
    room_id = places.room()
    alice, bob, late = (places.person() for _ in range(3))
    host = await v2(alice, "/ws/sync")
    await enter(host, room_id)
    watching = await v2(bob, "/ws/sync")
    snapshot = await enter(watching, room_id)
    timeline = [snapshot["sync"]]
    assert timeline == [None], "nobody has started it"

    def take(frame: Frame) -> None:
        if frame["type"] == "sync":
            timeline.append(frame)

    # The timeline follows its host's reports once in two seconds.
    for position in (10.0, 400.0):
        reporting = asyncio.create_task(report(host, room_id, position))
        await until(watching, take, lambda position=position: bool(timeline[-1]) and timeline[-1]["current_time"] == position)  # type: ignore[misc]
        reporting.cancel()
    for action, more in (("seek", {"current_time": 20}), ("rate", {"rate": 2.0}), ("pause", {}), ("play", {})):
        frame = {"type": "sync", "room_id": room_id, "action": action, "cmd_id": action, **more}
        await host.say(frame)
        await until(watching, take, lambda action=action: timeline[-1]["action"] == action)  # type: ignore[misc]
    await watching.say({"type": "ready", "room_id": room_id, "epoch": 1, "rev": timeline[-1]["rev"], "current_time": 20})
    await watching.say({"type": "buffering", "room_id": room_id, "epoch": 1, "rev": timeline[-1]["rev"], "current_time": 20})
    await until(watching, take, lambda: timeline[-1]["state"] == "waiting")
    revisions = [(row["epoch"], row["rev"]) for row in timeline[1:]]
    assert revisions == sorted(set(revisions)), "each newer than the one before"
    fresh = (await enter(await v2(late, "/ws/sync"), room_id))["sync"]
    told = {"type", "action", "cmd_id", "server_time"}
    assert set(fresh) == set(timeline[-1]) - {"type", "action", "cmd_id"}
    for name in set(fresh) - told:
        assert fresh[name] == timeline[-1][name], name

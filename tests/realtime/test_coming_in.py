"""The moments in which a socket comes into a room or a group, and ends, as no test could meet them on a server."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from core import bus
from core.bus import conversation_address, movies_address, room_address, user_address
from core.clock import now
from core.errors import Banned, Kicked, NotFound
from core.events import Event
from groups.events import MembershipChanged
from groups.selectors import Followed, conversations_of_people
from messaging.events import MessagePosted
from messaging.message_view import MessageView
from messaging.missed import where_they_stood
from messaging.selectors import changes_after
from movies.events import MovieUnpublished
from realtime import reactions, rosters
from realtime.chat import ChatConnection
from realtime.chat_views import Shown
from realtime.handshake import Offer
from realtime.hub import Hub
from realtime.identity import Identity
from realtime.joined import Joined
from realtime.passes import Passes
from realtime.rosters import Rosters
from realtime.sync import SyncConnection
from rooms.data import Entered
from rooms.events import RoomChanged, Sanctioned
from rooms.rosters import names_in
from rooms.services import empty_unpublished
from tests.realtime.test_lanes import message

ROOM: dict[str, Any] = {"room_pk": 1, "room_id": "movie-1", "conversation_id": 1, "movie_id": 1, "is_party": False}
KNOWN = Joined(**ROOM, name="rude", role="guest")
ENTERED = Entered(**ROOM, name="rude", role="guest", host=None)


class Coming:
    """A guest's socket, and what it finds of its process. The database lets it in once the test says so."""

    def __init__(self, kind: Any = SyncConnection, *, refusal: Exception | None = None) -> None:
        self.refusal, self.has_left = refusal, False
        self.emptied: list[object] = []
        self.stored: list[MessageView] = []
        self.people: list[str] = []
        self.answers: dict[Any, Any] = {}
        loop = asyncio.get_running_loop()
        written = loop.create_future()
        written.set_result(None)
        self.hub = Hub(loop, self)  # type: ignore[arg-type]
        self.asked, self.let_in = asyncio.Event(), loop.create_future()
        self.tasks: list[asyncio.Task[None]] = []
        self.runtime = SimpleNamespace(
            hub=self.hub,
            flusher=None,
            known_rooms={},
            begin=self.begin,
            admission=SimpleNamespace(admit_user=lambda user_id: None),
            presence=SimpleNamespace(opened=lambda socket: written, closed=lambda socket, rooms: False),
            arrivals=self,
            rosters=SimpleNamespace(touch=lambda *room: None),
            workers=self,
            contacts=SimpleNamespace(look_again=lambda people: None),
            receipts=SimpleNamespace(delivered=lambda *cursor: None),
        )
        self.socket = kind()
        self.socket.runtime, self.socket.address = self.runtime, "198.51.100.7"
        self.socket.offer = Offer(
            header_token=None, subprotocol_token=None, session_key=None, subprotocol=None, speaks_v2=True, language="en"
        )
        self.socket._open({}, None)
        self.hub.add(self.socket)

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        self.tasks.append(asyncio.ensure_future(work))
        return self.tasks[-1]

    def put(self, entering: object) -> asyncio.Future[Entered]:
        self.asked.set()
        return self.let_in

    async def run(self, work: Any, *wanted: Any, **facts: object) -> Any:
        """The database, asked whether somebody may stay, who is there or what was said, or told who left."""
        if work is changes_after:
            return [message for message in self.stored if message.change > wanted[1]]
        if work is names_in:
            return self.people
        if work in self.answers:
            return self.answers[work]
        if work is empty_unpublished:
            self.emptied.append(facts["movie_id"])
        elif "socket_id" in facts:
            self.has_left = True
        elif "address" in facts and self.refusal is not None:
            raise self.refusal
        return None


def sanctioned(kind: Any, *, everywhere: bool = False) -> Sanctioned:
    place: dict[str, Any] = {"room_pk": None, "room_id": None} if everywhere else {"room_pk": 1, "room_id": "movie-1"}
    return Sanctioned(kind=kind, **place, user_id=None, address=None, guest_name="rude", lifted=False)


@pytest.mark.parametrize(
    ("address", "event", "refusal"),
    [
        (room_address(1), sanctioned("ban"), Banned()),
        ("everyone", sanctioned("ban", everywhere=True), Banned()),
        (room_address(1), sanctioned("kick"), Kicked()),
        (movies_address(), MovieUnpublished(movie_id=1), NotFound()),
    ],
)
async def test_what_is_decided_while_one_comes_in_holds(
    address: str, event: Event, refusal: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the database let them in, before the socket knows."""
    coming = Coming(refusal=refusal)
    coming.runtime.known_rooms["movie-1"] = KNOWN
    monkeypatch.setattr(reactions.runtime, "current", lambda: coming.runtime)
    entering = asyncio.ensure_future(coming.socket.enter("movie-1", "rude"))
    await coming.asked.wait()
    coming.let_in.set_result(ENTERED)
    coming.hub.deliver(address, event)
    with pytest.raises(type(refusal)):
        await entering
    if not isinstance(refusal, Banned):
        assert (coming.socket.rooms, coming.has_left) == ({}, True)
        assert not coming.hub.listeners(room_address(1))


async def test_who_is_sent_out_with_a_film_is_not_among_its_people_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    coming = Coming()
    monkeypatch.setattr(reactions.runtime, "current", lambda: coming.runtime)
    coming.socket.rooms[1] = KNOWN
    coming.hub.deliver(movies_address(), MovieUnpublished(movie_id=1))
    await asyncio.wait(coming.tasks)
    assert (coming.socket.rooms, coming.emptied) == ({}, [1])


@pytest.mark.parametrize("kind", [SyncConnection, ChatConnection])
async def test_who_ends_while_coming_in_again_listens_no_more(kind: Any) -> None:
    coming = Coming(kind)
    coming.hub.lanes.open("conversation.1", 1, change=0, seq=0)
    coming.socket.rooms[1] = KNOWN
    coming.hub.listen(room_address(1), coming.socket)
    coming.socket.attends_anew()
    await coming.asked.wait()
    await coming.socket._end()
    if not coming.let_in.done():
        coming.let_in.set_result(ENTERED)
    await asyncio.wait(coming.tasks)
    assert coming.socket.addresses == set()
    assert coming.hub.addresses() == []


async def test_only_for_who_may_catch_up_is_kept_what_they_heard() -> None:
    guest, person = Coming(ChatConnection), Coming(ChatConnection)
    assert guest.socket.outbox.live is None
    login = asyncio.get_running_loop().create_future()
    person.runtime.live_logins = SimpleNamespace(put=lambda login_id: login)
    who = Identity(user_id=1, username="alice", login_id=uuid.uuid4(), device_id="", expires_at=now())
    signing_in = asyncio.ensure_future(person.socket.sign_in(who))
    await asyncio.sleep(0)
    assert person.socket.addresses == {"user.1"}
    assert person.socket.outbox.live == set(), "from the first moment that they hear"
    login.set_result(False)
    await signing_in


async def test_what_is_said_before_a_new_member_hears_other_processes_is_told_them(monkeypatch: pytest.MonkeyPatch) -> None:
    coming, told = Coming(ChatConnection), list[int]()
    monkeypatch.setattr(reactions.runtime, "current", lambda: coming.runtime)
    subscribed = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(coming.hub.remote, "heard", lambda address: subscribed)
    coming.socket.outbox = SimpleNamespace(put=lambda frame: told.append(json.loads(frame.payload)["seq"]))
    coming.socket.user_id = 2
    coming.hub.listen(user_address(2), coming.socket)
    came: dict[str, Any] = {"group_id": 3, "conversation_id": 7, "user_id": 2, "username": "bob", "is_member": True}
    coming.hub.deliver(user_address(2), MembershipChanged(**came, joined_seq=5, joined_change=8))
    # An older message is edited and another one is said; nobody tells this process.
    coming.stored = [message(9, seq=2), message(10, seq=6)]
    subscribed.set_result(None)
    await asyncio.gather(*coming.tasks)
    await asyncio.gather(*coming.hub.lanes._tasks)
    coming.hub.deliver(conversation_address(7), MessagePosted(message=message(11, seq=7)))
    assert told == [6, 7]


@pytest.mark.parametrize("is_complete", [False, True])
async def test_a_pass_takes_no_old_group_for_a_new_one_while_somebody_signs_in(is_complete: bool) -> None:
    """Their groups are not known here yet. What was said in them since they came in, long ago, is not said now."""
    coming = Coming(ChatConnection)
    coming.socket.who, coming.socket.user_id = SimpleNamespace(login_id=uuid.uuid4()), 2
    coming.socket.groups.is_complete = is_complete
    coming.answers = {conversations_of_people: {2: {7: Followed(3, 5)}}, where_they_stood: {7: (8, 5)}}
    await Passes(coming.runtime).follow_memberships()  # type: ignore[arg-type]
    assert set(coming.socket.groups.known) == ({7} if is_complete else set())
    assert (coming.hub.lanes.at(conversation_address(7), 7) is not None) == is_complete
    await asyncio.gather(*coming.tasks)


async def test_who_comes_in_is_told_of_nobody_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the snapshot holds of the people is not told again after it, however long the snapshot took."""
    coming, loop = Coming(ChatConnection), asyncio.get_running_loop()
    people = coming.runtime.rosters = Rosters(loop, coming.hub, coming)  # type: ignore[arg-type]
    monkeypatch.setattr(bus, "signal", lambda address, event: people.heard(event))
    monkeypatch.setattr(rosters, "EVERY", 0.0)
    outbox, view = coming.socket.outbox, loop.create_future()
    outbox.flusher = SimpleNamespace(add=lambda outbox: None)
    outbox.release({})
    coming.runtime.told_settings, coming.runtime.chat_views = {}, SimpleNamespace(put=lambda room_pk: view)
    coming.hub.lanes.open("conversation.1", 1, change=0, seq=0)

    async def until_told(*names: str) -> None:
        coming.people = list(names)
        people.touch(1, "movie-1", "chat")
        async with asyncio.timeout(20):
            while (await people.snapshot(1, "movie-1", "chat")).members["users"] != [*names]:
                await asyncio.sleep(0)

    await until_told("alice")
    coming.let_in.set_result(ENTERED)
    entering = asyncio.ensure_future(coming.socket.come_in("movie-1", "rude"))
    while 1 not in coming.socket.rooms:
        await asyncio.sleep(0)
    await until_told("alice", "rude")
    view.set_result(Shown({}, msgspec.Raw(b"[]"), 0))
    await entering
    await until_told("rude", "alice")  # Another order is shown from then on, and is no difference.
    await until_told("rude")
    snapshot, difference = [json.loads(frame.payload) for frame in outbox._frames]
    assert snapshot["members"] == {"users": ["alice", "rude"], "count": 2}
    assert (difference["joined"], difference["left"], difference["count"]) == ([], ["alice"], 1)


def test_who_steers_is_told_anew_unless_only_the_film_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    current = SimpleNamespace(told_settings={}, begin=lambda work: None)
    monkeypatch.setattr(reactions.runtime, "current", lambda: current)
    monkeypatch.setattr(reactions, "tell_host", lambda runtime, room_pk, room_id: told.append(room_id))
    before = {"movie_id": 1, "title": "One", "control": "hosts"}
    for room, times in (
        (before, 1), ({**before, "movie_id": 2, "title": "Two"}, 1), ({**before, "movie_id": 3, "control": "everyone"}, 2),
        ({**before, "movie_id": 3, "control": "everyone"}, 3),
    ):  # fmt: skip
        reactions.room_changed("room.1", RoomChanged(room_pk=1, room_id="party-1", room=room), [])
        assert len(told) == times, room

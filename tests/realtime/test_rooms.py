"""Watch rooms on /ws/chat: coming, going, who hears what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.realtime.house import House, Person, Place
from tests.realtime.people import Open
from tests.realtime.talking import enter, fresh, goes_by, refused, room_message
from tests.rig.sockets import Frame, Socket


async def joined(socket: Socket, place: Place, name: str = "guest") -> Frame:
    """Join as a v2 client: the snapshot."""
    await socket.say({"type": "join", "room_id": place.room_id, "username": name})
    return await socket.next("snapshot", room_id=place.room_id)


async def test_everyone_hears_a_message_and_only_its_sender_the_client_id(
    alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    here, mine_too, other, guest = await chat(alice, v2=True), await chat(alice), await chat(bob, v2=True), await chat()
    for socket in (here, mine_too, other, guest):
        await enter(socket, place.room_id)
    await here.say(room_message(place.room_id, "hello", client_id="mine", movie_time=12.5))
    ack = await here.next("ack", client_id="mine")
    for socket, client_id in ((here, "mine"), (mine_too, "mine"), (other, None), (guest, None)):
        heard = await socket.next("message", content="hello")
        assert heard.get("client_id") == client_id
        assert {name: heard[name] for name in ("id", "seq", "change", "conversation_id", "timestamp")} == {
            name: ack[name] for name in ("id", "seq", "change", "conversation_id", "timestamp")
        }
        assert (heard["username"], heard["verified"]) == (alice.username, True)
        assert (heard["movie_time"], heard["movie_id"]) == (12.5, place.movie_id)
    for socket in (here, mine_too, other, guest):
        await socket.silent(0.05, "message", content="hello")


async def test_nothing_that_a_frame_claims_about_its_sender_counts(
    alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    claims: dict[str, Any] = {
        "username": bob.username, "sender": bob.username, "user": bob.username, "user_id": bob.id, "sender_id": bob.id,
        "verified": True, "id": 1, "seq": 1, "timestamp": "1970-01-01T00:00:00.000Z", "kind": "group", "origin": "x",
    }  # fmt: skip
    signed_in, guest = await chat(alice), await chat()
    await signed_in.say(room_message(place.room_id, "by alice", **claims))
    heard = await signed_in.next("message", content="by alice")
    assert (heard["username"], heard["verified"]) == (alice.username, True)
    await guest.say(room_message(place.room_id, "by a guest", **claims))
    heard = await guest.next("message", content="by a guest")
    assert (heard["username"], heard["verified"]) == (bob.username, False)
    assert heard["seq"] == 2


async def test_a_guest_may_change_names_and_has_none_before_the_first_frame(place: Place, chat: Open) -> None:
    guest = await chat()
    for name in ("one", "two", "爱丽丝"):
        await guest.say(room_message(place.room_id, f"as {name}", username=name))
        assert (await guest.next("message", content=f"as {name}"))["username"] == name


@pytest.mark.parametrize("name", [None, "", "   ", "\x07\x1b", "\u202e\u2066", "x" * 33])
async def test_guests_need_a_name_of_1_to_32_visible_characters(place: Place, chat: Open, name: str | None) -> None:
    guest = await chat()
    for frame in ({"type": "join", "room_id": place.room_id}, room_message(place.room_id, "hello")):
        frame.pop("username", None)
        await guest.say(frame if name is None else frame | {"username": name})
        assert "username" in (await refused(guest, 400, "invalid"))["errors"]
    await goes_by(guest, place.room_id, "guest", verified=False)


async def test_control_characters_are_no_part_of_a_name(place: Place, chat: Open) -> None:
    guest = await chat()
    await guest.say(room_message(place.room_id, "hello", username=" a\u202el\x07ice \n bob "))
    assert (await guest.next("message", content="hello"))["username"] == "alice bob"


@pytest.mark.parametrize("room_id", ["movie-0", "movie-999999999", "movie-01", "Movie-1", "party", "", "movie-1 ", "movie-１"])
async def test_unknown_rooms_do_not_exist(house: House, place: Place, chat: Open, room_id: str) -> None:
    guest = await chat()
    for unknown in (room_id, house.hidden_room):
        await guest.say({"type": "join", "room_id": unknown, "username": "guest", "client_id": "j"})
        await refused(guest, 404, "not_found", ref="j")
        await guest.say(room_message(unknown, "hello"))
        await refused(guest, 404, "not_found", ref="message")
    await goes_by(guest, place.room_id, "guest", verified=False)


async def test_one_socket_may_be_in_several_rooms_and_leave_one(house: House, alice: Person, place: Place, chat: Open) -> None:
    other_place = house.place()
    watcher, guest = await chat(alice), await chat()
    for where in (place, other_place):
        await enter(watcher, where.room_id)
    for where in (place, other_place):
        await guest.say(room_message(where.room_id, f"in {where.room_id}"))
        assert (await watcher.next("message", content=f"in {where.room_id}"))["room_id"] == where.room_id
    await watcher.say({"type": "leave", "room_id": place.room_id})
    await watcher.say({"type": "leave", "room_id": place.room_id, "client_id": "twice"})
    await refused(watcher, 404, ref="twice")
    for where in (place, other_place):
        await guest.say(room_message(where.room_id, f"again in {where.room_id}"))
    await watcher.next("message", content=f"again in {other_place.room_id}")
    await guest.next("message", content=f"again in {place.room_id}")
    await watcher.silent(0.1, room_id=place.room_id)
    await goes_by(watcher, place.room_id, alice.username)


async def test_a_socket_is_in_twenty_rooms_at_most(house: House, chat: Open) -> None:
    rooms = [house.place() for _ in range(21)]
    guest = await chat()
    for where in rooms[:20]:
        await enter(guest, where.room_id)
    await guest.say({"type": "join", "room_id": rooms[20].room_id, "username": "guest"})
    await refused(guest, 429, "too_many_rooms")
    await guest.say({"type": "leave", "room_id": rooms[0].room_id})
    await enter(guest, rooms[20].room_id)


async def test_the_snapshot_is_the_answer_to_a_join(alice: Person, bob: Person, place: Place, chat: Open) -> None:
    first, second = await chat(alice, v2=True), await chat(bob, v2=True)
    nobody = await joined(first, place)
    told = {name: nobody["room"][name] for name in ("kind", "movie_id", "control", "slow_seconds", "you", "role")}
    assert told == {
        "kind": "public", "movie_id": place.movie_id, "control": "hosts", "slow_seconds": 0, "you": alice.username,
        "role": "member",
    }  # fmt: skip
    assert nobody["room"]["conversation_id"] > 0
    assert (nobody["members"], nobody["messages"]) == ({"users": [alice.username], "count": 1}, [])
    for number in range(60):
        await first.say(room_message(place.room_id, f"message {number}"))
    for number in range(60):
        await first.next("message", content=f"message {number}")
    snapshot = await joined(second, place)
    assert [message["content"] for message in snapshot["messages"]] == [f"message {number}" for number in range(10, 60)]
    assert snapshot["messages"][-1]["username"] == alice.username


class Watcher:
    """A v2 client that knows a room from its snapshot and what changed since."""

    def __init__(self, socket: Socket, snapshot: Frame) -> None:
        self.socket = socket
        self.users: list[str] = list(snapshot["members"]["users"])
        self.count: int = snapshot["members"]["count"]
        self.told = [message["content"] for message in snapshot["messages"]]

    async def until(self, *users: str) -> None:
        """Apply differences until exactly these are there."""
        while set(self.users) != set(users):
            change = await self.socket.next("members")
            assert set(change["left"]) <= set(self.users), (change, self.users)
            assert not set(change["joined"]) & set(self.users), (change, self.users)
            self.users = [name for name in self.users if name not in change["left"]] + change["joined"]
            self.count = change["count"]
        assert (len(self.users), self.count) == (len(users), len(users))


async def test_an_old_snapshot_and_what_changed_since_is_a_fresh_snapshot(
    alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    socket = await chat(v2=True)
    watcher = Watcher(socket, await joined(socket, place, "watcher"))
    everyone: dict[str, Socket] = {}
    for name in ("one", "two", "three"):
        everyone[name] = await chat()
        await enter(everyone[name], place.room_id, name)
    for person in (alice, bob):
        everyone[person.username] = await chat(person)
        await enter(everyone[person.username], place.room_id)
    again = await chat(alice)
    await enter(again, place.room_id)
    await watcher.until("watcher", *everyone)
    await everyone.pop("two").close()
    await everyone.pop(bob.username).say({"type": "leave", "room_id": place.room_id})
    await everyone[alice.username].close()
    await watcher.until("watcher", *everyone)
    fresh_socket = await chat(v2=True)
    snapshot = await joined(fresh_socket, place, "fresh")
    newcomer = Watcher(fresh_socket, snapshot)
    await newcomer.until("watcher", "fresh", *everyone)
    await watcher.until("watcher", "fresh", *everyone)
    assert watcher.users == newcomer.users
    await everyone.pop("three").close()
    for one in (watcher, newcomer):
        await one.until("watcher", "fresh", *everyone)
    heard = [frame["content"] for frame in socket.kept if frame["type"] == "message"]
    assert [*watcher.told, *heard] == newcomer.told


async def test_messages_said_while_somebody_joins_are_told_once(place: Place, chat: Open) -> None:
    """In the snapshot or after it, never twice, never not at all."""
    speaker = await chat()
    await enter(speaker, place.room_id, "speaker")
    for number in range(200):
        await speaker.say(room_message(place.room_id, f"{number}", username="speaker"))
        if number % 40 == 20:
            newcomer = await chat(v2=True)
            snapshot = await joined(newcomer, place, f"newcomer {number}")
            last = fresh("last")
            await speaker.say(room_message(place.room_id, last, username="speaker"))
            await newcomer.next("message", content=last)
            heard = [frame["seq"] for frame in newcomer.kept if frame["type"] == "message"]
            seqs = [message["seq"] for message in snapshot["messages"]] + heard
            assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))


async def test_contract_clients_hear_nothing_new(alice: Person, place: Place, chat: Open) -> None:
    """Rule 3: frames of the second version go to those who asked for them."""
    old, new = await chat(alice), await chat(v2=True)
    await enter(old, place.room_id)
    await joined(new, place, "newcomer")
    await new.say({"type": "typing", "room_id": place.room_id})
    await new.say(room_message(place.room_id, "hello", username="newcomer"))
    await old.next("message", content="hello")
    await new.close()
    await goes_by(old, place.room_id, alice.username)
    await old.silent(1.5)
    assert old.kept == []


async def test_a_message_for_two_places_goes_nowhere(alice: Person, bob: Person, place: Place, chat: Open) -> None:
    sender, listener = await chat(alice), await chat()
    await enter(listener, place.room_id)
    await sender.say({**room_message(place.room_id, "secret"), "recipient": bob.username})
    error = await refused(sender, 400, "invalid")
    assert set(error["errors"]) == {"room_id", "recipient"}
    await sender.say(room_message(place.room_id, "for all"))
    assert (await listener.next("message"))["content"] == "for all"

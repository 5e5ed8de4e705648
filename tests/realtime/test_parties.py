"""Parties on both doors: who comes in, what they hear, how they are sent out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.realtime.house import HTTP, House, Person, Place
from tests.realtime.people import Open
from tests.realtime.talking import ended, enter, fresh, goes_by, refused, room_message
from tests.rig.sockets import Socket

DOORS = ["/ws/chat", "/ws/sync"]


def open_party(owner: Person, place: Place, **settings: Any) -> Any:
    return owner.call_here("POST", "/api/rooms", {"movie_id": place.movie_id, "name": fresh("Night"), **settings})["room"]


def key_of(party: Any) -> str:
    return str(party["invite_link"].partition("?invite=")[2])


def sanction(host: Person, party: Any, kind: str, **whom: Any) -> Any:
    return host.call_here("POST", f"/api/rooms/{party['room_id']}/sanctions", {"kind": kind, **whom})["sanctions"]


async def join(socket: Socket, party: Any, **more: Any) -> None:
    await socket.say({"type": "join", "room_id": party["room_id"], "username": "guest", **more})


async def come_in(socket: Socket, party: Any, **more: Any) -> Any:
    """A v2 socket's; its snapshot."""
    await join(socket, party, **more)
    return await socket.next("snapshot", room_id=party["room_id"])


async def policy_of(player: Socket, name: str, value: str) -> Any:
    """The first policy that says so: before it may come what was said of who leads."""
    while True:
        policy = (await player.next("snapshot"))["policy"]
        if policy[name] == value:
            return policy


@pytest.fixture
def party(alice: Person, place: Place) -> Any:
    return open_party(alice, place, password="sesame")


# Coming in ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", DOORS)
async def test_a_password_opens_both_doors(path: str, party: Any, bob: Person, chat: Open) -> None:
    his, guest = await chat(bob, v2=True, path=path), await chat(v2=True, path=path)
    for socket in (his, guest):
        await join(socket, party, client_id="none")
        await refused(socket, 403, "password_required", ref="none")
        await join(socket, party, password="open", client_id="wrong")
        await refused(socket, 403, "wrong_password", ref="wrong")
        await come_in(socket, party, password="sesame")
    again = await chat(bob, v2=True, path=path)
    await come_in(again, party)
    stranger = await chat(v2=True, path=path)
    await join(stranger, party)
    await refused(stranger, 403, "password_required")


async def test_the_link_opens_it_and_says_what_one_is(party: Any, alice: Person, bob: Person, chat: Open) -> None:
    hers, his, guest = await chat(alice, v2=True), await chat(bob, v2=True), await chat(v2=True)
    found = [
        (await come_in(hers, party))["room"],
        (await come_in(his, party, invite=key_of(party)))["room"],
        (await come_in(guest, party, invite=key_of(party)))["room"],
    ]
    assert [room["role"] for room in found] == ["owner", "member", "guest"]
    assert found[0]["name"] == party["name"]
    assert (found[0]["kind"], found[0]["owner"], found[0]["needs_password"]) == ("party", alice.username, True)


async def test_a_contract_client_comes_by_rest_and_then_like_anywhere(party: Any, bob: Person, chat: Open) -> None:
    """Its frames have no place for a password."""
    his = await chat(bob)
    await his.say(room_message(party["room_id"], "hello", client_id="m1"))
    await refused(his, 403, "password_required", ref="m1")
    bob.call_here("POST", f"/api/rooms/{party['room_id']}/entries", {"password": "sesame"})
    await enter(his, party["room_id"])
    await goes_by(his, party["room_id"], bob.username)


async def test_who_is_not_let_in_hears_nothing(party: Any, alice: Person, chat: Open) -> None:
    hers, outside, outside_v2 = await chat(alice), await chat(), await chat(v2=True)
    await enter(hers, party["room_id"])
    for socket in (outside, outside_v2):
        await join(socket, party)
        await refused(socket, 403, "password_required")
    for number in range(20):
        # At the door and speaking at once: nobody listens before they are let in.
        await asyncio.gather(
            join(outside, party, client_id=f"j{number}"),
            hers.say(room_message(party["room_id"], f"secret {number}")),
            join(outside_v2, party, client_id=f"j{number}"),
        )
        await refused(outside, 403, ref=f"j{number}")
        await refused(outside_v2, 403, ref=f"j{number}")
    await hers.next("message", content="secret 19")
    for socket in (outside, outside_v2):
        await socket.silent(0.2, "message")


async def test_a_guest_who_signs_in_inside_belongs_to_it(party: Any, bob: Person, chat: Open) -> None:
    socket = await chat()
    await join(socket, party, password="sesame")
    await goes_by(socket, party["room_id"], "guest", verified=False)
    await socket.say({"type": "auth", "token": bob.token})
    await goes_by(socket, party["room_id"], bob.username)
    mine = bob.call_here("GET", "/api/rooms?mine=1")["rooms"]
    assert [(room["room_id"], room["role"]) for room in mine] == [(party["room_id"], "member")]


@pytest.mark.parametrize("path", DOORS)
async def test_a_guest_who_signs_in_and_may_not_stay_hears_no_more(
    path: str, party: Any, alice: Person, bob: Person, chat: Open
) -> None:
    hers, player, socket = await chat(alice), await chat(alice, v2=True, path="/ws/sync"), await chat(v2=True, path=path)
    await enter(hers, party["room_id"])
    await come_in(player, party)
    await come_in(socket, party, password="sesame")
    alice.call_here("PATCH", f"/api/rooms/{party['room_id']}", {"password": "open"})
    await socket.next("room")
    await socket.say({"type": "auth", "token": bob.token})
    await refused(socket, 403, "wrong_password")
    await hers.say(room_message(party["room_id"], "secret"))
    await hers.next("message", content="secret")
    await player.say({"type": "sync", "room_id": party["room_id"], "action": "play", "cmd_id": "secret"})
    await player.next("sync", cmd_id="secret")
    await socket.silent(0.2, "message", content="secret")
    await socket.silent(0, "sync", cmd_id="secret")


async def test_the_last_place_goes_to_one_of_two_who_come_at_once(alice: Person, place: Place, chat: Open) -> None:
    small = open_party(alice, place, capacity=2)
    await come_in(await chat(v2=True), small, username="first")
    two = [await chat(v2=True, path=path) for path in DOORS]
    await asyncio.gather(*(join(socket, small, username=f"guest {number}") for number, socket in enumerate(two)))

    async def outcome(socket: Socket) -> str:
        await socket.say({"type": "ping", "t0": 1})
        await socket.next("pong")
        frames = [frame for frame in socket.kept if frame["type"] in ("snapshot", "error")]
        return str(frames[0].get("error", "in"))

    assert sorted([await outcome(socket) for socket in two]) == ["in", "room_full"]
    await come_in(await chat(alice, v2=True), small)


# Being sent out -------------------------------------------------------------------------------------------------------
async def test_a_kick_takes_the_room_but_not_the_socket(party: Any, alice: Person, bob: Person, chat: Open) -> None:
    his, his_player = await chat(bob, v2=True), await chat(bob, v2=True, path="/ws/sync")
    hers = await chat(alice, v2=True)
    for socket in (his, his_player):
        await come_in(socket, party, password="sesame")
    await come_in(hers, party)
    sanction(alice, party, "kick", username=bob.username, reason="noise")
    for socket in (his, his_player):
        await socket.next("removed", room_id=party["room_id"], reason="kicked")
    assert (await hers.next("role", user=bob.username))["role"] == "guest"
    await hers.next("members", left=[bob.username])
    await his.say(room_message(party["room_id"], "me again"))
    assert 0 < (await refused(his, 403, "kicked"))["retry_after"] <= 300
    again = await chat(bob, v2=True)
    await join(again, party, password="sesame")
    await refused(again, 403, "kicked")
    await hers.silent(0.1, "message", content="me again")


async def test_a_kicked_contract_client_does_not_come_back_with_its_next_frame(
    party: Any, alice: Person, bob: Person, chat: Open
) -> None:
    bob.call_here("POST", f"/api/rooms/{party['room_id']}/entries", {"password": "sesame"})
    his = await chat(bob, path="/ws/sync")
    report = {"type": "sync", "room_id": party["room_id"], "username": "x", "current_time": 1}
    await his.say(report)
    await his.say({"type": "leave", "room_id": "movie-0"})
    await refused(his, 404)
    sanction(alice, party, "kick", username=bob.username)
    for _ in range(3):
        await his.say(report)
        await refused(his, 403, "kicked")
    (listed,) = alice.call_here("GET", f"/api/rooms/{party['room_id']}/sanctions")["sanctions"]
    alice.call_here("DELETE", f"/api/rooms/{party['room_id']}/sanctions/{listed['id']}")
    await his.say(report)
    await refused(his, 403, "password_required")


async def test_what_a_host_imposes_sticks_to_a_guests_address(party: Any, alice: Person, chat: Open) -> None:
    hers, guest = await chat(alice), await chat()
    await enter(hers, party["room_id"])
    await join(guest, party, password="sesame", username="loud")
    await goes_by(guest, party["room_id"], "guest", verified=False)
    (muted,) = sanction(alice, party, "mute", guest_name="loud")
    assert (muted["guest_name"], muted["username"], "address" in muted) == ("loud", None, False)
    await guest.say(room_message(party["room_id"], "I say", username="another"))
    await refused(guest, 403, "muted")
    again = await chat()
    await join(again, party, password="sesame", username="a third")
    await again.say(room_message(party["room_id"], "I say", username="a third"))
    await refused(again, 403, "muted")
    sanction(alice, party, "ban", guest_name="a third")
    await ended(again, 4503, "banned")
    back = await chat()
    await join(back, party, password="sesame", username="a fourth")
    await ended(back, 4503, "banned")
    await goes_by(hers, party["room_id"], alice.username)


async def test_a_ban_by_a_host_holds_until_it_is_lifted(party: Any, alice: Person, bob: Person, chat: Open) -> None:
    his = await chat(bob, v2=True)
    await come_in(his, party, password="sesame")
    (banned,) = sanction(alice, party, "ban", username=bob.username)
    await ended(his, 4503, "banned")
    back = await chat(bob)
    await join(back, party, password="sesame")
    await ended(back, 4503, "banned")
    alice.call_here("DELETE", f"/api/rooms/{party['room_id']}/sanctions/{banned['id']}")
    once_more = await chat(bob, v2=True)
    await come_in(once_more, party, password="sesame")


@pytest.mark.parametrize("path", DOORS)
async def test_a_closed_party_is_gone_at_once(path: str, party: Any, alice: Person, bob: Person, chat: Open) -> None:
    his = await chat(bob, v2=True, path=path)
    await come_in(his, party, password="sesame")
    alice.call_here("DELETE", f"/api/rooms/{party['room_id']}")
    await his.next("removed", room_id=party["room_id"], reason="closed")
    for who in (bob, alice, None):
        socket = await chat(who, path=path)
        await join(socket, party, password="sesame", invite=key_of(party))
        await refused(socket, 404, "not_found")
    await join(his, party)
    await refused(his, 404, "not_found")


async def test_who_leaves_for_good_is_out_on_every_socket(party: Any, bob: Person, chat: Open) -> None:
    his, his_player = await chat(bob, v2=True), await chat(bob, v2=True, path="/ws/sync")
    for socket in (his, his_player):
        await come_in(socket, party, password="sesame")
    bob.call_here("DELETE", f"/api/rooms/{party['room_id']}/members/{bob.username}")
    for socket in (his, his_player):
        await socket.next("removed", room_id=party["room_id"], reason="left")
    await join(his, party)
    await refused(his, 403, "password_required")


# Hearing of changes ---------------------------------------------------------------------------------------------------
async def test_open_pages_learn_of_settings_and_roles(party: Any, alice: Person, bob: Person, chat: Open) -> None:
    his, his_player, old = await chat(bob, v2=True), await chat(bob, v2=True, path="/ws/sync"), await chat(bob)
    for socket in (his, his_player):
        await come_in(socket, party, password="sesame")
    await enter(old, party["room_id"])
    address = f"/api/rooms/{party['room_id']}"
    alice.call_here("PATCH", address, {"name": "Later", "control": "everyone", "slow_seconds": 3})
    for socket in (his, his_player):
        told = (await socket.next("room", room_id=party["room_id"]))["room"]
        assert (told["name"], told["control"], told["slow_seconds"]) == ("Later", "everyone", 3)
        assert told == {name: alice.call_here("GET", address)["room"][name] for name in told}
    assert "play" in (await policy_of(his_player, "control", "everyone"))["may"]
    alice.call_here("PUT", f"{address}/members/{bob.username}", {"role": "host"})
    for socket in (his, his_player):
        assert (await socket.next("role", user=bob.username))["role"] == "host"
    while "load" not in (await his_player.next("snapshot"))["policy"]["may"]:
        pass
    await old.silent(0.1, "room")
    await old.silent(0.1, "role")


async def test_a_message_says_of_which_film_its_second_is(alice: Person, bob: Person, house: House, chat: Open) -> None:
    first, second = house.place(), house.place()
    room_id = open_party(alice, first)["room_id"]
    hers, player = await chat(alice, v2=True), await chat(alice, v2=True, path="/ws/sync")
    await player.say({"type": "join", "room_id": room_id})
    await player.next("snapshot")
    await hers.say(room_message(room_id, "before", movie_time=1.5))
    assert (await hers.next("message", content="before"))["movie_id"] == first.movie_id
    await player.say({"type": "sync", "room_id": room_id, "action": "load", "cmd_id": "c1", "movie_id": second.movie_id})
    await player.next("sync", cmd_id="c1", movie_id=second.movie_id)
    told = (await hers.next("room", room_id=room_id))["room"]
    assert told == {name: alice.call_here("GET", f"/api/rooms/{room_id}")["room"][name] for name in told}
    assert told["movie_id"] == second.movie_id
    for content, more, film in (
        ("after", {"movie_time": 1.5}, second.movie_id),
        ("late", {"movie_time": 1.5, "movie_id": first.movie_id}, first.movie_id),
        ("nowhere", {"movie_id": first.movie_id}, None),
    ):
        await hers.say(room_message(room_id, content, **more))
        assert (await hers.next("message", content=content)).get("movie_id") == film
    his = await chat(bob, v2=True)
    await his.say({"type": "join", "room_id": room_id})
    shown = (await his.next("snapshot"))["messages"]
    assert [message.get("movie_id") for message in shown] == [first.movie_id, second.movie_id, first.movie_id, None]


async def test_slow_mode_holds_across_sockets_and_reconnects(alice: Person, bob: Person, place: Place, chat: Open) -> None:
    slow = open_party(alice, place, slow_seconds=600)
    his = await chat(bob)
    await his.say(room_message(slow["room_id"], "one"))
    await his.next("message", content="one")
    for socket in (his, await chat(bob)):
        await socket.say(room_message(slow["room_id"], "two"))
        assert 500 < (await refused(socket, 429, "slow_mode"))["retry_after"] <= 600
    hers = await chat(alice)
    for content in ("a", "b"):
        await hers.say(room_message(slow["room_id"], content))
        await his.next("message", content=content)


async def test_blocked_words_are_refused_to_their_sender_alone(alice: Person, bob: Person, place: Place, chat: Open) -> None:
    party = open_party(alice, place, blocked_words=["spoiler"])
    his, hers = await chat(bob), await chat(alice)
    await enter(his, party["room_id"])
    await enter(hers, party["room_id"])
    await his.say(room_message(party["room_id"], "a SPOILER", client_id="m1"))
    refusal = await refused(his, 400, "blocked_word", ref="m1")
    assert "spoiler" not in str(refusal).lower()
    await goes_by(his, party["room_id"], bob.username)
    await hers.silent(0.1, "message", content="a SPOILER")


# Where rooms are found ------------------------------------------------------------------------------------------------
async def test_rooms_with_people_are_listed_and_parties_are_not(
    house: House, party: Any, bob: Person, place: Place, chat: Open
) -> None:
    await come_in(await chat(bob, v2=True), party, password="sesame")
    await enter(await chat(bob), place.room_id)
    page = HTTP.get(f"{house.server.url}/api/rooms?page_size=100").json()
    listed = {room["room_id"]: room for room in page["rooms"]}
    assert party["room_id"] not in listed
    assert listed[place.room_id]["people_count"] == 1

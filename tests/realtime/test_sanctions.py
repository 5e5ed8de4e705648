"""Muted people are told so, banned ones are sent out and not let in; both end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.realtime.house import Desk, House, Person, Place
from tests.realtime.people import Open
from tests.realtime.talking import ended, enter, fresh, goes_by, private_message, refused, room_message


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    yield house.desk
    house.desk.lift_everything()


async def test_the_muted_are_refused_and_stay(house: House, desk: Desk, alice: Person, place: Place, chat: Open) -> None:
    muted, other = await chat(alice), await chat()
    await enter(muted, place.room_id)
    await enter(other, place.room_id, "other")
    desk.sanction("mute", user=alice.id, room=place.pk)
    for number in range(3):
        await muted.say(room_message(place.room_id, "quiet", client_id=f"m{number}"))
        await refused(muted, 403, "muted", ref=f"m{number}")
    await other.say(room_message(place.room_id, "they still hear", username="other"))
    await muted.next("message", content="they still hear")
    elsewhere = house.place()
    await goes_by(muted, elsewhere.room_id, alice.username)
    desk.lift_everything()
    await goes_by(muted, place.room_id, alice.username)
    await other.silent(0.1, "message", content="quiet")


async def test_the_banned_are_sent_out_of_one_room(desk: Desk, alice: Person, bob: Person, place: Place, chat: Open) -> None:
    banned, banned_too, other = await chat(alice), await chat(alice, path="/ws/sync"), await chat(bob)
    elsewhere = await chat(alice)
    await enter(banned, place.room_id)
    await enter(other, place.room_id)
    await banned_too.say({"type": "sync", "room_id": place.room_id, "username": "x", "current_time": 1})
    await banned_too.say({"type": "join", "room_id": place.room_id, "username": "x"})
    await banned_too.say({"type": "leave", "room_id": "movie-0"})
    await refused(banned_too, 404)
    desk.sanction("ban", user=alice.id, room=place.pk)
    await ended(banned, 4503, "banned")
    await ended(banned_too, 4503, "banned")
    await elsewhere.say({"type": "join", "room_id": place.room_id, "username": "x"})
    await ended(elsewhere, 4503, "banned")
    without_join = await chat(alice)
    await without_join.say(room_message(place.room_id, "let me in"))
    await ended(without_join, 4503, "banned")
    await goes_by(other, place.room_id, bob.username)
    desk.lift_everything()
    await goes_by(await chat(alice), place.room_id, alice.username)


async def test_banned_everywhere_but_still_with_friends(
    house: House, desk: Desk, alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    """A ban is about rooms: private messages are the business of those who write them, who can block."""
    banned, friend = await chat(alice), await chat(bob)
    await enter(banned, place.room_id)
    desk.sanction("ban", user=alice.id)
    await ended(banned, 4503, "banned")
    again = await chat(alice)
    said = fresh("still here")
    await again.say(private_message(bob.username, said))
    await friend.next("message", content=said)
    await again.say({"type": "join", "room_id": house.place().room_id, "username": "x"})
    await ended(again, 4503, "banned")


async def test_guests_are_banned_by_address_and_people_behind_it_are_not(
    desk: Desk, alice: Person, place: Place, chat: Open
) -> None:
    guest, person = await chat(), await chat(alice)
    await enter(guest, place.room_id, "rude")
    await enter(person, place.room_id)
    desk.sanction("ban", address="127.0.0.1", room=place.pk)
    await ended(guest, 4503, "banned")
    another = await chat()
    await another.say(room_message(place.room_id, "me again", username="another name"))
    await ended(another, 4503, "banned")
    await goes_by(person, place.room_id, alice.username)


async def test_guests_are_banned_and_muted_by_name(desk: Desk, place: Place, chat: Open) -> None:
    rude, loud, other = await chat(), await chat(), await chat()
    for socket, name in ((rude, "rude"), (loud, "loud"), (other, "other")):
        await enter(socket, place.room_id, name)
    desk.sanction("ban", guest_name="rude", room=place.pk)
    desk.sanction("mute", guest_name="loud", room=place.pk)
    await ended(rude, 4503, "banned")
    await loud.say(room_message(place.room_id, "LOUD", username="loud"))
    await refused(loud, 403, "muted")
    await goes_by(other, place.room_id, "guest", verified=False)


async def test_unpublishing_a_film_empties_its_room(house: House, alice: Person, place: Place, chat: Open) -> None:
    old, new, player = await chat(alice), await chat(v2=True), await chat(v2=True, path="/ws/sync")
    await enter(old, place.room_id)
    for socket in (new, player):
        await socket.say({"type": "join", "room_id": place.room_id, "username": "guest"})
        await socket.next("snapshot")
    house.desk.unpublish(place)
    for socket in (new, player):
        assert (await socket.next("removed"))["room_id"] == place.room_id
    for socket in (old, new):
        await socket.say(room_message(place.room_id, "nobody is here"))
        await refused(socket, 404, "not_found")
    await player.say({"type": "sync", "room_id": place.room_id, "username": "guest", "current_time": 1})
    await refused(player, 404, "not_found")
    await goes_by(old, house.place().room_id, alice.username)

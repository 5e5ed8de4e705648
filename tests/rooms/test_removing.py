"""Taking out what was said: who may, what remains, who is told."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from core.errors import Forbidden, NotFound
from messaging.events import MessageChanged
from messaging.message_view import Posted
from messaging.models import Message
from movies.models import Movie
from rooms import selectors, services
from rooms.data import RoomPost
from rooms.models import Room
from tests.assertions import assert_error
from tests.rooms.conftest import ADDRESS

pytestmark = pytest.mark.django_db


@pytest.fixture
def party(movie: Movie, alice: User, bob: User) -> Room:
    party = services.open_party(actor=alice, movie_id=movie.pk)
    services.join_party(actor=bob, room=party)
    return party


def said(room: Room, who: User | None, content: str = "spoiler") -> int:
    guest = {"guest_name": "Gast", "address": ADDRESS} if who is None else {"username": who.username}
    post = RoomPost(room_id=room.room_id, user_id=who.pk if who else None, content=content, movie_time=12.0, **guest)
    (answer,) = services.post_messages([post])
    assert isinstance(answer, Posted)
    return answer.message.id


def left_in(room: Room) -> list[str]:
    return [message.content for message in selectors.newest_in(room)]


def test_a_host_takes_out_what_anybody_said(party: Room, alice: User, bob: User, captured_events: Any) -> None:
    by_guest, by_owner = said(party, None), said(party, alice)
    said(party, bob, "stays")
    with pytest.raises(Forbidden):
        services.remove_message(actor=bob, room=party, message_id=by_guest)
    services.set_role(actor=alice, room=party, username="bob", role="host")
    for message_id in (by_guest, by_owner):
        with captured_events() as heard:
            gone = services.remove_message(actor=bob, room=party, message_id=message_id)
            again = services.remove_message(actor=bob, room=party, message_id=message_id)
        assert (gone.deleted, gone.content, gone.room_id) == (True, "", party.room_id)
        assert again == gone
        assert heard == [(f"conversation.{party.conversation_id}", MessageChanged(message=gone))], "once"
    assert left_in(party) == ["stays"]
    window = selectors.FilmWindow(party.movie_id, 0.0, 60.0, 10)
    assert [message.content for message in selectors.messages_by_film_time(party, window)] == ["stays"]


def test_who_leads_a_public_room_keeps_no_order_there(room: Room, alice: User, bob: User, staff: User) -> None:
    hers, guests = said(room, alice), said(room, None)
    Room.objects.filter(pk=room.pk).update(host_user=bob, host_name="bob")
    for message_id in (hers, guests, 10**9):
        with pytest.raises(Forbidden):
            services.remove_message(actor=bob, room=room, message_id=message_id)
    assert services.remove_message(actor=alice, room=room, message_id=hers).deleted, "one's own"
    assert services.remove_message(actor=staff, room=room, message_id=guests).deleted
    assert left_in(room) == []


def test_only_out_of_the_room_it_was_said_in(party: Room, room: Room, alice: User, staff: User) -> None:
    elsewhere, here = said(room, None), said(party, None)
    for actor, place, message_id in ((alice, party, elsewhere), (staff, room, here), (alice, party, 10**9)):
        with pytest.raises(NotFound):
            services.remove_message(actor=actor, room=place, message_id=message_id)
    assert not Message.objects.exclude(deleted_at=None).exists()


def test_over_rest(api: Any, party: Room, alice: User, bob: User) -> None:
    message_id = said(party, None)
    address = f"/api/rooms/{party.room_id}/messages/{message_id}"
    assert_error(api().delete(address), 401, "not_authenticated")
    assert_error(api(bob).delete(address), 403, "forbidden")
    answer = api(alice).delete(address).json()
    assert answer["status"] == "success"
    assert (answer["message"]["id"], answer["message"]["content"]) == (message_id, "")
    assert api(alice).get(f"/api/rooms/{party.room_id}/messages").json()["messages"] == []
    assert_error(api(alice).delete(f"/api/rooms/{party.room_id}/messages/0"), 404, "not_found")
    assert_error(api(alice).delete(f"/api/rooms/party-none/messages/{message_id}"), 404, "not_found")

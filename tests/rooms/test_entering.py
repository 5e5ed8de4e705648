"""Which rooms there are, and who is let in."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from core.errors import Banned, Forbidden, GuestsRefused, Invalid, NotFound
from messaging.models import Conversation
from movies.models import Movie
from presence import services as presence
from presence.models import Attendance, Process
from presence.rows import Attending, SocketRow
from rooms import services
from rooms.data import Entered, Entering
from rooms.facts import chat_view
from rooms.models import Room, TimelineRow
from rooms.rosters import names_in
from rooms.selectors import people_counts
from tests.locks import until_somebody_waits_for_us
from tests.rooms.conftest import ADDRESS, ComeIn, make_movie

pytestmark = pytest.mark.django_db


def test_every_published_film_has_one_room(movie: Movie, room: Room) -> None:
    assert services.open_room(room.room_id) == room
    assert (room.movie, room.conversation.kind, room.conversation.subject) == (movie, "room", f"movie-{movie.pk}")
    assert (Room.objects.count(), Conversation.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "room_id",
    ["", "movie-", "movie-0", "movie-07", "movie-999999", "movie-9999999999999999999", "movie-１", "Movie-1", "movie-1 ",
     "movie-1\n", "movie-1\x00", "lobby", "x" * 9000, None, 7, ["movie-1"], {"a": 1}],
)  # fmt: skip
def test_other_rooms_do_not_exist(movie: Movie, room_id: Any) -> None:
    with pytest.raises(NotFound):
        services.open_room(room_id)
    assert not Room.objects.exists()


def test_the_room_of_an_unpublished_film_exists_no_more(movie: Movie, come_in: ComeIn, alice: User) -> None:
    here = come_in(alice)
    Movie.objects.update(is_published=False)
    for attempt in (
        lambda: services.open_room(here.room_id),
        here.enter,
        lambda: here.report(5.0),
        lambda: chat_view(here.entered.room_pk),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert here.leave() is not None, "leaving always works; the host's grace runs"


@pytest.mark.django_db(transaction=True)
def test_first_entries_at_once_make_one_room(movie: Movie) -> None:
    start, made, failed = threading.Barrier(4), [], []

    def open_it() -> None:
        try:
            start.wait(20)
            made.append(services.open_room(f"movie-{movie.pk}").pk)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert len(made) == 4
    assert len(set(made)) == 1
    assert (Room.objects.count(), Conversation.objects.count()) == (1, 1)


def entering(server: Process, room: Room, name: str, door: str = "sync") -> Entering:
    """A guest at a socket of their own."""
    row = SocketRow(id=uuid.uuid4(), user_id=None, door=door)
    presence.open_sockets(process_id=server.pk, rows=[row])
    return Entering(room_id=room.room_id, socket_id=row.id, guest_name=name, address=ADDRESS, door=door)


def test_a_film_unpublished_at_this_moment_refuses_only_who_comes_to_it(
    movie: Movie, room: Room, server: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, attend = services.open_room(f"movie-{make_movie('Other').pk}"), presence.attend

    def attend_and_unpublish(rows: list[Attending]) -> None:
        attend(rows)
        Movie.objects.filter(pk=movie.pk).update(is_published=False)

    arrivals = [entering(server, room, "Gast"), entering(server, other, "Guest"), entering(server, room, "Invitado", "chat")]
    monkeypatch.setattr(presence, "attend", attend_and_unpublish)
    refused, entered, also_refused = services.enter_many(arrivals)
    assert isinstance(refused, NotFound)
    assert isinstance(also_refused, NotFound)
    assert isinstance(entered, Entered)
    assert list(Attendance.objects.values_list("room_id", "guest_name")) == [(other.pk, "Guest")]


@pytest.mark.django_db(transaction=True)
def test_coming_in_after_the_film_changed_does_not_meet_a_report_in_a_deadlock(
    movie: Movie, room: Room, server: Process
) -> None:
    arrival = entering(server, room, "Gast")
    Movie.objects.update(duration=5400.0)

    def come_in() -> object:
        try:
            return services.enter_many([arrival])[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            # As a report does: the room first, then its timeline.
            Room.objects.select_for_update(no_key=True).get(pk=room.pk)
            entered = pool.submit(come_in)
            until_somebody_waits_for_us()
            TimelineRow.objects.update(position=30.0)
        assert isinstance(entered.result(60), Entered)
    row = TimelineRow.objects.get()
    assert (row.position, row.duration) == (30.0, 5400.0)


def test_each_person_is_in_it_once(alice: User, come_in: ComeIn) -> None:
    chat, player, guest = come_in(alice, "chat"), come_in(alice), come_in("Gast")
    chat.enter()
    assert Attendance.objects.count() == 3
    room_pk = guest.entered.room_pk
    assert (names_in(room_pk, "sync"), names_in(room_pk, "chat")) == (["alice", "Gast"], ["alice"])
    assert people_counts([room_pk, 2**40]) == {room_pk: 2, 2**40: 0}
    chat.leave()
    player.leave()
    assert (names_in(room_pk, "sync"), names_in(room_pk, "chat")) == (["Gast"], [])
    assert people_counts([room_pk]) == {room_pk: 1}


def test_what_one_learns_on_entering(alice: User, movie: Movie, room: Room, come_in: ComeIn) -> None:
    entered = come_in(alice).entered
    assert (entered.room_pk, entered.room_id, entered.movie_id, entered.name) == (
        room.pk, room.room_id, movie.pk, "alice",
    )  # fmt: skip
    assert entered.conversation_id == room.conversation_id
    assert entered.host is not None
    assert entered.host.name == "alice"


@pytest.mark.parametrize("name", ["", "   ", "x" * 33, "\x00", "\u202e", "\u200b", "\ud800", None, 7])
def test_a_guest_needs_a_visible_name(come_in: ComeIn, name: Any) -> None:
    with pytest.raises(Invalid) as refused:
        services.enter(room_id="movie-1", socket_id=uuid.uuid4(), guest_name=name, address=ADDRESS, door="chat")
    assert "username" in (refused.value.errors or {})


@pytest.mark.parametrize("name", ["Gast", "观众", "a b", "x" * 32, "👩‍🚀"])
def test_a_guest_is_called_as_they_say(come_in: ComeIn, name: str) -> None:
    assert come_in(name).entered.name == name


def test_guests_may_be_refused_or_kept_from_names_of_accounts(alice: User, come_in: ComeIn, settings: Any) -> None:
    assert come_in("alice").entered.name == "alice"
    settings.GUEST_NAMES = "free"
    with pytest.raises(Forbidden) as refused:
        come_in("ALICE")
    assert refused.value.error == "name_taken"
    come_in("nobody in particular")
    settings.ALLOW_GUESTS = False
    with pytest.raises(GuestsRefused):
        come_in("nobody in particular")


def test_the_banned_stay_outside(staff: User, alice: User, bob: User, room: Room, come_in: ComeIn) -> None:
    services.ban(actor=staff, room=room, user=alice)
    services.ban(actor=staff, address=ADDRESS)
    for banned in (alice, "Gast"):
        with pytest.raises(Banned):
            come_in(banned)
    come_in(bob)


def test_nobody_is_in_the_rooms_of_a_film_that_is_out_of_sight(alice: User, movie: Movie, come_in: ComeIn) -> None:
    come_in(alice)
    services.empty_unpublished(movie_id=movie.pk)
    assert Attendance.objects.count() == 1, "it is published"
    Movie.objects.update(is_published=False)
    services.empty_unpublished(movie_id=movie.pk)
    assert not Attendance.objects.exists()

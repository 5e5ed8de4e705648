"""Coming into a party: by role, password or link, and while there is a place."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from core.errors import ApiError, Banned, Kicked, NotFound, RoomFull, TooManyRequests, WrongPassword
from movies.models import Movie
from presence import services as presence
from presence.models import Attendance, Process
from presence.rows import SocketRow
from rooms import services
from rooms.data import Entered, Entering
from rooms.models import Room, RoomRole
from tests.conftest import make_user
from tests.rooms.conftest import ADDRESS

pytestmark = pytest.mark.django_db


@pytest.fixture
def party(movie: Movie, alice: User) -> Room:
    return services.open_party(actor=alice, movie_id=movie.pk, password="sesame")


class Door:
    """Sockets that come to a party."""

    def __init__(self, server: Process, room: Room) -> None:
        self.server, self.room = server, room

    def entering(self, who: User | str, door: str = "sync", *, address: str = ADDRESS, **key: Any) -> Entering:
        user = who if isinstance(who, User) else None
        row = SocketRow(id=uuid.uuid4(), user_id=user.pk if user else None, door=door)
        presence.open_sockets(process_id=self.server.pk, rows=[row])
        return Entering(
            room_id=self.room.room_id,
            socket_id=row.id,
            door=door,
            user_id=user.pk if user else None,
            username=user.username if user else "",
            guest_name="" if user else str(who),
            address=address,
            **key,
        )

    def come(self, who: User | str, door: str = "sync", **more: Any) -> Entered | ApiError:
        return services.enter_many([self.entering(who, door, **more)])[0]

    def prove(self, password: str, user: User | None = None, address: str = ADDRESS) -> str | None:
        return services.prove_password(
            room_id=self.room.room_id, password=password, user_id=user.pk if user else None, address=address
        )


@pytest.fixture
def door(server: Process, party: Room) -> Door:
    return Door(server, party)


def refusal(answer: Entered | ApiError) -> str:
    assert isinstance(answer, ApiError), answer
    return answer.error


# What opens a party ---------------------------------------------------------------------------------------------------
def test_a_password_a_link_or_belonging_to_it(door: Door, party: Room, alice: User, bob: User, charlie: User) -> None:
    assert refusal(door.come(bob)) == "password_required"
    assert refusal(door.come(bob, invite="x" * 22)) == "password_required"
    assert refusal(door.come(bob, proof="another hash")) == "wrong_password"
    for answer, role in (
        (door.come(alice), "owner"),
        (door.come(bob, proof=door.prove("sesame", bob)), "member"),
        (door.come(charlie, "chat", invite=party.invite_key), "member"),
        (door.come("Gast", invite=party.invite_key), "guest"),
    ):
        assert isinstance(answer, Entered)
        assert (answer.role, answer.is_party) == (role, True)


def test_who_was_let_in_once_needs_no_password_again(door: Door, party: Room, bob: User) -> None:
    door.come(bob, invite=party.invite_key)
    services.renew_invite(actor=party.owner, room=party)  # type: ignore[arg-type]
    services.change_room(actor=party.owner, room=party, password="another")  # type: ignore[arg-type]
    assert isinstance(door.come(bob), Entered)
    assert door.prove("whatever", bob) is None


def test_a_guest_is_a_connection_and_brings_the_key_each_time(door: Door, party: Room) -> None:
    assert isinstance(door.come("Gast", invite=party.invite_key), Entered)
    assert refusal(door.come("Gast")) == "password_required"
    assert not RoomRole.objects.filter(room=party).exclude(role="owner").exists()


def test_a_password_that_was_changed_meanwhile_proves_nothing(door: Door, party: Room, alice: User, bob: User) -> None:
    proof = door.prove("sesame", bob)
    services.change_room(actor=alice, room=party, password="another")
    assert refusal(door.come(bob, proof=proof)) == "wrong_password"


@pytest.mark.parametrize("wrong", ["", "Sesame", "sesame ", "x" * 100_000, "\x00", "\ud800"])
def test_wrong_passwords(wrong: str, door: Door) -> None:
    with pytest.raises(WrongPassword):
        door.prove(wrong)


def test_guessing_is_limited_by_room_and_address(door: Door, settings: Any, movie: Movie, alice: User) -> None:
    settings.LIMIT_LOGINS_PER_MINUTE = 3
    for _ in range(3):
        with pytest.raises(WrongPassword):
            door.prove("guess")
    with pytest.raises(TooManyRequests) as refused:
        door.prove("sesame")
    assert 0 < (refused.value.retry_after or 0) <= 60
    assert door.prove("sesame", address="203.0.113.9") == door.room.password
    other = services.open_party(actor=alice, movie_id=movie.pk, password="sesame")
    assert services.prove_password(room_id=other.room_id, password="sesame", address=ADDRESS) == other.password


def test_guessing_from_many_addresses_is_limited_too(door: Door, settings: Any) -> None:
    settings.LIMIT_LOGINS_PER_MINUTE = 1
    for number in range(10):
        with pytest.raises(WrongPassword):
            door.prove("guess", address=f"203.0.113.{number}")
    with pytest.raises(TooManyRequests):
        door.prove("guess", address="203.0.113.99")


def test_a_room_without_a_password_takes_as_much_work(
    movie: Movie, alice: User, party: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth.hashers import get_hasher

    hasher, hashed = type(get_hasher()), []
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda *args, **more: (hashed.append(1), encode(*args, **more))[1])
    bare = services.open_party(actor=alice, movie_id=movie.pk)
    costs = []
    for room_id in (party.room_id, bare.room_id, "party-" + "a" * 24):
        hashed.clear()
        services.prove_password(room_id=room_id, password="sesame", address=ADDRESS)
        costs.append(len(hashed))
    assert costs == [1, 1, 1]
    assert services.prove_password(room_id=f"movie-{movie.pk}", password="sesame", address=ADDRESS) is None


def test_who_was_banned_or_kicked_stays_out(door: Door, party: Room, alice: User, bob: User) -> None:
    door.come(bob, invite=party.invite_key)
    services.kick(actor=alice, room=party, user=bob)
    answer = door.come(bob, invite=party.invite_key)
    assert isinstance(answer, Kicked)
    assert 0 < (answer.retry_after or 0) <= 300
    with pytest.raises(Kicked):
        services.join_party(actor=bob, room=party, invite=party.invite_key)
    services.ban(actor=alice, room=party, user=bob)
    assert isinstance(door.come(bob, invite=party.invite_key), Banned)
    assert not RoomRole.objects.filter(room=party, user=bob).exists()


# Places ---------------------------------------------------------------------------------------------------------------
@pytest.fixture
def small(movie: Movie, alice: User) -> Room:
    return services.open_party(actor=alice, movie_id=movie.pk, capacity=2)


def test_places_are_counted_by_people_not_sockets(server: Process, small: Room, bob: User, charlie: User) -> None:
    door = Door(server, small)
    for who, path in ((bob, "chat"), (bob, "sync"), ("Gast", "sync"), ("Gast", "chat")):
        assert isinstance(door.come(who, path), Entered)
    for who in (charlie, "Guest"):
        assert isinstance(door.come(who), RoomFull)
    assert Attendance.objects.count() == 4


def test_guests_of_one_name_are_as_many_as_they_are(server: Process, small: Room) -> None:
    door = Door(server, small)
    assert isinstance(door.come("Gast"), Entered)
    assert isinstance(door.come("Gast"), Entered)
    assert isinstance(door.come("Gast"), RoomFull)
    assert isinstance(door.come("Gast", address="203.0.113.9"), RoomFull)
    assert isinstance(door.come("Gast", "chat"), Entered)


def test_owner_and_hosts_always_fit(server: Process, small: Room, alice: User, bob: User, charlie: User) -> None:
    door = Door(server, small)
    services.join_party(actor=bob, room=small)
    services.set_role(actor=alice, room=small, username="bob", role="host")
    for who in ("Gast", "Guest", bob, alice):
        assert isinstance(door.come(who), Entered)
    assert isinstance(door.come(charlie), RoomFull)


def test_a_place_that_is_left_is_free(server: Process, small: Room) -> None:
    door = Door(server, small)
    first = door.entering("Gast")
    services.enter_many([first])
    door.come("Guest")
    assert isinstance(door.come("Invitado"), RoomFull)
    services.leave(socket_id=first.socket_id, room_pk=small.pk)
    assert isinstance(door.come("Invitado"), Entered)


def test_one_batch_does_not_overfill(server: Process, small: Room) -> None:
    door = Door(server, small)
    answers = services.enter_many([door.entering(f"Gast {number}") for number in range(5)])
    assert [isinstance(answer, Entered) for answer in answers] == [True, True, False, False, False]


@pytest.mark.django_db(transaction=True)
def test_the_last_place_goes_to_one(movie: Movie, alice: User) -> None:
    small, server = services.open_party(actor=alice, movie_id=movie.pk, capacity=2), presence.start_process()
    door = Door(server, small)
    assert isinstance(door.come("Gast"), Entered)
    comers = [door.entering(make_user(f"person{number}")) for number in range(4)]
    start, answers = threading.Barrier(4), []

    def come(somebody: Entering) -> None:
        try:
            start.wait(20)
            answers.extend(services.enter_many([somebody]))
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=(somebody,)) for somebody in comers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(type(answer).__name__ for answer in answers) == ["Entered", "RoomFull", "RoomFull", "RoomFull"]
    assert Attendance.objects.filter(room_id=small.pk).count() == 2


def test_a_party_closed_between_the_look_and_the_lock(
    door: Door, party: Room, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rooms.services import attendance

    look = attendance.open_rooms_of

    def look_and_close(people: Any) -> dict[str, Room]:
        found = look(people)
        services.close_party(actor=alice, room=party)
        return found

    monkeypatch.setattr(attendance, "open_rooms_of", look_and_close)
    assert isinstance(door.come("Gast", "chat", invite=party.invite_key), NotFound)
    assert not Attendance.objects.exists()


# What it costs --------------------------------------------------------------------------------------------------------
def test_public_rooms_pay_nothing_for_parties(
    server: Process, room: Room, bob: User, party: Room, django_assert_num_queries: Any
) -> None:
    public = Door(server, room)
    public.come(bob, "chat")
    arrivals = [public.entering(bob, "chat") for _ in range(2)]
    with django_assert_num_queries(9):
        services.enter_many(arrivals)


def test_a_crowd_costs_a_party_no_more_than_one(server: Process, movie: Movie, alice: User) -> None:
    from tests.doors.test_query_counts import queries_of

    party = services.open_party(actor=alice, movie_id=movie.pk, capacity=100)
    door = Door(server, party)
    one = [door.entering(make_user("person"), "chat")]
    few = queries_of(lambda: services.enter_many(one))
    many = [door.entering(make_user(f"person{number}"), "chat") for number in range(10)]
    assert queries_of(lambda: services.enter_many(many)) == few

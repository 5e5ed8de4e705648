"""The acting host: chosen by rule, kept through a reload, handed over after the grace, announced when it changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from accounts.models import User
from core.clock import now
from core.errors import Banned, Invalid, NotFound
from core.events import decode, encode
from movies.models import Movie
from presence.models import Attendance, Process
from rooms import services
from rooms.events import HostChanged
from rooms.models import Room
from rooms.rosters import names_in
from tests.rooms.conftest import ADDRESS, ComeIn, Viewer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _room(room: Room) -> None:
    """Made before anything is captured."""


def host_of(room: Room) -> str | None:
    host = Room.objects.get(pk=room.pk).host
    return host.name if host else None


def hosts(heard: list[tuple[str, Any]]) -> list[str | None]:
    return [event.host and event.host.name for _address, event in heard if isinstance(event, HostChanged)]


def end_grace(room: Room) -> None:
    Room.objects.filter(pk=room.pk).update(host_gone_at=now() - timedelta(hours=1))
    assert services.settle_host(room_pk=room.pk) is None


def test_whoever_is_there_longest_keeps_it(alice: User, bob: User, room: Room, come_in: ComeIn, captured_events: Any) -> None:
    with captured_events() as heard:
        assert come_in(alice).entered.host is not None
        entered = come_in(bob).entered
    assert entered.host is not None
    assert entered.host.name == "alice"
    assert hosts(heard) == ["alice"]
    address, event = heard[0]
    assert address == f"room.{room.pk}"
    assert decode(encode(event)) == event


def test_it_changes_hands_after_the_grace(
    alice: User, bob: User, charlie: User, room: Room, come_in: ComeIn, captured_events: Any
) -> None:
    first = come_in(alice)
    come_in(bob)
    with captured_events() as heard:
        pending = first.leave()
        assert 0 < pending.seconds <= 300
        come_in(charlie)
        assert hosts(heard) == [], "neither at once nor because somebody else came"
        end_grace(room)
    assert hosts(heard) == ["bob"]
    assert host_of(room) == "bob"


def test_a_reload_within_the_grace_changes_nothing(
    alice: User, bob: User, room: Room, come_in: ComeIn, captured_events: Any
) -> None:
    first = come_in(alice)
    come_in(bob)
    with captured_events() as heard:
        first.vanish()
        again = come_in(alice)
        assert again.entered.settle_after is None
        assert services.settle_host(room_pk=room.pk) is None
        assert again.report(5.0) is not None
    assert hosts(heard) == []


def test_a_second_window_takes_over_silently(alice: User, room: Room, come_in: ComeIn, captured_events: Any) -> None:
    first, second = come_in(alice), come_in(alice)
    with captured_events() as heard:
        assert first.leave() is None
    assert hosts(heard) == []
    assert second.report(5.0) is not None


def test_signed_in_people_come_before_guests(alice: User, room: Room, come_in: ComeIn, captured_events: Any) -> None:
    with captured_events() as heard:
        come_in("Gast")
        come_in("Other")
        member = come_in(alice)
        assert hosts(heard) == ["Gast", "alice"]
        member.leave()
        end_grace(room)
    assert hosts(heard) == ["Gast", "alice", "Gast"]


def test_a_guest_cannot_come_back_so_the_next_is_host_at_once(room: Room, come_in: ComeIn) -> None:
    first = come_in("Gast")
    second = come_in("Gast")
    assert second.report(5.0) is None
    assert first.leave() is None
    assert second.report(5.0) is not None


def rename(guest: Viewer, name: str) -> str:
    return services.rename_guest(
        socket_id=guest.socket_id, room_pk=guest.entered.room_pk, door=guest.door, name=name, address=ADDRESS
    )


def test_a_guest_of_another_name_is_the_same_one(
    alice: User, room: Room, come_in: ComeIn, captured_events: Any, staff: User
) -> None:
    first, second = come_in("Gast"), come_in("Other")
    with captured_events() as heard:
        assert rename(first, " Neu\u202e ") == rename(first, "Neu") == "Neu"
        assert rename(second, "Gast") == "Gast"
    assert hosts(heard) == ["Neu"], "it is told once"
    assert (first.report(5.0) is not None, second.report(500.0)) == (True, None)
    services.ban(actor=staff, guest_name="Troll")
    for name, refusal in (("Troll", Banned), ("", Invalid), ("x" * 33, Invalid)):
        with pytest.raises(refusal):
            rename(first, name)
    assert host_of(room) == "Neu"
    come_in(alice)
    assert rename(first, "Gast") == "Gast"
    assert host_of(room) == "alice"
    Movie.objects.filter(pk=room.movie_id).update(is_published=False)
    with pytest.raises(NotFound):
        rename(second, "Late")
    assert names_in(room.pk, "sync") == ["Gast", "alice"]


def test_nobody_is_host_of_an_empty_room_nor_of_one_where_people_only_chat(
    alice: User, bob: User, room: Room, come_in: ComeIn, captured_events: Any
) -> None:
    with captured_events() as heard:
        only = come_in(alice)
        come_in(bob, "chat")
        only.leave()
        end_grace(room)
    assert hosts(heard) == ["alice", None]
    assert come_in(bob).entered.host is not None
    assert host_of(room) == "bob"


def test_a_dead_server_hands_over_at_once(alice: User, bob: User, room: Room, come_in: ComeIn, server: Process) -> None:
    first = come_in(alice)
    elsewhere = Process.objects.create(sweeps_from=now())
    Attendance.objects.get(socket_id=first.socket_id).socket.__class__.objects.filter(pk=first.socket_id).update(
        process=elsewhere
    )
    come_in(bob)
    Process.objects.filter(pk=elsewhere.pk).update(renewed_at=Now() - timedelta(hours=1))
    assert services.settle_hosts(room_pks=[room.pk, room.pk, 2**40], at_once=True) == []
    assert host_of(room) == "bob"


def test_a_room_heals_itself_when_nobody_settled_it(alice: User, bob: User, room: Room, come_in: ComeIn) -> None:
    first, second = come_in(alice), come_in(bob)
    first.leave()
    assert second.report(5.0) is None
    Room.objects.filter(pk=room.pk).update(host_gone_at=now() - timedelta(hours=1))
    assert second.report(5.0) is not None
    assert host_of(room) == "bob"


def test_a_banned_host_loses_it_at_once(
    staff: User, alice: User, bob: User, room: Room, come_in: ComeIn, captured_events: Any
) -> None:
    come_in(alice)
    come_in(bob)
    with captured_events() as heard:
        services.ban(actor=staff, user=alice)
    assert hosts(heard) == ["bob"]


def test_who_was_deactivated_is_no_host(alice: User, bob: User, room: Room, come_in: ComeIn) -> None:
    come_in(alice)
    come_in(bob)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    services.settle_hosts(room_pks=[room.pk], at_once=True)
    assert host_of(room) == "bob"


def test_entering_a_led_room_costs_the_same_however_many_are_there(
    alice: User, room: Room, come_in: ComeIn, django_assert_max_num_queries: Any
) -> None:
    come_in(alice)
    for number in range(10):
        come_in(f"Gast {number}")
    viewer = come_in("last")
    with django_assert_max_num_queries(12):
        viewer.enter()

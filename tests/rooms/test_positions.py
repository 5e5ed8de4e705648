"""Contract frames of players: relayed as they are; the acting host's move the timeline."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from core import clock
from core.errors import Banned, Invalid
from core.events import decode, encode
from movies.models import Movie
from rooms import services
from rooms.events import PositionRelayed, TimelineMoved
from rooms.models import Room, TimelineRow
from rooms.playback import expected
from rooms.selectors import current_timeline, room_by_pk
from rooms.services import positions
from tests.rooms.conftest import ComeIn, Watch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(positions, "now_ms", made)
    return made


def kinds(heard: list[tuple[str, Any]]) -> list[type]:
    return [type(event) for _address, event in heard]


def test_the_hosts_frame_starts_the_timeline_and_is_relayed(
    alice: User, room: Room, come_in: ComeIn, captured_events: Any
) -> None:
    host = come_in(alice)
    with captured_events() as heard:
        moved = host.report(1234.56)
    assert kinds(heard) == [PositionRelayed, TimelineMoved]
    assert {address for address, _event in heard} == {f"room.{room.pk}"}
    relayed, announced = heard[0][1], heard[1][1]
    assert (relayed.room_id, relayed.username, relayed.current_time) == (room.room_id, "alice", 1234.56)
    assert relayed.origin == announced.origin == str(host.socket_id)
    assert announced.timeline == moved
    assert (moved.state, moved.position, moved.set_by) == ("playing", 1234.56, "alice")
    assert TimelineRow.objects.get(room=room).timeline == moved
    for event in (relayed, announced):
        assert decode(encode(event)) == event


@pytest.mark.parametrize("value", [0, 7, 7.5, 1e7])
def test_values_are_relayed_unchanged(alice: User, come_in: ComeIn, captured_events: Any, value: float) -> None:
    with captured_events() as heard:
        come_in(alice).report(value)
    (relayed,) = [event for _address, event in heard if isinstance(event, PositionRelayed)]
    again = decode(encode(relayed)).current_time  # type: ignore[attr-defined]
    assert (again, type(again)) == (value, type(value))


def test_everybody_elses_frames_are_relayed_and_move_nothing(
    alice: User, bob: User, room: Room, come_in: ComeIn, captured_events: Any
) -> None:
    come_in(alice).report(10.0)
    before = TimelineRow.objects.get(room=room).timeline
    with captured_events() as heard:
        assert come_in(bob).report(500.0) is None
        assert come_in("Gast").report(500.0) is None
        assert come_in("alice").report(500.0) is None, "a guest by the host's name is not the host"
    assert kinds(heard) == [PositionRelayed] * 3
    assert TimelineRow.objects.get(room=room).timeline == before


def test_the_host_on_time_writes_nothing(
    alice: User, room: Room, come_in: ComeIn, watch: Watch, captured_events: Any, django_assert_num_queries: Any
) -> None:
    host = come_in(alice)
    host.report(10.0)
    watch.now += 60_000
    with captured_events() as heard, django_assert_num_queries(2):
        assert host.report(70.4) is None
    assert kinds(heard) == [PositionRelayed]


def test_the_host_far_off_moves_it_but_not_too_often(alice: User, room: Room, come_in: ComeIn, watch: Watch) -> None:
    host = come_in(alice)
    first = host.report(10.0)
    watch.now += 1999
    assert host.report(700.0) is None
    watch.now += 1
    moved = host.report(700.0)
    assert (moved.position, moved.at, moved.rev) == (700.0, watch.now, first.rev + 1)


def test_the_timeline_runs_on_by_itself(alice: User, room: Room, come_in: ComeIn) -> None:
    host = come_in(alice)
    host.report(10.0)
    row = TimelineRow.objects.get(room=room)
    host.leave()
    assert expected(row.timeline, row.at + 90_000) == 100.0


def test_it_ends_with_the_film_whose_length_became_known(alice: User, movie: Movie, room: Room, come_in: ComeIn) -> None:
    host = come_in(alice)
    Movie.objects.update(duration=60.0)
    host.enter()
    host.report(50.0)
    TimelineRow.objects.update(at=clock.now_ms() - 3_600_000)
    timeline = current_timeline(room_by_pk(room.pk))
    assert (timeline.state, timeline.position) == ("ended", 60.0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1, 1e8, 10**400, True, None, "5", [1]])
def test_what_is_no_position_is_refused_and_changes_nothing(
    alice: User, room: Room, come_in: ComeIn, captured_events: Any, value: object
) -> None:
    host = come_in(alice)
    with captured_events() as heard, pytest.raises(Invalid) as refused:
        host.report(value)
    assert "current_time" in (refused.value.errors or {})
    assert heard == []
    assert TimelineRow.objects.get(room=room).state == "idle"


def test_the_banned_report_to_nobody(staff: User, alice: User, room: Room, come_in: ComeIn, captured_events: Any) -> None:
    host = come_in(alice)
    services.ban(actor=staff, room=room, user=alice, until=clock.now() + timedelta(hours=1))
    with captured_events() as heard, pytest.raises(Banned):
        host.report(5.0)
    assert heard == []

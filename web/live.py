"""Public rooms in which somebody is right now, as the catalogue and a film's page show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from django.db.models import Min, Q, QuerySet, Window
from django.db.models.functions import Coalesce, RowNumber

from core.clock import now_ms
from movies.models import Movie
from presence.models import Attendance
from presence.selectors import live_attendances
from rooms import selectors as rooms
from rooms.models import Room
from rooms.playback import expected
from web.films import film_card

MOST_ROOMS = 12
MOST_NAMES = 5
NAME = Coalesce("user__username", "guest_name")


class Named(NamedTuple):
    """Somebody in a room. `avatar` is an account's picture, and empty for a guest, whatever they call themselves."""

    name: str
    avatar: str


class LiveRoom(msgspec.Struct, frozen=True, kw_only=True):
    """`people` counts everyone; `named` are the first few of those who let others see where they are. `position` in s."""

    room_id: str
    film: dict[str, object]
    people: int
    named: list[Named]
    host: str
    state: str
    position: float


def rooms_live_now() -> list[LiveRoom]:
    """The fullest first. Two queries."""
    return _shown(rooms.live_public_rooms()[:MOST_ROOMS])


def room_of(movie: Movie) -> LiveRoom | None:
    """The film's public room, if somebody is there. Two queries."""
    return next(iter(_shown(rooms.live_public_rooms().filter(movie=movie)[:1])), None)


def _shown(found: Iterable[Room]) -> list[LiveRoom]:
    there = list(found)
    named = _named_in(there)
    return [_live(room, named[room.pk]) for room in there]


def _live(room: Room, named: list[Named]) -> LiveRoom:
    timeline = rooms.current_timeline(room)
    return LiveRoom(
        room_id=room.room_id,
        film=film_card(room.movie),
        people=room.people,  # type: ignore[attr-defined]
        named=named[:MOST_NAMES],
        host=room.host.name if room.host and room.host.name in {person.name for person in named} else "",
        state=timeline.state,
        position=expected(timeline, now_ms()),
    )


def _named_in(there: list[Room]) -> dict[int, list[Named]]:
    """Who is in each: the first few, the longest there first, without those who hide where they are, and its host however
    late they came. One query, which gives no more than that.
    """
    shown = Q(place__lte=MOST_NAMES)
    for room in there:
        if room.host:
            shown |= Q(room_id=room.pk, name=room.host.name)
    place = Window(RowNumber(), partition_by="room_id", order_by=["since", "pk"])
    people = Attendance.objects.filter(pk__in=_first_of_each_name(there)).annotate(name=NAME, place=place)
    named: dict[int, list[Named]] = defaultdict(list)
    for room_pk, name, avatar in people.filter(shown).order_by("place").values_list("room_id", "name", "user__avatar"):
        named[room_pk].append(Named(name, avatar or ""))
    return named


def _first_of_each_name(there: list[Room]) -> QuerySet[Attendance, Any]:
    """People are there with several sockets."""
    visible = live_attendances(room.pk for room in there).exclude(user__shows_presence=False)
    return visible.values("room_id", name=NAME).annotate(first=Min("pk")).values("first")

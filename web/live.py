"""Public rooms in which somebody is right now, as the catalogue and a film's page show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from django.db.models import Min

from core.clock import now_ms
from movies.models import Movie
from presence.selectors import live_attendances
from rooms import selectors as rooms
from rooms.models import Room
from rooms.playback import expected
from web.films import film_card

MOST_ROOMS = 12
MOST_NAMES = 5


class LiveRoom(msgspec.Struct, frozen=True, kw_only=True):
    """`people` counts everyone; `names` are the first few of those who let others see where they are. `position` in s."""

    room_id: str
    film: dict[str, object]
    people: int
    names: list[str]
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
    names = _names_in([room.pk for room in there])
    return [_live(room, names[room.pk]) for room in there]


def _live(room: Room, names: list[str]) -> LiveRoom:
    timeline = rooms.current_timeline(room)
    return LiveRoom(
        room_id=room.room_id,
        film=film_card(room.movie),
        people=room.people,  # type: ignore[attr-defined]
        names=names[:MOST_NAMES],
        host=room.host.name if room.host and room.host.name in names else "",
        state=timeline.state,
        position=expected(timeline, now_ms()),
    )


def _names_in(room_pks: list[int]) -> dict[int, list[str]]:
    """Who is in each, the longest there first, without those who hide where they are. One query."""
    rows = (
        live_attendances(room_pks)
        .exclude(user__shows_presence=False)
        .values_list("room_id", "user__username", "guest_name")
        .annotate(here_since=Min("since"))
        .order_by("here_since", "user__username", "guest_name")
    )
    names: dict[int, dict[str, None]] = defaultdict(dict)
    for room_pk, username, guest_name, _since in rows:
        names[room_pk].setdefault(username or guest_name)
    return defaultdict(list, {room_pk: list(found) for room_pk, found in names.items()})

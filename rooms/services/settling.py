"""What follows when people come to a room's player or leave it: who leads, whom it waits for, where it goes on."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from core.clock import now_ms
from presence.selectors import live_attendances
from rooms.data import PendingHost
from rooms.models import Room
from rooms.playback import Film, arrived_in_empty, not_empty
from rooms.services.hosts import settle_host
from rooms.services.readiness import keep_to_those_there
from rooms.services.timelines import locked_timeline, store


def settle_room(*, room_pk: int, at_once: bool = False) -> PendingHost | None:
    """After somebody left. Says when to call it again, as `settle_host` does."""
    pending = settle_host(room_pk=room_pk, at_once=at_once)
    keep_to_those_there(room_pk=room_pk)
    return pending


def settle_rooms(*, room_pks: Iterable[int], at_once: bool = False) -> list[PendingHost]:
    """The same for many rooms, for example those that a sweep or a batch of closed sockets touched."""
    found = [settle_room(room_pk=room_pk, at_once=at_once) for room_pk in sorted(set(room_pks))]
    return [pending for pending in found if pending is not None]


def welcome(room: Room, arriving: Collection[uuid.UUID]) -> None:
    """After these sockets entered a room: if it was empty before, its timeline is made what they should find.

    No query while the room was not empty. `room` brings its timeline along.
    """
    if room.timeline_row.playback.memory.left_at is None:
        return
    with locked_timeline(room.pk) as (room, row):
        # Who came while the last one was leaving found it running: so it stays.
        if live_attendances([room.pk]).filter(door="sync").exclude(socket_id__in=arriving).exists():
            store(room, row, not_empty(row.playback))
            return
        film = Film(movie_id=room.movie_id, duration=room.movie.duration)
        store(room, row, arrived_in_empty(row.playback, t_ms=now_ms(), forgets=not room.is_party, film=film))

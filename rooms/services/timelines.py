"""Reading a room's timeline to change it, and writing what it became."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from core import bus
from core.errors import NotFound
from rooms.events import TimelineMoved
from rooms.models import Room, TimelineRow
from rooms.playback import Playback


@contextmanager
def locked_timeline(room_pk: int) -> Iterator[tuple[Room, TimelineRow]]:
    """A room that is open and its timeline, in a transaction and under the lock of the room's row. NotFound."""
    with transaction.atomic():
        # The timeline is read after the lock: a join would see it as it was before.
        room = Room.objects.select_for_update(no_key=True, of=("self",)).select_related("movie").filter(pk=room_pk).first()
        if room is None or not room.movie.is_published or room.closed_at is not None:
            raise NotFound
        yield room, TimelineRow.objects.get(room_id=room_pk)


def store(
    room: Room,
    row: TimelineRow,
    playback: Playback,
    *,
    action: str | None = None,
    cmd_id: str | None = None,
    origin: str | None = None,
) -> None:
    """Write and, if the timeline is another, announce. Assumes the lock of the room's row."""
    before = row.playback
    if playback == before:
        return
    row.become(playback)
    row.save()
    if playback.timeline != before.timeline:
        event = TimelineMoved(
            room_pk=room.pk, room_id=room.room_id, timeline=playback.timeline, action=action, cmd_id=cmd_id, origin=origin
        )
        bus.publish(bus.room_address(room.pk), event)

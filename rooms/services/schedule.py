"""A scheduled start: the timeline waits until then, and whoever opens the room sees for how long."""

from __future__ import annotations

from core.clock import now_ms
from rooms.models import Room, TimelineRow
from rooms.playback import scheduled
from rooms.services.timelines import store


def follow_schedule(room: Room) -> None:
    """Make the timeline wait until `starts_at`, or no longer. A film that has begun goes on. Assumes the lock of the row."""
    row = TimelineRow.objects.get(room_id=room.pk)
    starts_at = round(room.starts_at.timestamp() * 1000) if room.starts_at else None
    store(room, row, scheduled(row.playback, starts_at=starts_at, t_ms=now_ms()))

"""Telling everyone in a room that it has got other settings, or another film."""

from __future__ import annotations

from core import bus
from rooms.events import RoomChanged
from rooms.facts import settings_of
from rooms.models import Room


def announce_settings(room: Room) -> None:
    """As they now are. Assumes the lock of the room's row."""
    bus.publish(bus.room_address(room.pk), RoomChanged(room_pk=room.pk, room_id=room.room_id, room=settings_of(room)))

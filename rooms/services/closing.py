"""Ending a party, and what becomes of rooms whose film is out of sight. What was said stays in the database, for staff."""

from __future__ import annotations

from core import bus
from core.clock import now
from messaging.services import forget_turns
from presence import services as presence
from rooms.events import RoomClosed
from rooms.models import Room


def close_locked(party: Room) -> None:
    """Send everyone out for good. Under the lock of the party's row."""
    party.closed_at = now()
    party.host_user, party.host_socket, party.host_name, party.host_gone_at = None, None, "", None
    party.save(update_fields=["closed_at", "host_user", "host_socket", "host_name", "host_gone_at"])
    presence.empty_room(room_id=party.pk)
    forget_turns(conversation_id=party.conversation_id)
    bus.publish(bus.room_address(party.pk), RoomClosed(room_pk=party.pk, room_id=party.room_id))


def empty_unpublished(*, movie_id: int) -> None:
    """Nobody is in the rooms of a film that is not published: their sockets were sent out. If it is back, all stays."""
    for room_pk in Room.objects.filter(movie_id=movie_id, movie__is_published=False).values_list("pk", flat=True):
        presence.empty_room(room_id=room_pk)

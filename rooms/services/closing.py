"""Ending a party. What was said in it stays in the database, for staff; nobody finds it any more."""

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

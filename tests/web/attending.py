"""People in the rooms of films, without sockets."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.models import User
from core.clock import now
from presence import services as presence
from presence.models import Attendance, Process
from presence.rows import SocketRow
from rooms.services import open_room


def attend(film: Any, who: User | str) -> None:
    """Somebody, or a guest by name, comes into a film's room."""
    process = Process.objects.first() or presence.start_process()
    room = open_room(f"movie-{film.pk}")
    socket = SocketRow(id=uuid.uuid4(), user_id=who.pk if isinstance(who, User) else None, door="chat")
    presence.open_sockets(process_id=process.pk, rows=[socket])
    Attendance.objects.create(
        socket_id=socket.id,
        room_id=room.pk,
        user=who if isinstance(who, User) else None,
        guest_name="" if isinstance(who, User) else who,
        door="chat",
        since=now(),
    )

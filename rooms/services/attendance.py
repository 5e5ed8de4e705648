"""Coming into a room and leaving it."""

from __future__ import annotations

import uuid

from django.db import transaction

from presence import services as presence
from presence.models import Attendance
from presence.rows import Attending
from rooms.data import Entered, PendingHost, as_uuid
from rooms.guests import checked_guest_name
from rooms.models import Room, TimelineRow
from rooms.selectors import check_not_banned
from rooms.services.hosts import settle_host
from rooms.services.opening import open_room


def enter(
    *,
    room_id: str,
    socket_id: uuid.UUID | str,
    door: str,
    user_id: int | None = None,
    username: str = "",
    guest_name: str = "",
    address: str | None = None,
) -> Entered:
    """Attend a room from a socket whose row is written already; entering again changes nothing.

    NotFound for a room that is not there, Banned, and what `checked_guest_name` raises for a guest. On the door "sync" the
    acting host is settled too.
    """
    name = checked_guest_name(guest_name) if user_id is None else username
    with transaction.atomic():
        room = open_room(room_id)
        check_not_banned(room_pk=room.pk, user_id=user_id, address=address, guest_name=name)
        guest = name if user_id is None else ""
        attending = Attending(socket_id=as_uuid(socket_id), room_id=room.pk, user_id=user_id, guest_name=guest, door=door)
        presence.attend([attending])
        pending = None
        if door == "sync":
            _follow_film(room)
            pending = settle_host(room_pk=room.pk)
            room.refresh_from_db(fields=["host_user", "host_socket", "host_name"])
    return _entered(room, name, pending)


def _entered(room: Room, name: str, pending: PendingHost | None) -> Entered:
    return Entered(
        room_pk=room.pk,
        room_id=room.room_id,
        conversation_id=room.conversation_id,
        movie_id=room.movie_id,
        title=room.movie.title,
        name=name,
        host=room.host,
        settle_after=pending.seconds if pending else None,
    )


def _follow_film(room: Room) -> None:
    """A film may have got another length since the room was made."""
    row = room.timeline_row
    if row.movie_id == room.movie_id and row.duration != room.movie.duration:
        TimelineRow.objects.filter(room=room, movie_id=room.movie_id).update(duration=room.movie.duration)


def leave(*, socket_id: uuid.UUID | str, room_pk: int) -> PendingHost | None:
    """No longer attend a room; also fine when the socket's row is gone already. Says when to settle the host again."""
    socket_id = as_uuid(socket_id)
    with transaction.atomic():
        door = Attendance.objects.filter(socket_id=socket_id, room_id=room_pk).values_list("door", flat=True).first()
        if door is not None:
            presence.unattend([(socket_id, room_pk)])
        return settle_host(room_pk=room_pk) if door != "chat" else None

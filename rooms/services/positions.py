"""What players of old clients report about where they are."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from core import bus
from core.clock import now_ms
from core.errors import Invalid
from rooms.data import as_uuid
from rooms.events import PositionRelayed
from rooms.guests import checked_guest_name
from rooms.models import Room
from rooms.playback import Timeline, apply_report, is_position
from rooms.selectors import check_not_banned, room_by_pk
from rooms.services.hosts import is_host, with_host
from rooms.services.timelines import locked_timeline, store


def report_position(
    *,
    room_pk: int,
    socket_id: uuid.UUID | str,
    user_id: int | None,
    name: str,
    current_time: object,
    origin: str | None = None,
    address: str | None = None,
) -> Timeline | None:
    """Relay a position (s) to the other old clients, as it is. The acting host's also starts the timeline, or moves it when it
    is too far off; then the new timeline is returned.

    Invalid `current_time`, NotFound when the film was unpublished, Banned. Two queries while nothing has to be written.
    """
    if not isinstance(current_time, int | float) or not is_position(current_time):
        raise Invalid.field("current_time", _("Must be a number of seconds, from 0 on."))
    if user_id is None:
        name = checked_guest_name(name)
    room = room_by_pk(room_pk)
    check_not_banned(room_pk=room_pk, user_id=user_id, address=address, guest_name=name)
    relayed = PositionRelayed(room_pk=room_pk, room_id=room.room_id, username=name, current_time=current_time, origin=origin)
    bus.signal(bus.room_address(room_pk), relayed)
    room = with_host(room)
    if not is_host(room, as_uuid(socket_id), user_id):
        return None
    if apply_report(room.timeline_row.timeline, position=current_time, t_ms=now_ms(), set_by=name) is None:
        return None
    return _move(room, float(current_time), name, origin)


def _move(room: Room, position: float, name: str, origin: str | None) -> Timeline | None:
    """Decided again under the lock of the room's row: two sockets of one host may report at once."""
    with locked_timeline(room.pk) as (room, row):
        t_ms = now_ms()
        moved = apply_report(row.timeline, position=position, t_ms=t_ms, set_by=name)
        if moved is not None:
            store(room, row, row.playback.at(t_ms).moved(moved), origin=origin)
    return moved

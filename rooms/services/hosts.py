"""The acting host: the signed-in person on /ws/sync who has been there longest, or the guest if nobody is signed in.

In a party it is the owner. While the owner is away the host of longest standing acts, else who has been there longest, and
gives it back when the owner returns.

It is remembered in the room's row and changed under that row's lock. When a signed-in host leaves, the room waits a grace for
them, a longer one for an owner; a guest is only a connection and cannot come back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from core import bus
from core.clock import now
from presence.models import Attendance
from presence.selectors import live_attendances
from rooms.data import PendingHost
from rooms.events import HostChanged
from rooms.models import Room, RoomRole


def settle_host(*, room_pk: int, at_once: bool = False) -> PendingHost | None:
    """Keep the host while there, else wait for them the grace, else choose the next; announces a new one.

    Returns when to call it again while it waits. `at_once` does not wait: the host's server died, or the host was banned.
    """
    room = Room.objects.filter(pk=room_pk).select_related("host_user").first()
    if room is None or _is_settled(room):
        return None
    with transaction.atomic():
        room = Room.objects.select_for_update(no_key=True).get(pk=room_pk)
        return _settle(room, at_once)


def with_host(room: Room) -> Room:
    """A room whose host is gone for longer than the grace gets another even if nobody came back to settle it."""
    if room.host is not None and (room.host_gone_at is None or room.host_gone_at > now()):
        return room
    settle_host(room_pk=room.pk)
    room.refresh_from_db(fields=["host_user", "host_socket", "host_name", "host_gone_at"])
    return room


def is_host(room: Room, socket_id: uuid.UUID, user_id: int | None) -> bool:
    """Whether the room follows this player: any socket of the acting host's account, or a guest's own."""
    if user_id is not None:
        return room.host_user_id == user_id
    return room.host_user_id is None and room.host_socket == socket_id


def settle_hosts(*, room_pks: Iterable[int], at_once: bool = False) -> list[PendingHost]:
    """The same for many rooms, for example those that a sweep or a batch of closed sockets touched."""
    found = [settle_host(room_pk=room_pk, at_once=at_once) for room_pk in sorted(set(room_pks))]
    return [pending for pending in found if pending is not None]


def _is_settled(room: Room) -> bool:
    """True when nothing is to be changed. Read without the lock: whoever changes it meanwhile settles it too."""
    there = _attending(room)
    if _owner_is_back(room):
        return False
    if room.host_user is not None:
        is_there = there.filter(user_id=room.host_user.pk).exists()
        return is_there and room.host_gone_at is None and room.host_name == room.host_user.username
    if room.host_socket is not None:
        by_that_name = there.filter(socket_id=room.host_socket, guest_name=room.host_name)
        return by_that_name.exists() and not there.filter(user__isnull=False).exists()
    return not there.exists()


def _settle(room: Room, at_once: bool) -> PendingHost | None:
    leader = room.owner_id if _owner_is_back(room) else room.host_user_id
    mine = _attending(room).filter(user_id=leader).first() if leader is not None else None
    if room.host_user_id is not None and mine is None:
        left = _grace_left(room)
        if left > 0 and not at_once:
            room.save(update_fields=["host_gone_at"])
            return PendingHost(room_pk=room.pk, seconds=left)
    _make_host(room, mine or _next_host(room))
    return None


def _grace_left(room: Room) -> float:
    room.host_gone_at = room.host_gone_at or now()
    is_owner = room.owner_id is not None and room.owner_id == room.host_user_id
    grace = settings.OWNER_GRACE_SECONDS if is_owner else settings.PRESENCE_GRACE_SECONDS
    ends_at = room.host_gone_at + timedelta(seconds=grace)
    return (ends_at - now()).total_seconds()


def _owner_is_back(room: Room) -> bool:
    """Somebody else acts for an owner who is there. No query in a public room, nor while the owner leads."""
    if room.owner_id is None or room.owner_id == room.host_user_id:
        return False
    return _attending(room).filter(user_id=room.owner_id).exists()


def _next_host(room: Room) -> Attendance | None:
    there = _attending(room)
    chosen = _oldest_host(room) if room.is_party else None
    chosen = chosen or there.filter(user__isnull=False).first()
    if chosen is None and room.host_user_id is None and room.host_socket is not None:
        chosen = there.filter(socket_id=room.host_socket).first()
    return chosen or there.first()


def _oldest_host(room: Room) -> Attendance | None:
    rows = RoomRole.objects.filter(room=room, role=RoomRole.Role.HOST).order_by("since", "id")
    hosts = list(rows.values_list("user_id", flat=True))
    there = {attendance.user_id: attendance for attendance in _attending(room).filter(user_id__in=hosts).reverse()}
    return next((there[user_id] for user_id in hosts if user_id in there), None)


def _make_host(room: Room, chosen: Attendance | None) -> None:
    before = room.host
    room.host_gone_at = None
    room.host_user = chosen.user if chosen else None
    room.host_socket = chosen.socket_id if chosen else None
    room.host_name = (chosen.user.username if chosen.user else chosen.guest_name) if chosen else ""
    room.save(update_fields=["host_gone_at", "host_user", "host_socket", "host_name"])
    after = room.host
    is_same_person = (
        before is not None
        and after is not None
        and (before.name, before.user_id) == (after.name, after.user_id)
        and (after.user_id is not None or before.socket_id == after.socket_id)
    )
    if before != after and not is_same_person:
        bus.publish(bus.room_address(room.pk), HostChanged(room_pk=room.pk, room_id=room.room_id, host=after))


def _attending(room: Room) -> QuerySet[Attendance]:
    """Live sockets on /ws/sync, the longest there first. Who only chats never owns the clock."""
    is_active = Q(user__isnull=True) | Q(user__is_active=True)
    return live_attendances([room.pk]).filter(is_active, door="sync").select_related("user").order_by("since", "id")

"""Writing presence: leases of processes, their sockets, attendance of rooms, and what is announced about people.

Every function is one short transaction with a number of queries that does not depend on the size of the batch.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from django.db.models import Case, Exists, Expression, F, OuterRef, When
from django.db.models.functions import Now

from accounts.models import User
from core import bus
from core.clock import iso_ms, now
from presence.events import StatusChanged
from presence.models import Attendance, Process, Socket, Status
from presence.rows import Attending, SocketRow, Swept
from presence.selectors import connected_users, fresh_processes, live_sockets, moments_ago

Row = TypeVar("Row", Socket, Attendance)
HEALED_AT_ONCE = 1000

# Leases ---------------------------------------------------------------------------------------------------------------


def start_process() -> Process:
    """A lease for this process, from now on. It removes others only after a lease's time, see `sweep`."""
    process = Process.objects.create(sweeps_from=_a_lease_from_now())
    process.refresh_from_db()
    return process


def renew(*, process_id: uuid.UUID) -> bool:
    """Hold the lease. False when it had been swept meanwhile: it holds again, but every socket and attendance of this
    process must be written anew.
    """
    ended = moments_ago(settings.PRESENCE_LEASE_SECONDS)
    held = Process.objects.filter(id=process_id).update(
        sweeps_from=Case(When(renewed_at__lt=ended, then=_a_lease_from_now()), default=F("sweeps_from")),
        renewed_at=Now(),
    )
    if not held:
        Process.objects.bulk_create([Process(id=process_id, sweeps_from=_a_lease_from_now())], ignore_conflicts=True)
    return bool(held)


def end_process(*, process_id: uuid.UUID) -> None:
    """Give up the lease, with every socket that is left. Announces nothing: who was here comes back elsewhere, or is
    announced offline by the next sweep of any process.
    """
    with transaction.atomic():
        users = list(Socket.objects.filter(process_id=process_id, user__isnull=False).values_list("user_id", flat=True))
        Process.objects.filter(id=process_id).delete()
        _note_seen(users)


def _a_lease_from_now() -> Expression:
    return moments_ago(-settings.PRESENCE_LEASE_SECONDS)


# Sockets and attendance -----------------------------------------------------------------------------------------------


def open_sockets(*, process_id: uuid.UUID, rows: list[SocketRow]) -> None:
    """Write sockets of this process. People who no longer exist are left out; without the process's row nothing is
    written, and its next `renew` says so.
    """
    moment = now()
    made = [
        Socket(
            id=row.id, process_id=process_id, user_id=row.user_id, login_id=row.login_id,
            device_id=row.device_id, door=row.door, opened_at=moment,
        )
        for row in rows
    ]  # fmt: skip
    _insert(made, lambda batch: _insert_sockets(process_id, batch))


def _insert_sockets(process_id: uuid.UUID, batch: list[Socket]) -> None:
    # Locked, so that a sweep cannot take the process away between this check and the commit.
    if Process.objects.select_for_update(no_key=True).filter(id=process_id).first() is None:
        return
    known = _existing_users(socket.user_id for socket in batch)
    Socket.objects.bulk_create(
        [socket for socket in batch if socket.user_id is None or socket.user_id in known], ignore_conflicts=True
    )
    _note_seen(known)


def close_sockets(*, process_id: uuid.UUID, ids: Iterable[uuid.UUID]) -> set[int]:
    """Remove sockets of this process with their attendance. Returns the people whose they were: call `settle` for them
    after the grace.
    """
    with transaction.atomic():
        # Locked first, in the order of who comes into rooms: what they wrote is seen, or they find the socket gone.
        wanted = Socket.objects.select_for_update().filter(process_id=process_id, id__in=list(ids)).order_by("id")
        closed = dict(wanted.values_list("id", "user_id"))
        users = set(closed.values())
        # Without reading what is deleted, as the cascade would: attendances are all there is.
        Attendance.objects.filter(socket__in=closed).delete()
        Socket.objects.filter(id__in=closed)._raw_delete(DEFAULT_DB_ALIAS)
        _note_seen(users)
    return {user_id for user_id in users if user_id is not None}


def attend(rows: list[Attending]) -> None:
    """Write who is in which room. Sockets and people that are gone are left out; a second time changes nothing."""
    moment = now()
    made = [
        Attendance(
            socket_id=row.socket_id, room_id=row.room_id, user_id=row.user_id,
            guest_name=row.guest_name, address=row.address, door=row.door, since=moment,
        )
        for row in rows
    ]  # fmt: skip
    _insert(made, _insert_attendances)


def _insert_attendances(batch: list[Attendance]) -> None:
    # Locked in one order, so that none is closed or swept between this check and the commit.
    wanted = Socket.objects.select_for_update().filter(id__in={row.socket_id for row in batch}).order_by("id")
    sockets = set(wanted.values_list("id", flat=True))
    known = _existing_users(row.user_id for row in batch)
    Attendance.objects.bulk_create(
        [row for row in batch if row.socket_id in sockets and (row.user_id is None or row.user_id in known)],
        ignore_conflicts=True,
    )


def rename_guest(*, socket_id: uuid.UUID, room_id: int, name: str) -> None:
    """What a guest at this socket is called in a room; since when they are there stays."""
    Attendance.objects.filter(socket_id=socket_id, room_id=room_id, user=None).update(guest_name=name)


def unattend(pairs: Iterable[tuple[uuid.UUID, int]]) -> None:
    """Remove (socket, room) pairs. One query per room."""
    by_room: dict[int, list[uuid.UUID]] = {}
    for socket_id, room_id in pairs:
        by_room.setdefault(room_id, []).append(socket_id)
    for room_id, socket_ids in by_room.items():
        Attendance.objects.filter(room_id=room_id, socket_id__in=socket_ids).delete()


def send_out(*, room_id: int | None, user_id: int) -> None:
    """Remove a person's attendance of a room, or of every room."""
    rows = Attendance.objects.filter(user_id=user_id)
    (rows if room_id is None else rows.filter(room_id=room_id)).delete()


def send_guests_out(*, room_id: int, guest_name: str = "", address: str | None = None) -> None:
    """Remove the attendance of a room of guests at an address, or else of that name."""
    guests = Attendance.objects.filter(room_id=room_id, user=None)
    (guests.filter(address=address) if address else guests.filter(guest_name=guest_name)).delete()


def empty_room(*, room_id: int) -> None:
    """Nobody attends it any more."""
    Attendance.objects.filter(room_id=room_id).delete()


def _insert(rows: list[Row], insert: Callable[[list[Row]], None]) -> None:
    """All at once; one by one when somebody was deleted between the check and the commit."""
    if not rows:
        return
    try:
        with transaction.atomic():
            insert(rows)
    except IntegrityError:
        if len(rows) > 1:
            for row in rows:
                _insert([row], insert)


def _existing_users(ids: Iterable[int | None]) -> set[int]:
    return set(User.objects.filter(id__in={user_id for user_id in ids if user_id is not None}).values_list("id", flat=True))


def _note_seen(user_ids: Iterable[int | None]) -> None:
    """They were here a moment ago. Locks in id order: two processes may write the same people."""
    ids = list(
        Status.objects.select_for_update()
        .filter(user_id__in=list(user_ids))
        .order_by("user_id")
        .values_list("user_id", flat=True)
    )
    if ids:
        Status.objects.filter(user_id__in=ids).update(last_seen_at=now())


# What is announced ----------------------------------------------------------------------------------------------------


def settle(*, user_ids: Iterable[int]) -> None:
    """Make the announced status of these people what their live sockets say, and announce what changed.

    Call it at once after a socket opened, and the grace after one closed. Row locks let only one process announce a change.
    """
    ids = set(user_ids)
    if not ids:
        return
    with transaction.atomic():
        moment = now()
        rows = _locked_statuses(ids, moment)
        online = connected_users(ids)
        changed = [row for row in rows if row.is_online != (row.user_id in online and row.user.shows_presence)]
        came = [row.user_id for row in changed if not row.is_online]
        went = [row.user_id for row in changed if row.is_online]
        Status.objects.filter(user_id__in=came).update(is_online=True, changed_at=moment, last_seen_at=moment)
        Status.objects.filter(user_id__in=went).update(is_online=False, changed_at=moment)
        for row in changed:
            _announce(row, not row.is_online, moment)


def _locked_statuses(ids: set[int], moment: datetime) -> list[Status]:
    """One row for each of these people that exists, made where missing, locked in id order."""
    present = set(Status.objects.filter(user_id__in=ids).values_list("user_id", flat=True))
    Status.objects.bulk_create(
        [
            Status(user_id=user_id, changed_at=moment, last_seen_at=moment)
            for user_id in sorted(_existing_users(ids - present))
        ],
        ignore_conflicts=True,
    )
    locked = Status.objects.select_for_update(of=("self",)).select_related("user")
    return list(locked.filter(user_id__in=ids).order_by("user_id"))


def _announce(row: Status, is_online: bool, moment: datetime) -> None:
    last_seen_at = moment if is_online else row.last_seen_at
    event = StatusChanged(
        user_id=row.user_id,
        username=row.user.username,
        is_online=is_online,
        at=iso_ms(moment),
        last_seen_at=iso_ms(last_seen_at) if row.user.shows_presence else None,
    )
    bus.publish(bus.presence_address(row.user_id), event)


def sweep(*, process_id: uuid.UUID) -> Swept:
    """Remove processes whose lease has ended, announce their people, and heal whatever announcement was lost. Call it after
    `renew`; any number of processes may.

    Does nothing for a lease's time after this process started or found its own lease ended: then the database stood still,
    and everyone else needs the time to renew too.
    """
    with transaction.atomic():
        if not fresh_processes().filter(id=process_id, sweeps_from__lte=Now()).exists():
            return Swept()
        swept = _remove_dead()
    settle(user_ids=swept.user_ids | _unsettled())
    return swept


def _remove_dead() -> Swept:
    ended = moments_ago(settings.PRESENCE_LEASE_SECONDS)
    dead = list(Process.objects.select_for_update(skip_locked=True).filter(renewed_at__lte=ended).values_list("id", flat=True))
    if not dead:
        return Swept()
    users = set(Socket.objects.filter(process_id__in=dead, user__isnull=False).values_list("user_id", flat=True))
    rooms = set(Attendance.objects.filter(socket__process_id__in=dead).values_list("room_id", flat=True))
    Process.objects.filter(id__in=dead).delete()
    _note_seen(users)
    return Swept(
        processes=len(dead), user_ids=frozenset(user_id for user_id in users if user_id is not None), room_ids=frozenset(rooms)
    )


def _unsettled() -> frozenset[int]:
    """People whose announced status is not what it should be: the process that would have said so ended before it could."""
    gone = Status.objects.filter(is_online=True, last_seen_at__lt=moments_ago(2 * settings.PRESENCE_GRACE_SECONDS))
    gone = gone.exclude(Exists(live_sockets().filter(user_id=OuterRef("user_id"))))
    here = live_sockets().filter(user__shows_presence=True)
    here = here.exclude(Exists(Status.objects.filter(user_id=OuterRef("user_id"), is_online=True)))
    users = {
        *gone.values_list("user_id", flat=True)[:HEALED_AT_ONCE],
        *here.values_list("user_id", flat=True)[:HEALED_AT_ONCE],
    }
    return frozenset(user_id for user_id in users if user_id is not None)

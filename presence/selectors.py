"""Reading presence. Only rows of processes with a fresh lease count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import BooleanField, DateTimeField, Exists, Expression, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from presence.models import Attendance, Process, Socket, Status
from presence.rows import StatusView

OFFLINE = StatusView(is_online=False)


def moments_ago(seconds: float) -> Expression:
    """A moment in the past, by the database's clock."""
    return ExpressionWrapper(Now() - timedelta(seconds=seconds), output_field=DateTimeField())


def fresh_processes() -> QuerySet[Process]:
    return Process.objects.filter(renewed_at__gt=moments_ago(settings.PRESENCE_LEASE_SECONDS))


def live_sockets() -> QuerySet[Socket]:
    return Socket.objects.filter(process__renewed_at__gt=moments_ago(settings.PRESENCE_LEASE_SECONDS))


def connected_users(ids: Iterable[int]) -> set[int]:
    """Those of them with a live socket, whether or not they let others see it."""
    return set(live_sockets().filter(user_id__in=list(ids)).values_list("user_id", flat=True))


def statuses_of(ids: Iterable[int]) -> dict[int, StatusView]:
    """What others may know of each of these people: offline and never seen for who hides their presence. One query.

    Someone announced as online counts as such only with a live socket or for a lease after the last one closed, so that a
    reload stays invisible and a server that died alone does not leave anyone online for ever.
    """
    ids = list(ids)
    live = live_sockets().filter(user_id=OuterRef("user_id"))
    rows = Status.objects.filter(user_id__in=ids, user__shows_presence=True).annotate(
        is_connected=Exists(live),
        was_just_here=ExpressionWrapper(
            Q(last_seen_at__gt=moments_ago(settings.PRESENCE_LEASE_SECONDS)), output_field=BooleanField()
        ),
    )
    found = {
        row.user_id: StatusView(
            is_online=row.is_online and (row.is_connected or row.was_just_here),
            changed_at=row.changed_at,
            last_seen_at=row.last_seen_at,
        )
        for row in rows
    }
    return {user_id: found.get(user_id, OFFLINE) for user_id in ids}


def last_seen_of(ids: Iterable[int]) -> dict[int, datetime]:
    """When each of these people was last connected, hidden or not: for their own eyes and staff's."""
    return dict(Status.objects.filter(user_id__in=list(ids)).values_list("user_id", "last_seen_at"))


def live_attendances(room_ids: Iterable[int] | None = None) -> QuerySet[Attendance]:
    """Of these rooms, or of all."""
    rows = Attendance.objects.filter(socket__process__renewed_at__gt=moments_ago(settings.PRESENCE_LEASE_SECONDS))
    return rows if room_ids is None else rows.filter(room_id__in=list(room_ids))

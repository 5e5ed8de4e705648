"""Who belongs to a room or is there now, as the API lists them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, cast

from django.db.models import Min

from presence.selectors import live_attendances
from rooms.data import RANKS, Role
from rooms.models import Room, RoomRole


class Person(NamedTuple):
    """`verified` is False for a guest. `since`: when they came to belong to the party, or else came in."""

    username: str
    verified: bool
    role: Role
    is_here: bool
    since: datetime


def people_of(room: Room) -> list[Person]:
    """Owner, hosts, members, guests; within each the longest there first. Two queries, one for a public room."""
    found: dict[int, Person] = {}
    if room.is_party:
        for row in RoomRole.objects.filter(room=room).select_related("user"):
            found[row.user_id] = Person(row.user.username, True, cast(Role, row.role), False, row.since)
    guests = []
    for user_id, username, is_staff, name, since in _here(room.pk):
        if user_id is None:
            guests.append(Person(name, False, "guest", True, since))
        elif user_id in found:
            found[user_id] = found[user_id]._replace(is_here=True)
        else:
            role: Role = "guest" if room.is_party else "host" if is_staff else "member"
            found[user_id] = Person(username, True, role, True, since)
    return sorted([*found.values(), *guests], key=lambda person: (-RANKS.index(person.role), person.since, person.username))


def _here(room_pk: int) -> list[tuple[int | None, str, bool, str, datetime]]:
    rows = live_attendances([room_pk]).values_list("user_id", "user__username", "user__is_staff", "guest_name")
    return list(rows.annotate(here_since=Min("since")).order_by())

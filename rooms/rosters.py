"""Who is in a room by one door, as the sockets show it."""

from __future__ import annotations

from django.db.models import Min

from presence.selectors import live_attendances


def names_in(room_pk: int, door: str) -> list[str]:
    """Each name once, the longest there first. One query."""
    rows = (
        live_attendances([room_pk])
        .filter(door=door)
        .values("user__username", "guest_name")
        .annotate(here_since=Min("since"))
        .order_by("here_since", "user__username", "guest_name")
    )
    return list(dict.fromkeys(row["user__username"] or row["guest_name"] for row in rows))

"""What sockets tell each other without storing it, across processes."""

from __future__ import annotations

import msgspec

from core.events import Event
from rooms.playback import Person


class RosterTouched(Event, frozen=True, kw_only=True):
    """Somebody entered or left a room by this door: whoever shows its people looks again."""

    room_pk: int
    room_id: str
    door: str


class TypingSignalled(Event, frozen=True, kw_only=True):
    """Somebody types: to a recipient (by name), in a group or in a room. Only one of the three is given."""

    user_id: int | None
    username: str
    recipient: str | None = None
    group_id: int | None = None
    room_id: str | None = None
    origin: str | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody's player is. `rtt` in milliseconds, `drift` in seconds, None where not known."""

    person: Person
    state: str
    rtt: float | None = None
    drift: float | None = None


class QualityReported(Event, frozen=True, kw_only=True):
    """Members of a room whom one process heard from since it said this last, at most once a second."""

    room_pk: int
    room_id: str
    members: tuple[Member, ...]

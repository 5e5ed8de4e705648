"""What sockets tell each other without storing it, across processes."""

from __future__ import annotations

from core.events import Event


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

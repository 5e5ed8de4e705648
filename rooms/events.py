"""What rooms announce, to `bus.room_address(room_pk)` unless said otherwise. `room_id` is the public one ("movie-7")."""

from __future__ import annotations

from typing import Any

from core.events import Event
from rooms.data import Host, Kind, Role, is_meant
from rooms.playback import Timeline


class HostChanged(Event, frozen=True, kw_only=True):
    """Somebody else is the acting host now; None when nobody is there."""

    room_pk: int
    room_id: str
    host: Host | None


class TimelineMoved(Event, frozen=True, kw_only=True):
    """The timeline after a change, which `timeline.reason` names. By a command: its `action` and `cmd_id`.

    A "report" is a frame of the acting host, which other old clients got as it is.
    """

    room_pk: int
    room_id: str
    timeline: Timeline
    action: str | None = None
    cmd_id: str | None = None
    origin: str | None = None


class PositionRelayed(Event, frozen=True, kw_only=True):
    """An old client's frame for the other old clients, its values unchanged. Never stored."""

    room_pk: int
    room_id: str
    username: str
    current_time: int | float
    origin: str | None = None


class RoomChanged(Event, frozen=True, kw_only=True):
    """A room got other settings, or another film. `room` is what everyone in it may know: `selectors.settings_of`."""

    room_pk: int
    room_id: str
    room: dict[str, Any]


class RoomClosed(Event, frozen=True, kw_only=True):
    """A party is over: nobody is in it any more."""

    room_pk: int
    room_id: str


class RoleChanged(Event, frozen=True, kw_only=True):
    """What somebody is in a party now; "guest" when they belong to it no more."""

    room_pk: int
    room_id: str
    user_id: int
    username: str
    role: Role


class Sanctioned(Event, frozen=True, kw_only=True):
    """Somebody was muted, kicked or banned, or is no longer (`lifted`): by `user_id`, or a guest by `address` or `guest_name`.

    For one room to its address. Everywhere (`room_pk` None): for a person to their user address, for a guest to
    `bus.everyone_address()`.
    """

    kind: Kind
    room_pk: int | None
    room_id: str | None
    user_id: int | None
    address: str | None
    guest_name: str
    lifted: bool
    reason: str = ""
    until: str | None = None

    def concerns(self, *, user_id: int | None, address: str | None, guest_name: str) -> bool:
        """Whether a socket of this person or guest is meant."""
        return is_meant(self, user_id=user_id, address=address, guest_name=guest_name)

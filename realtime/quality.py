"""How well a room's players keep together, from what they say of themselves: rolled up, at most once a second per room.

Each process signals what its own sockets said; only that travels. Nothing here moves a timeline.
"""

from __future__ import annotations

import asyncio
import math

import msgspec
from django.utils.translation import gettext_lazy as _

from core import bus
from core.errors import Invalid
from realtime.frames import Progress, Quality
from realtime.hub import Hub
from realtime.signals import Member, QualityReported
from realtime.wire import Frame
from rooms.playback import LARGEST_POSITION, Person, is_position

EVERY = 1.0
SHOWN = 50
FORGOTTEN_AFTER = 30.0
"""Seconds without a word: three reports of a hidden tab."""
LONGEST_STATE = 16
LONGEST_TRIP_MS = 60_000.0


def member_of(frame: Progress, person: Person) -> Member:
    """What a `progress` says. Invalid for values that no player could have."""
    if not is_position(frame.current_time):
        raise Invalid.field("current_time", _("Must be a number of seconds, from 0 on."))
    if not 0 < len(frame.state) <= LONGEST_STATE:
        raise Invalid.field("state", _("1 to 16 characters."))
    _check(frame, "buffered_ahead", 0.0, LARGEST_POSITION)
    _check(frame, "rtt", 0.0, LONGEST_TRIP_MS)
    _check(frame, "drift", -LARGEST_POSITION, LARGEST_POSITION)
    drift = None if frame.drift is None else round(frame.drift, 3)
    return Member(person=person, state=frame.state, rtt=frame.rtt, drift=drift)


def _check(frame: Progress, name: str, least: float, most: float) -> None:
    value = getattr(frame, name)
    if value is not None and not (math.isfinite(value) and least <= value <= most):
        raise Invalid.field(name, _("This value is out of range."))


class RoomQuality:
    """One room: what its members said last, and what has not been signalled or shown yet."""

    __slots__ = ("heard_at", "is_due", "is_shown_soon", "known", "said", "shown_at", "signalled_at", "unshown")

    def __init__(self) -> None:
        self.said: dict[str, Member] = {}
        self.known: dict[str, Member] = {}
        self.heard_at: dict[str, float] = {}
        self.unshown: dict[str, Member] = {}
        self.signalled_at = self.shown_at = -EVERY
        self.is_due = self.is_shown_soon = False


class Qualities:
    def __init__(self, loop: asyncio.AbstractEventLoop, hub: Hub) -> None:
        self.loop = loop
        self.hub = hub
        self._rooms: dict[int, RoomQuality] = {}

    def said(self, room_pk: int, room_id: str, member: Member) -> None:
        """By one of this process's sockets."""
        room = self._rooms.setdefault(room_pk, RoomQuality())
        room.said[member.person.key] = member
        if not room.is_due:
            room.is_due = True
            wait = max(0.0, room.signalled_at + EVERY - self.loop.time())
            self.loop.call_later(wait, self._signal, room_pk, room_id)

    def heard(self, event: QualityReported) -> None:
        """By any process, this one too."""
        room = self._rooms.setdefault(event.room_pk, RoomQuality())
        for member in event.members:
            key = member.person.key
            room.known[key] = room.unshown[key] = member
            room.heard_at[key] = self.loop.time()
        if not room.is_shown_soon:
            room.is_shown_soon = True
            wait = max(0.0, room.shown_at + EVERY - self.loop.time())
            self.loop.call_later(wait, self._show, event.room_pk, event.room_id)

    def round_trips(self, room_pk: int) -> list[float]:
        """Milliseconds, of everyone heard of lately."""
        return [member.rtt for member in self._lately(room_pk) if member.rtt is not None]

    def people(self, room_pk: int) -> list[Person]:
        """Everyone heard of lately: they can say whether they are ready."""
        return [member.person for member in self._lately(room_pk)]

    def _lately(self, room_pk: int) -> list[Member]:
        room = self._rooms.get(room_pk)
        if room is None:
            return []
        since = self.loop.time() - FORGOTTEN_AFTER
        for key in [key for key, at in room.heard_at.items() if at < since]:
            del room.heard_at[key], room.known[key]
        return list(room.known.values())

    def _signal(self, room_pk: int, room_id: str) -> None:
        room = self._rooms.setdefault(room_pk, RoomQuality())
        room.is_due = False
        room.signalled_at = self.loop.time()
        members, room.said = tuple(room.said.values()), {}
        if members:
            event = QualityReported(room_pk=room_pk, room_id=room_id, members=members)
            bus.signal(bus.room_address(room_pk), event)

    def _show(self, room_pk: int, room_id: str) -> None:
        room = self._rooms.setdefault(room_pk, RoomQuality())
        room.is_shown_soon = False
        room.shown_at = self.loop.time()
        members, room.unshown = list(room.unshown.values()), {}
        listeners = [socket for socket in self.hub.listeners(bus.room_address(room_pk)) if socket.door == "sync"]
        if not listeners:
            self._rooms.pop(room_pk, None)
            return
        worst = sorted(members, key=lambda member: -abs(member.drift or 0.0))[:SHOWN]
        frame = Frame(Quality(room_id=room_id, members=[_shown(member) for member in worst]), key=f"quality {room_pk}")
        for socket in listeners:
            if socket.speaks_v2 and room_pk in socket.rooms:
                socket.outbox.put(frame)


def _shown(member: Member) -> dict[str, object]:
    facts = msgspec.structs.asdict(member)
    return {"user": member.person.name, "drift": facts["drift"], "rtt": facts["rtt"], "state": facts["state"]}

"""What this process told of each room's timeline, and telling in time what the row says will happen.

No timer owns the truth. Every process with players in a room says the same at the same moment; what one misses, the next pass
reads from the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

from core.bus import room_address
from core.clock import now_ms
from realtime import outgoing
from realtime.hub import Hub
from realtime.wire import Frame
from rooms.events import TimelineMoved
from rooms.playback import Timeline, next_change_at, settled

if TYPE_CHECKING:
    from realtime.connection import Connection


class Told:
    """A room's timeline as it was told last, and the timer of what happens next."""

    __slots__ = ("room_id", "timeline", "timer")

    def __init__(self, room_id: str, timeline: Timeline) -> None:
        self.room_id = room_id
        self.timeline = timeline
        self.timer: asyncio.TimerHandle | None = None


class Timelines:
    def __init__(self, loop: asyncio.AbstractEventLoop, hub: Hub) -> None:
        self.loop = loop
        self.hub = hub
        self._told: dict[int, Told] = {}

    def heard(self, event: TimelineMoved) -> None:
        """Tell it, unless something newer was told. The commander gets an answer of their own."""
        by_command = event.cmd_id is not None
        self._tell(
            event.room_pk,
            event.room_id,
            event.timeline,
            action=event.action,
            cmd_id=event.cmd_id,
            answered=event.origin if by_command else None,
        )

    def read(self, room_pk: int, room_id: str, timeline: Timeline) -> None:
        """The timeline as the database has it: told to whoever has not heard of it, if this process told anything before."""
        if room_pk in self._told:
            self._tell(room_pk, room_id, timeline)
        else:
            self._remember(room_pk, room_id, timeline)

    def rooms(self) -> dict[int, str]:
        return {room_pk: told.room_id for room_pk, told in self._told.items()}

    def forget(self, room_pk: int) -> None:
        told = self._told.pop(room_pk, None)
        if told is not None and told.timer is not None:
            told.timer.cancel()

    def stop(self) -> None:
        for room_pk in list(self._told):
            self.forget(room_pk)

    def _tell(
        self,
        room_pk: int,
        room_id: str,
        timeline: Timeline,
        *,
        action: str | None = None,
        cmd_id: str | None = None,
        answered: str | None = None,
    ) -> None:
        told = self._told.get(room_pk)
        if told is not None and _version(timeline) <= _version(told.timeline):
            return
        self._remember(room_pk, room_id, timeline)
        mark = outgoing.timeline_mark(room_pk, timeline.epoch, timeline.rev)
        said = outgoing.timeline_frame(room_id, timeline, action=action, cmd_id=cmd_id)
        frame = Frame(said, key=f"sync {room_pk}", mark=mark)
        for socket in self._players(room_pk):
            if socket.id != answered and (socket.speaks_v2 or _concerns_old_clients(timeline)):
                socket.outbox.put(frame)

    def _players(self, room_pk: int) -> Collection[Connection]:
        return [socket for socket in self.hub.listeners(room_address(room_pk)) if socket.door == "sync"]

    def _remember(self, room_pk: int, room_id: str, timeline: Timeline) -> None:
        told = self._told.get(room_pk)
        if told is None:
            told = self._told[room_pk] = Told(room_id, timeline)
        told.timeline = timeline
        if told.timer is not None:
            told.timer.cancel()
        due = next_change_at(timeline)
        # A moment after it: the fraction of a millisecond that a film's end is rounded by.
        told.timer = None if due is None else self.loop.call_later(max(0, due + 2 - now_ms()) / 1000, self._due, room_pk)

    def _due(self, room_pk: int) -> None:
        told = self._told[room_pk]
        told.timer = None
        if not self._players(room_pk):
            self.forget(room_pk)
            return
        reached = settled(told.timeline, now_ms())
        if reached is told.timeline:
            # This machine's timers and the database's clock do not agree to the millisecond.
            self._remember(room_pk, told.room_id, told.timeline)
        else:
            self._tell(room_pk, told.room_id, reached)


def follow_film(sockets: Collection[Connection], room_pk: int, movie_id: int) -> None:
    """Who is in a room that shows another film now leaves it with that one."""
    for socket in sockets:
        joined = socket.rooms.get(room_pk)
        if joined is not None and joined.movie_id != movie_id:
            socket.rooms[room_pk] = msgspec.structs.replace(joined, movie_id=movie_id)


def _version(timeline: Timeline) -> tuple[int, int]:
    return timeline.epoch, timeline.rev


def _concerns_old_clients(timeline: Timeline) -> bool:
    """They got the host's own frame, if it was that; where nothing can be followed they are told nothing."""
    return timeline.reason != "report" and timeline.state in ("playing", "paused")

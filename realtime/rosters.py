"""Who is in a room, told as differences: at most one frame a second per room, whoever and however many come and go."""

from __future__ import annotations

import asyncio
import logging
from itertools import count
from typing import NamedTuple

from core import bus
from realtime import outgoing
from realtime.frames import Members
from realtime.hub import Hub
from realtime.signals import RosterTouched
from realtime.wire import Frame
from realtime.work import Workers
from rooms.rosters import names_in

logger = logging.getLogger("matinee.realtime")

EVERY = 1.0
SHOWN = 100
Key = tuple[int, str]


class Roster:
    """The people of one room and door as this process told them last, longest there first."""

    __slots__ = ("is_due", "people", "room_id", "told_at", "version")
    _versions = count(1)

    def __init__(self, room_id: str, people: list[str]) -> None:
        self.room_id = room_id
        self.people = people
        self.moved()
        self.told_at = 0.0
        self.is_due = False

    def moved(self) -> None:
        self.version = next(self._versions)


class Seen(NamedTuple):
    """What a snapshot says of a room's people. The mark is of the last differences in it, which are not told after it."""

    members: dict[str, object]
    mark: tuple[int, int]


class Rosters:
    """ "Old snapshot + differences = fresh snapshot": a snapshot shows what was told last, never something newer."""

    def __init__(self, loop: asyncio.AbstractEventLoop, hub: Hub, workers: Workers) -> None:
        self.loop = loop
        self.hub = hub
        self.workers = workers
        self._rosters: dict[Key, Roster] = {}
        self._touched: dict[Key, float] = {}
        """When each was told to be touched last, or will be."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def snapshot(self, room_pk: int, room_id: str, door: str) -> Seen:
        """The first hundred and the count, as of the last differences."""
        roster = self._rosters.get((room_pk, door))
        if roster is None:
            people = await self.workers.run(names_in, room_pk, door)
            roster = self._rosters.setdefault((room_pk, door), Roster(room_id, people))
        members: dict[str, object] = {"users": roster.people[:SHOWN], "count": len(roster.people)}
        return Seen(members, outgoing.roster_mark(room_pk, roster.version))

    def touch(self, room_pk: int, room_id: str, door: str) -> None:
        """Tell every process, once a second at most."""
        key = (room_pk, door)
        now = self.loop.time()
        last = self._touched.get(key)
        if last is not None and now < last:
            return
        wait = 0.0 if last is None or now - last >= EVERY else EVERY - (now - last)
        self._touched[key] = now + wait
        event = RosterTouched(room_pk=room_pk, room_id=room_id, door=door)
        self.loop.call_later(wait, bus.signal, bus.room_address(room_pk), event)

    def look_again(self) -> None:
        """In case a touch of another process was not heard. Touches too old to put off another one are forgotten."""
        recent = self.loop.time() - EVERY
        self._touched = {key: at for key, at in self._touched.items() if at > recent}
        for room_pk, door in list(self._rosters):
            self.heard(RosterTouched(room_pk=room_pk, room_id=self._rosters[room_pk, door].room_id, door=door))

    def heard(self, event: RosterTouched) -> None:
        roster = self._rosters.get((event.room_pk, event.door))
        if roster is None or roster.is_due:
            return
        roster.is_due = True
        wait = max(0.0, roster.told_at + EVERY - self.loop.time())
        self.loop.call_later(wait, self._start, (event.room_pk, event.door), roster)

    def _start(self, key: Key, roster: Roster) -> None:
        task = self.loop.create_task(self._tell(key, roster))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, key: Key, roster: Roster) -> None:
        roster.is_due = False
        roster.told_at = self.loop.time()
        room_pk, door = key
        listeners = [socket for socket in self.hub.listeners(bus.room_address(room_pk)) if socket.door == door]
        if not listeners:
            self._rosters.pop(key, None)
            return
        try:
            people = await self.workers.run(names_in, room_pk, door)
        except Exception:
            logger.warning("could not look who is in a room", exc_info=True)
            return
        before, after = set(roster.people), set(people)
        joined = [name for name in people if name not in before]
        left = [name for name in roster.people if name not in after]
        roster.people = people
        if joined or left:
            roster.moved()
            difference = Members(room_id=roster.room_id, joined=joined, left=left, count=len(people))
            frame = Frame(difference, mark=outgoing.roster_mark(room_pk, roster.version))
            for socket in self.hub.listeners(bus.room_address(room_pk)):
                if socket.door == door and socket.speaks_v2:
                    socket.outbox.put(frame)

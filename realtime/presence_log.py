"""This process's part of presence: its lease, and its sockets' rows, written in small batches in the order things happened."""

from __future__ import annotations

import asyncio
import functools
import logging
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from django.conf import settings

from core.clock import measure_offset
from presence import services
from presence.rows import SocketRow
from realtime import identity
from realtime.work import Workers
from rooms import services as rooms
from rooms.data import PendingHost

if TYPE_CHECKING:
    from realtime.connection import Connection
    from realtime.hub import Hub

logger = logging.getLogger("matinee.realtime")

FLUSH_SECONDS = 0.05
CLOCK_SECONDS = 60.0


class PresenceLog:
    def __init__(self, loop: asyncio.AbstractEventLoop, workers: Workers, process_id: uuid.UUID, hub: Hub) -> None:
        self.loop = loop
        self.workers = workers
        self.process_id = process_id
        self.hub = hub
        self._opened: dict[uuid.UUID, SocketRow] = {}
        self._closed: dict[uuid.UUID, tuple[str, dict[int, str]]] = {}
        """By which door, and the rooms left: row and public ids."""
        self.left: Callable[[int, str, str], None] = lambda room_pk, room_id, door: None
        """Told of each room that was left, once the database knows."""
        self._written: dict[uuid.UUID, asyncio.Future[None]] = {}
        self._dirty = asyncio.Event()
        self._is_stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        self._graces: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._tasks = [self.loop.create_task(self._write_forever()), self.loop.create_task(self._renew_forever())]

    # What happened ----------------------------------------------------------------------------------------------------
    def opened(self, connection: Connection) -> asyncio.Future[None]:
        """Note a socket. The future is done once its row is written."""
        written = self._written.get(connection.uuid)
        if written is None:
            written = self._written[connection.uuid] = self.loop.create_future()
            self._opened[connection.uuid] = _row(connection)
            self._dirty.set()
        return written

    def closed(self, connection: Connection, rooms_left: dict[int, str]) -> bool:
        """Note that a socket is gone, and which rooms it was in: their host may have to change after the grace.

        False for one that was never noted as open.
        """
        if self._written.pop(connection.uuid, None) is None:
            return False
        self._opened.pop(connection.uuid, None)
        self._closed[connection.uuid] = (connection.door, rooms_left)
        self._dirty.set()
        return True

    def heartbeat(self, login_id: uuid.UUID) -> None:
        self._start(self._try(functools.partial(self.workers.run, identity.touch, login_id)))

    # Writing ----------------------------------------------------------------------------------------------------------
    async def _write_forever(self) -> None:
        written_at = 0.0
        while not self._is_stopping:
            await self._dirty.wait()
            # After a quiet moment at once; then what gathers meanwhile goes together.
            await asyncio.sleep(max(0.0, written_at + FLUSH_SECONDS - self.loop.time()))
            self._dirty.clear()
            await self._write()
            written_at = self.loop.time()

    async def _write(self) -> None:
        opened, self._opened = self._opened, {}
        closed, self._closed = self._closed, {}
        try:
            rooms_left = {room_pk for _door, left in closed.values() for room_pk in left}
            people, pending = await self.workers.run(_store, self.process_id, list(opened.values()), list(closed), rooms_left)
        except Exception:
            logger.warning("presence could not be written; trying again", exc_info=True)
            self._opened = opened | self._opened
            self._closed = closed | self._closed
            for socket_id in self._closed:
                self._opened.pop(socket_id, None)
            await asyncio.sleep(1)
            self._dirty.set()
            return
        for socket_id in opened:
            written = self._written.get(socket_id)
            if written is not None and not written.done():
                written.set_result(None)
        for door, left in closed.values():
            for room_pk, room_id in left.items():
                self.left(room_pk, room_id, door)
        if people:
            self._start(self._settle_people(people))
        self.settle_hosts_later(pending)

    def settle_hosts_later(self, pending: list[PendingHost]) -> None:
        """Rooms whose host left and may come back within the grace."""
        if pending:
            self._start(self._settle_hosts(pending))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self._graces.add(task)
        task.add_done_callback(self._graces.discard)

    async def _settle_people(self, people: set[int]) -> None:
        await asyncio.sleep(settings.PRESENCE_GRACE_SECONDS)
        await self._try(functools.partial(self.workers.run, services.settle, user_ids=people))

    async def _settle_hosts(self, pending: list[PendingHost]) -> None:
        while pending:
            await asyncio.sleep(max(host.seconds for host in pending) + 0.05)
            try:
                pending = await self.workers.run(rooms.settle_rooms, room_pks=[host.room_pk for host in pending])
            except Exception:
                logger.warning("could not settle the hosts of rooms", exc_info=True)

    # The lease --------------------------------------------------------------------------------------------------------
    async def _renew_forever(self) -> None:
        await self._try(self._begin)
        measured = self.loop.time()
        while not self._is_stopping:
            await asyncio.sleep(settings.PRESENCE_RENEW_SECONDS)
            await self._try(self._renew)
            if self.loop.time() - measured > CLOCK_SECONDS:
                measured = self.loop.time()
                await self._try(self._measure)

    async def _try(self, step: Callable[[], Awaitable[Any]]) -> None:
        try:
            await step()
        except Exception:
            logger.warning("presence could not be kept up; trying again", exc_info=True)

    async def _begin(self) -> None:
        await self._measure()
        await self._renew()

    async def _measure(self) -> None:
        await self.workers.run(measure_offset)

    async def _renew(self) -> None:
        held = await self.workers.run(services.renew, process_id=self.process_id)
        if not held:
            self._write_everything_anew()
        swept = await self.workers.run(services.sweep, process_id=self.process_id)
        if swept.room_ids:
            await self.workers.run(rooms.settle_rooms, room_pks=swept.room_ids, at_once=True)

    def _write_everything_anew(self) -> None:
        """Our rows were swept (or were never there). Sockets enter their rooms again once their rows are written."""
        for connection in list(self.hub.sockets.values()):
            if connection.uuid in self._written and not connection.is_ending:
                self._opened[connection.uuid] = _row(connection)
                if self._written[connection.uuid].done():
                    self._written[connection.uuid] = self.loop.create_future()
                if connection.rooms:
                    connection.attends_anew()
        if self._opened:
            self._dirty.set()

    async def stop(self) -> None:
        self._is_stopping = True
        for task in [*self._tasks, *self._graces]:
            task.cancel()
        try:
            await self._write()
            await self.workers.run(services.end_process, process_id=self.process_id)
        except Exception:
            logger.warning("the lease could not be given up; it ends by itself", exc_info=True)


def _row(connection: Connection) -> SocketRow:
    return SocketRow(
        id=connection.uuid,
        user_id=connection.user_id,
        login_id=connection.who.login_id if connection.who else None,
        device_id=connection.device_id,
        door=connection.door,
    )


def _store(
    process_id: uuid.UUID, opened: list[SocketRow], closed: list[uuid.UUID], rooms_left: set[int]
) -> tuple[set[int], list[PendingHost]]:
    """Returns the people whose sockets closed, and the rooms whose host may come back. First sockets are announced at once."""
    if opened:
        services.open_sockets(process_id=process_id, rows=opened)
        arrived = {row.user_id for row in opened if row.user_id is not None}
        if arrived:
            services.settle(user_ids=arrived)
    people = services.close_sockets(process_id=process_id, ids=closed) if closed else set()
    return people, rooms.settle_rooms(room_pks=rooms_left) if rooms_left else []

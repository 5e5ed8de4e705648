"""What one server process has once: hub, workers, presence log, writer. Made when the first socket (or `serve`) asks."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Coroutine
from typing import Any

from core import announcer
from core.bus import everyone_address, movies_address
from messaging.catching_up import Absence, Changes, changed_since_many
from realtime import identity
from realtime.chat_views import Shown, shown
from realtime.contacts import Contacts
from realtime.counting import Admission
from realtime.following import Following, followed_by
from realtime.hub import Hub
from realtime.identity import Identity
from realtime.joined import Joined
from realtime.outbox import Flusher
from realtime.passes import Passes
from realtime.presence_log import PresenceLog
from realtime.quality import Qualities
from realtime.receipts import Receipts
from realtime.rosters import Rosters
from realtime.seeking import Seeks
from realtime.sharing import Shared
from realtime.timelines import Timelines
from realtime.work import Workers
from realtime.writer import Writer
from rooms.data import Entered, Entering, Host
from rooms.services import enter_many

logger = logging.getLogger("matinee.realtime")


class Runtime:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.process_id = uuid.uuid4()
        self.workers = Workers()
        self.admission = Admission()
        self.flusher = Flusher(loop)
        self.hub = Hub(loop, self.workers)
        self.writer = Writer(self.workers)
        self.arrivals: Shared[Entering, Entered] = Shared(lambda batch: self.workers.run(enter_many, batch))
        self.chat_views: Shared[int, Shown] = Shared(lambda batch: self.workers.run(shown, batch))
        self.tokens: Shared[str, Identity] = Shared(lambda batch: self.workers.run(identity.by_tokens, batch))
        self.live_logins: Shared[uuid.UUID, bool] = Shared(lambda batch: self.workers.run(identity.are_live, batch))
        self.following: Shared[int, Following] = Shared(lambda batch: self.workers.run(followed_by, batch))
        self.absences: Shared[Absence, Changes | None] = Shared(lambda batch: self.workers.run(changed_since_many, batch))
        self.receipts = Receipts(loop, self.workers)
        self.rosters = Rosters(loop, self.hub, self.workers)
        self.timelines = Timelines(loop, self.hub)
        self.qualities = Qualities(loop, self.hub)
        self.seeks: Seeks[Any] = Seeks(loop)
        self.contacts = Contacts(loop, self.hub, self.workers)
        self.presence = PresenceLog(loop, self.workers, self.process_id, self.hub)
        self.presence.left = self.rosters.touch
        self.passes = Passes(self)
        self.announcer = announcer.Announcer(loop, self.hub.deliver)
        self.catching_up = asyncio.Semaphore(50)
        self.known_rooms: dict[str, Joined] = {}
        """By public id: where a socket listens before it enters. Row ids of a film's room never change."""
        self.told_hosts: dict[int, Host | None] = {}
        self.told_settings: dict[int, dict[str, Any]] = {}
        self.told_statuses: dict[int, bool | None] = {}
        """What this process told last, so that a pass notices what it missed. None: not the same to everyone."""
        self.hosts_to_tell: dict[int, bool] = {}
        """Rooms whose host is being told; True where it has changed again meanwhile."""
        self.is_draining = False
        self._begun: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        announcer.attach(self.announcer)
        self.hub.remote.want(everyone_address())
        self.hub.remote.want(movies_address())
        self.hub.remote.start()
        self.presence.start()
        self.passes.start()

    def told_status(self, user_id: int, is_online: bool) -> None:
        """One socket was told what the database says. Where others heard otherwise, the next pass tells everyone."""
        known = self.told_statuses.get(user_id, is_online)
        self.told_statuses[user_id] = is_online if known == is_online else None

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Something that nobody waits for. Its failure is logged."""
        task = self.loop.create_task(self._logged(work))
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return task

    async def _logged(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            logger.warning("a reaction failed; the next pass makes up for it", exc_info=True)

    async def drain(self, seconds: float) -> None:
        """Send every socket away with 1012, spread over some seconds so that they do not come back all at once."""
        self.is_draining = True
        sockets = list(self.hub.sockets.values())
        pause = seconds / len(sockets) if sockets else 0
        due = self.loop.time()
        for connection in sockets:
            connection.close(1012)
            due += pause
            if due > self.loop.time():
                await asyncio.sleep(due - self.loop.time())
        deadline = self.loop.time() + 5
        while self.hub.sockets and self.loop.time() < deadline:
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Write what is owed to the database and let go."""
        await self.writer.stop()
        await self.arrivals.stop()
        await self.receipts.stop()
        await self.passes.stop()
        self.contacts.stop()
        self.timelines.stop()
        await self.presence.stop()
        try:
            async with asyncio.timeout(3):
                await self.announcer.drained()
        except TimeoutError:
            logger.warning("other processes could not be told everything")
        await self.hub.remote.stop()
        announcer.detach(self.announcer)
        self.workers.stop()


_runtime: Runtime | None = None


def current() -> Runtime:
    """This process's runtime, on the running loop."""
    global _runtime
    loop = asyncio.get_running_loop()
    if _runtime is None or _runtime.loop is not loop:
        _runtime = Runtime(loop)
        _runtime.start()
    return _runtime


def running() -> Runtime | None:
    return _runtime

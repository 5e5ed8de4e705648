"""Whom a socket may hear of: looked at when somebody signs in, and again whenever that may have changed.

Blocks, groups and first messages change it. One task looks for everybody who waits, so that the last look always wins.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from itertools import islice

from core.bus import user_address
from groups.contacts import contacts_of_people
from realtime.hub import Hub
from realtime.work import Workers

logger = logging.getLogger("matinee.realtime")

AT_ONCE = 500
"""People per look."""


class Contacts:
    def __init__(self, loop: asyncio.AbstractEventLoop, hub: Hub, workers: Workers) -> None:
        self.loop = loop
        self.hub = hub
        self.workers = workers
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._task: asyncio.Task[None] | None = None

    def look_again(self, user_ids: Iterable[int | None]) -> None:
        """Soon every socket of these people hears of exactly those whom they may see. Costs nothing for who is not here."""
        for user_id in user_ids:
            if user_id is not None and any(socket.door != "sync" for socket in self.hub.listeners(user_address(user_id))):
                self._look(user_id)

    async def followed(self, user_id: int) -> None:
        """Return once that is so for a person, by a look at the database that begins after now. DatabaseError."""
        await asyncio.shield(self._look(user_id))

    def _look(self, user_id: int) -> asyncio.Future[None]:
        future = self._waiting.get(user_id)
        if future is None:
            future = self._waiting[user_id] = self.loop.create_future()
            # Mostly nobody waits for it, and nobody is to be told that a failure was not looked at.
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
        if self._task is None or self._task.done():
            self._task = self.loop.create_task(self._work())
        return future

    async def _work(self) -> None:
        while self._waiting:
            asked = {user_id: self._waiting.pop(user_id) for user_id in list(islice(self._waiting, AT_ONCE))}
            try:
                for user_id, contacts in (await self.workers.run(contacts_of_people, list(asked))).items():
                    self._tell(user_id, contacts)
            except Exception as error:
                logger.warning("could not look at who may see whom; the next pass tries again", exc_info=True)
                for future in asked.values():
                    future.set_exception(error)
            else:
                for future in asked.values():
                    future.set_result(None)

    def _tell(self, user_id: int, contacts: frozenset[int]) -> None:
        for socket in list(self.hub.listeners(user_address(user_id))):
            if socket.user_id == user_id:
                socket.contacts_are(contacts)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

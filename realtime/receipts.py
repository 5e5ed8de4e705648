"""Delivered cursors, gathered while frames are written and stored a few times a second."""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

from messaging.events import CursorMoved
from messaging.services import mark_delivered_many
from realtime.work import Workers

logger = logging.getLogger("matinee.realtime")

FLUSH_SECONDS = 0.2


MOST_TOLD = 10_000


class Told(NamedTuple):
    """How far a reader is told to be: `read` to their own sockets, `shown` to others who may know."""

    delivered: int = 0
    read: int = 0
    shown: int = 0

    def read_for(self, user_id: int | None, event: CursorMoved) -> int | None:
        """How far this person hears of that the reader has read; None to tell them nothing."""
        if user_id == event.user_id:
            return self.read
        if event.may_be_seen_by(user_id):
            return self.shown
        return 0 if event.has_arrived else None


class ToldCursors:
    """How far each reader was told to be. Threads may announce in another order than they committed; what is told never goes
    back.
    """

    def __init__(self) -> None:
        self._told: dict[tuple[int, int], Told] = {}

    def at_least(self, event: CursorMoved) -> Told:
        key = event.conversation_id, event.user_id
        before = self._told.pop(key, Told())
        told = self._told[key] = Told(
            delivered=max(before.delivered, event.delivered_seq),
            read=max(before.read, event.read_seq),
            # What was read in hiding is not what others are told at least.
            shown=max(before.shown, event.read_seq) if event.shows_reading else before.shown,
        )
        if len(self._told) > MOST_TOLD:
            del self._told[next(iter(self._told))]
        return told


class Receipts:
    def __init__(self, loop: asyncio.AbstractEventLoop, workers: Workers) -> None:
        self.loop = loop
        self.workers = workers
        self.told = ToldCursors()
        self._marks: dict[tuple[int, int], int] = {}
        self._task: asyncio.Task[None] | None = None

    def delivered(self, user_id: int, conversation_id: int, seq: int) -> None:
        """A message was written to a socket of this person."""
        key = (user_id, conversation_id)
        self._marks[key] = max(seq, self._marks.get(key, 0))
        if self._task is None or self._task.done():
            self._task = self.loop.create_task(self._flush_soon())

    async def _flush_soon(self) -> None:
        while self._marks:
            await asyncio.sleep(FLUSH_SECONDS)
            await self._flush()

    async def _flush(self) -> None:
        marks, self._marks = self._marks, {}
        if not marks:
            return
        try:
            await self.workers.run(mark_delivered_many, [(*key, seq) for key, seq in marks.items()])
        except Exception:
            # A cursor that stays behind moves with the next message.
            logger.warning("delivered cursors could not be stored", exc_info=True)

    async def stop(self) -> None:
        await self._flush()

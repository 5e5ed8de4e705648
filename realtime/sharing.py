"""One piece of database work for many sockets: whatever arrived while the last was in flight shares the next."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from django.db import Error as DatabaseError

from core.errors import ServerError, Unavailable

logger = logging.getLogger("matinee.realtime")

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 128
"""Items per commit: more do not get cheaper, and everyone in it waits for the last."""
CAPACITY = 5_000


class Shared(Generic[Item, Result]):
    """`work` takes a list and gives one result or refusal each, in order; it is awaited off the loop, once at a time."""

    def __init__(self, work: Callable[[list[Item]], Awaitable[Sequence[Result | Exception]]]) -> None:
        self.work = work
        self._queue: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._task: asyncio.Task[None] | None = None

    def put(self, item: Item) -> asyncio.Future[Result]:
        """Done in its turn: then the future has its result, or its refusal."""
        if len(self._queue) >= CAPACITY:
            raise Unavailable(retry_after=2)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._queue.append((item, future))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._drain())
        return future

    async def _drain(self) -> None:
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]
            results = await self._results([item for item, _ in batch])
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    async def _results(self, batch: list[Item]) -> Sequence[Result | Exception]:
        try:
            return await self.work(batch)
        except DatabaseError:
            logger.warning("the database did not take %d items", len(batch), exc_info=True)
            return [Unavailable()] * len(batch)
        except Exception:
            logger.exception("%d items failed", len(batch))
            return [ServerError()] * len(batch)

    async def stop(self) -> None:
        """Finish what was begun."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=10)

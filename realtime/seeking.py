"""Seeks of one person in one room: the first is carried out at once, then the newest of each quarter of a second.

Every one is answered: with what the newest of its time came to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Key = tuple[str, int]

CarryOut = Callable[[list[Asked]], Awaitable[None]]
"""Gets the seeks of one window, the newest last, carries that one out and answers them all. Does not raise."""

WINDOW = 0.25


class _Seeker(Generic[Asked]):
    __slots__ = ("busy", "carry_out", "waiting")

    def __init__(self, carry_out: CarryOut[Asked]) -> None:
        self.carry_out = carry_out
        self.waiting: list[Asked] = []
        self.busy = asyncio.Lock()


class Seeks(Generic[Asked]):
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._seekers: dict[Key, _Seeker[Asked]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, key: Key, asked: Asked, carry_out: CarryOut[Asked]) -> None:
        seeker = self._seekers.get(key)
        if seeker is not None:
            seeker.waiting.append(asked)
            return
        seeker = self._seekers[key] = _Seeker(carry_out)
        seeker.waiting.append(asked)
        task = self.loop.create_task(self._work(key, seeker))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self, key: Key) -> None:
        """Carry out now what waits: another command of the same person comes after it."""
        seeker = self._seekers.get(key)
        if seeker is not None:
            await self._take(seeker)

    async def _work(self, key: Key, seeker: _Seeker[Asked]) -> None:
        try:
            while seeker.waiting:
                await self._take(seeker)
                await asyncio.sleep(WINDOW)
        finally:
            del self._seekers[key]

    async def _take(self, seeker: _Seeker[Asked]) -> None:
        async with seeker.busy:
            asked, seeker.waiting = seeker.waiting, []
            if asked:
                await seeker.carry_out(asked)

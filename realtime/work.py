"""Where sockets do their database work: threads of our own whose connections stay open.

`database_sync_to_async` looks for stale connections and reopens them at every call, which on SQLite alone costs more than
the work (docs/decisions/0005). Here a connection lives until an error makes it suspect.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from django.db import Error as DatabaseError
from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")


class Workers:
    """A few threads for reading and small writes, and one for posting, which shares commits."""

    def __init__(self, threads: int = 4) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="socket-db")
        self._posting = ThreadPoolExecutor(1, thread_name_prefix="socket-posting")

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a service or selector off the loop."""
        return await self._in(self._pool, function, *args, **kwargs)

    async def post(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._in(self._posting, function, *args, **kwargs)

    async def _in(self, pool: ThreadPoolExecutor, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        call = functools.partial(copy_context().run, _guarded, functools.partial(function, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(pool, call)

    def stop(self) -> None:
        """Finish what was begun and close the connections."""
        for pool in (self._pool, self._posting):
            pool.submit(connections.close_all)
            pool.shutdown(wait=False, cancel_futures=False)


def _guarded(call: Callable[[], R]) -> R:
    try:
        return call()
    except DatabaseError:
        # The connection may be the reason: check it, and let the next call open another.
        for connection in connections.all(initialized_only=True):
            connection.close_if_unusable_or_obsolete()
        raise

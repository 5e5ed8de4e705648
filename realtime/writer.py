"""Posting from sockets: whatever arrived while the last commit was in flight shares the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from django.db import Error as DatabaseError

from core.errors import ApiError, ServerError, Unavailable
from messaging.drafts import Draft, PrivateDraft
from messaging.message_view import Posted
from messaging.services import post_messages
from realtime.work import Workers
from rooms.data import RoomPost
from rooms.services import drafts_for

MOST = 128
"""Messages per commit: more do not get cheaper, and everyone in it waits for the last."""
CAPACITY = 5_000

Post = RoomPost | PrivateDraft | Callable[[], Draft]
"""A callable runs in the writer's thread: it checks rights in the database and gives the draft, or raises the refusal."""


class Writer:
    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self._queue: deque[tuple[Post, asyncio.Future[Posted]]] = deque()
        self._task: asyncio.Task[None] | None = None

    def post(self, post: Post) -> asyncio.Future[Posted]:
        """Stored, committed: then the future has its result, or its ApiError."""
        if len(self._queue) >= CAPACITY:
            raise Unavailable(retry_after=2)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Posted] = loop.create_future()
        self._queue.append((post, future))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._drain())
        return future

    async def _drain(self) -> None:
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]
            results = await self._store([post for post, _ in batch])
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, Posted):
                    future.set_result(result)
                else:
                    future.set_exception(result)

    async def _store(self, batch: list[Post]) -> list[Posted | Exception]:
        try:
            return await self.workers.post(prepare_and_post, batch)
        except Exception as error:
            refusal = Unavailable() if isinstance(error, DatabaseError) else error
            return [refusal] * len(batch)

    async def stop(self) -> None:
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=10)


def prepare_and_post(batch: list[Post]) -> list[Posted | Exception]:
    """One result per item, in order. One that is refused, or fails, does not touch the others."""
    results: list[Posted | Exception] = [ServerError()] * len(batch)
    drafts: dict[int, Draft] = {}
    prepared = {**_drafts_for_rooms(batch), **_other_drafts(batch)}
    for index in sorted(prepared):
        draft = prepared[index]
        if isinstance(draft, Exception):
            results[index] = draft
        else:
            drafts[index] = draft
    if drafts:
        for index, result in zip(drafts, post_messages(list(drafts.values())), strict=True):
            results[index] = result
    return results


def _drafts_for_rooms(batch: list[Post]) -> dict[int, Draft | Exception]:
    """All rooms' posts at once: two queries, whatever their number."""
    posts = {index: post for index, post in enumerate(batch) if isinstance(post, RoomPost)}
    return dict(zip(posts, drafts_for(list(posts.values())), strict=True)) if posts else {}


def _other_drafts(batch: list[Post]) -> dict[int, Draft | Exception]:
    found: dict[int, Draft | Exception] = {}
    for index, post in enumerate(batch):
        if isinstance(post, PrivateDraft):
            found[index] = post
        elif not isinstance(post, RoomPost):
            try:
                found[index] = post()
            except ApiError as refusal:
                found[index] = refusal
    return found

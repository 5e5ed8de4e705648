"""What somebody is told who catches up, when the look at what they missed fails at first."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import Unavailable
from messaging.catching_up import Absence, Changes
from messaging.message_view import MessageView
from realtime import outgoing
from realtime.catching_up import catch_up
from realtime.outbox import Flusher, Outbox
from realtime.wire import Frame


def message(change: int) -> MessageView:
    return MessageView(
        id=change, conversation_id=7, kind="group", seq=change, change=change, sender_id=1, sender="bob", verified=True,
        group_id=3, content=f"message {change}", timestamp="2026-11-21T10:00:00.000Z", message_type="text",
        content_type="text/plain",
    )  # fmt: skip


class Chat:
    """A socket whose person may catch up, and what it finds of its process. The database answers as the test says."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.found: list[Changes | Exception] = []
        self.meanwhile: list[int] = []
        """Changes that are told live while the database is asked."""
        self.rooms: dict[int, Any] = {}
        self.outbox = Outbox(Flusher(asyncio.get_running_loop()), self._send, None, lambda: None)
        self.outbox.live = set()
        self.runtime = SimpleNamespace(
            catching_up=asyncio.Semaphore(1), absences=self, receipts=SimpleNamespace(delivered=lambda *cursor: None)
        )

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(json.loads(message["text"]))

    async def put(self, absence: Absence) -> Changes:
        for change in self.meanwhile:
            self.hear(change)
        found = self.found.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def hear(self, change: int) -> None:
        self.outbox.put(Frame(outgoing.message_frame(message(change)), mark=(7, change)))

    async def catch_up(self) -> None:
        await catch_up(self, 2, {"7": 0})  # type: ignore[arg-type]

    async def heard(self) -> list[str]:
        assert await self.outbox.taken()
        await self.outbox.drained()
        return [frame.get("content", frame["type"]) for frame in self.sent]


async def test_nothing_is_told_twice_after_a_look_that_failed() -> None:
    chat = Chat()
    chat.hear(2)
    chat.found, chat.meanwhile = [Unavailable()], [3]
    with pytest.raises(Unavailable):
        await chat.catch_up()
    chat.hear(4)
    chat.found, chat.meanwhile = [Changes([message(change) for change in range(1, 6)], {7: 5})], [5, 6]
    await chat.catch_up()
    told = ["message 2", "message 3", "message 4", "message 1", "message 5", "synced", "message 6"]
    assert await chat.heard() == told

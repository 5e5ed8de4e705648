"""A server that may be killed and comes back on the same port with the same data, and Python clients of it."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from clients.python.matinee_client import Client, Frame
from tests.realtime.house import House, Person, make_house
from tests.rig.servers import Server, Starter

PATIENCE = 60.0
"""Seconds until something has happened for certain, on a machine that does much else."""


class Phoenix:
    """A server with people and rooms, which may be killed and comes back as it was."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.house: House = make_house(server, people=16, rooms=8)

    def rise_again(self) -> None:
        """kill -9, and begin anew; returns before it is ready."""
        self.server.child.stop(signal.SIGKILL)
        self.server.begin()

    def stored(self, conversation_id: int) -> list[list[Any]]:
        """A conversation's messages by sequence: [seq, content]."""
        code = f"""
import json
from messaging.models import Message
rows = Message.objects.filter(conversation_id={conversation_id}).order_by("seq").values_list("seq", "content")
print(json.dumps(list(rows)))
"""
        found: list[list[Any]] = json.loads(self.server.shell(code).strip().splitlines()[-1])
        return found


@pytest.fixture(scope="session")
def phoenix(start_session_server: Starter) -> Phoenix:
    return Phoenix(start_session_server())


@pytest.fixture
def alice(phoenix: Phoenix) -> Person:
    return phoenix.house.person("alice")


@pytest.fixture
def bob(phoenix: Phoenix) -> Person:
    return phoenix.house.person("bob")


class Listener:
    """Keeps what a client was told."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._news = asyncio.Event()

    def __call__(self, frame: Frame) -> None:
        self.frames.append(frame)
        self._news.set()

    def heard(self, conversation_id: int | None = None) -> list[list[Any]]:
        """[seq, content] of the messages, as they came."""
        messages = [frame for frame in self.frames if frame["type"] == "message"]
        return [
            [message["seq"], message["content"]]
            for message in messages
            if conversation_id in (None, message["conversation_id"])
        ]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for the frames that make it so."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"it never came; heard: {self.frames[-20:]}") from None


Connect = Callable[..., Any]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """`await connect(address, on_frame=..., ...)`: a client that is closed when the test ends."""
    async with AsyncExitStack() as stack:

        async def connect_one(address: str, **options: Any) -> Client:
            return await stack.enter_async_context(Client(address, proxy=None, **options))

        yield connect_one

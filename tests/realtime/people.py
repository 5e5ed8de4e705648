"""Fixtures of a `house`: its cast, a room, and their sockets. A folder's conftest that has a house imports what it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.realtime.house import House, Person, Place
from tests.rig.sockets import Socket, connect

Open = Callable[..., Awaitable[Socket]]


@pytest.fixture
def alice(house: House) -> Person:
    return house.person("alice")


@pytest.fixture
def bob(house: House) -> Person:
    return house.person("bob")


@pytest.fixture
def charlie(house: House) -> Person:
    return house.person("charlie")


@pytest.fixture
def place(house: House) -> Place:
    """A watch room for this test alone."""
    return house.place()


@pytest.fixture
async def chat(house: House) -> AsyncIterator[Open]:
    """`await chat(alice, v2=True)`: her socket on /ws/chat; `await chat()` is a guest's. Or at another `path` or `server`."""
    async with opening() as open_at:

        async def open_one(who: Person | None = None, *, v2: bool = False, server: Any = None, **more: Any) -> Socket:
            return await open_at(server or house.server, who, v2=v2, **more)

        yield open_one


@asynccontextmanager
async def opening() -> AsyncIterator[Open]:
    """`await open_at(server, alice)`: her socket there. All of them are cut at the end."""
    opened: list[Socket] = []

    async def open_at(
        server: Any, who: Person | None = None, *, v2: bool = True, path: str = "/ws/chat", **more: Any
    ) -> Socket:
        if v2:
            more["subprotocols"] = ["matinee.v2"]
        socket = await connect(server, path, token=who.token if who else None, **more)
        opened.append(socket)
        if v2:
            await socket.next("hello")
        return socket

    try:
        yield open_at
    finally:
        for socket in opened:
            # Not by the book: a client that has not read everything would wait for the answer to its close.
            socket.connection.transport.abort()
            await socket.connection.wait_closed()

"""The house that these tests share, and sockets in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.realtime.house import House, Person, Place, make_house
from tests.rig.fixtures import IS_EMBEDDED
from tests.rig.servers import Server
from tests.rig.sockets import Socket, connect

# Two processes hear each other through Redis only.
collect_ignore = ["test_processes.py"] if IS_EMBEDDED else []


@pytest.fixture(scope="session")
def house(server: Server) -> House:
    return make_house(server, people=200, rooms=220, steered=50, parties=16)


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


Open = Callable[..., Awaitable[Socket]]


@pytest.fixture
async def chat(house: House) -> AsyncIterator[Open]:
    """`await chat(alice, v2=True)`: her socket on /ws/chat; `await chat()` is a guest's. Or at another `path` or `server`."""
    opened: list[Socket] = []

    async def open_one(who: Person | None = None, *, v2: bool = False, path: str = "/ws/chat", **more: Any) -> Socket:
        if v2:
            more["subprotocols"] = ["matinee.v2"]
        server = more.pop("server", house.server)
        socket = await connect(server, path, token=who.token if who else None, **more)
        opened.append(socket)
        if v2:
            await socket.next("hello")
        return socket

    yield open_one
    for socket in opened:
        # Not by the book: a client that has not read everything would wait for the answer to its close.
        socket.connection.transport.abort()
        await socket.connection.wait_closed()

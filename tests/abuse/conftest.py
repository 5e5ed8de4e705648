"""A server for these tests alone, so that its log and its memory tell about nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.abuse.raw import RawSocket
from tests.realtime.house import House, Person, Place, make_house
from tests.rig.servers import Starter
from tests.rig.sockets import Socket, connect


@pytest.fixture(scope="session")
def house(start_session_server: Starter) -> House:
    return make_house(start_session_server(LIMIT_SOCKETS_PER_USER=0), people=20, rooms=20)


@pytest.fixture
def alice(house: House) -> Person:
    return house.person("alice")


@pytest.fixture
def bob(house: House) -> Person:
    return house.person("bob")


@pytest.fixture
def place(house: House) -> Place:
    """A watch room for this test alone."""
    return house.place()


@pytest.fixture(autouse=True)
def _log_stays_clean(house: House) -> Iterator[None]:
    """Whatever comes in, the server's log holds no traceback."""
    before = len(house.server.log.read_bytes())
    yield
    assert "Traceback" not in house.server.log.read_bytes()[before:].decode(errors="replace")


Open = Callable[..., Awaitable[Socket]]
OpenRaw = Callable[..., Awaitable[RawSocket]]


@pytest.fixture
async def chat(house: House) -> AsyncIterator[Open]:
    """`await chat(alice, v2=True)`: her socket on /ws/chat; `await chat()` is a guest's."""
    opened: list[Socket] = []

    async def open_one(who: Person | None = None, *, v2: bool = False, path: str = "/ws/chat", server: Any = None) -> Socket:
        subprotocols = ["matinee.v2"] if v2 else []
        socket = await connect(server or house.server, path, token=who.token if who else None, subprotocols=subprotocols)
        opened.append(socket)
        if v2:
            await socket.next("hello")
        return socket

    yield open_one
    for socket in opened:
        socket.connection.transport.abort()
        await socket.connection.wait_closed()


@pytest.fixture
async def raw(house: House) -> AsyncIterator[OpenRaw]:
    """`await raw()`: a socket whose bytes the test writes and reads by itself."""
    opened: list[RawSocket] = []

    async def open_one(server: Any = None, **more: Any) -> RawSocket:
        opened.append(await RawSocket.open(server or house.server, **more))
        return opened[-1]

    yield open_one
    for socket in opened:
        socket.cut()

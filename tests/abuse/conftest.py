"""A server for these tests alone, so that its log and its memory tell about nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.abuse.raw import RawSocket
from tests.realtime.house import House, make_house
from tests.realtime.people import alice, bob, chat, place  # noqa: F401
from tests.rig.servers import Starter


@pytest.fixture(scope="session")
def house(start_session_server: Starter) -> House:
    return make_house(start_session_server(LIMIT_SOCKETS_PER_USER=0), people=20, rooms=20)


@pytest.fixture(autouse=True)
def _log_stays_clean(house: House) -> Iterator[None]:
    """Whatever comes in, the server's log holds no traceback."""
    before = len(house.server.log.read_bytes())
    yield
    assert "Traceback" not in house.server.log.read_bytes()[before:].decode(errors="replace")


OpenRaw = Callable[..., Awaitable[RawSocket]]


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

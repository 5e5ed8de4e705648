"""The house that these tests share, and sockets in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.realtime.house import House, Person, Place, make_house
from tests.rig.fixtures import IS_EMBEDDED
from tests.rig.servers import Server
from tests.rig.sockets import Socket

# Two processes hear each other through Redis only.
collect_ignore = ["test_processes.py"] if IS_EMBEDDED else []


@pytest.fixture(scope="session")
def house(server: Server) -> House:
    return make_house(server, people=60, rooms=60)


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
def chat(house: House, open_socket: Callable[..., Awaitable[Socket]]) -> Open:
    """`await chat(alice, v2=True)`: her socket on /ws/chat; `await chat()` is a guest's. `path` names another one."""

    async def open_one(who: Person | None = None, *, v2: bool = False, path: str = "/ws/chat", **more: Any) -> Socket:
        if v2:
            more["subprotocols"] = ["matinee.v2"]
        server = more.pop("server", house.server)
        socket = await open_socket(server, path, token=who.token if who else None, **more)
        if v2:
            await socket.next("hello")
        return socket

    return open_one

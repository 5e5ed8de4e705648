"""Two server processes on one PostgreSQL and a Redis of their own, behind nginx that sends everyone anywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.cluster.front import Front, nginx_program, running_front
from tests.realtime.house import House, Person, Place, make_house
from tests.rig.fixtures import IS_EMBEDDED
from tests.rig.servers import Server, Starter
from tests.rig.sockets import Socket, connect
from tests.rig.stores import Redis, running_redis

# Processes share PostgreSQL and Redis, which the embedded half does without.
collect_ignore_glob = ["test_*.py"] if IS_EMBEDDED else []

SETTINGS = {
    "HEAL_SECONDS": 1,
    "PRESENCE_LEASE_SECONDS": 8,
    "PRESENCE_RENEW_SECONDS": 1,
    "PRESENCE_GRACE_SECONDS": 1,
    "DRAIN_SECONDS": 1,
    "TRUSTED_PROXIES": "127.0.0.1/32",
    "LIMIT_SOCKETS_PER_USER": 0,
}


class Cluster:
    """`first` and `second` are the processes, `front` is nginx; `house` holds the people and rooms of all."""

    def __init__(self, start: Starter, redis: Redis) -> None:
        self.redis = redis
        self.first = start(REDIS_URL=redis.url, **SETTINGS)
        self.second = self.one_more(start)
        self.processes = [self.first, self.second]
        self.house: House = make_house(self.first, people=30, rooms=20, steered=2)
        self.front: Front

    def one_more(self, start: Starter, **more: str) -> Server:
        """Another process of the same house."""
        return start(beside=self.first, REDIS_URL=self.redis.url, **SETTINGS, **more)


@pytest.fixture(scope="session")
def cluster(start_session_server: Starter) -> Iterator[Cluster]:
    if nginx_program() is None:
        pytest.skip("nginx is not installed")
    with running_redis() as redis:
        made = Cluster(start_session_server, redis)
        with running_front(*made.processes) as made.front:
            yield made


@pytest.fixture
def house(cluster: Cluster) -> House:
    return cluster.house


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
async def open_at() -> AsyncIterator[Open]:
    """`await open_at(server, alice, v2=True)`: her socket on /ws/chat of a process, or of the front."""
    opened: list[Socket] = []

    async def open_one(
        server: Any, who: Person | None = None, *, v2: bool = True, path: str = "/ws/chat", **more: Any
    ) -> Socket:
        subprotocols = ["matinee.v2"] if v2 else []
        socket = await connect(server, path, token=who.token if who else None, subprotocols=subprotocols, **more)
        opened.append(socket)
        if v2:
            await socket.next("hello")
        return socket

    yield open_one
    for socket in opened:
        socket.connection.transport.abort()
        await socket.connection.wait_closed()

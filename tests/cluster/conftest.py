"""Two server processes on one PostgreSQL and a Redis of their own, behind nginx that sends everyone anywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.cluster.front import Front, nginx_program, running_front
from tests.realtime.house import House, make_house
from tests.realtime.people import Open, alice, bob, charlie, opening, place  # noqa: F401
from tests.rig.fixtures import IS_EMBEDDED
from tests.rig.servers import Server, Starter
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
async def open_at() -> AsyncIterator[Open]:
    """`await open_at(server, alice, v2=True)`: her socket on /ws/chat of a process, or of the front."""
    async with opening() as open_at:
        yield open_at

"""Announcing: on commit, from any thread, in order, delaying nobody, whatever Redis does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from channels.layers import channel_layers
from django.db import transaction

from core import announcer, bus
from core.announcer import Announcer
from core.events import Event, decode, encode
from tests.rig.servers import Starter
from tests.rig.sockets import connect
from tests.rig.stores import Redis

PATIENCE = 20


class Rang(Event):
    """An event of these tests only."""

    number: int


class Heard:
    """A process with a hub: a loop in a thread, and what was delivered to its sockets."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int]] = []
        self.changed = threading.Condition()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.announcer = Announcer(self.loop, self.deliver)

    def deliver(self, address: str, event: Event) -> None:
        assert isinstance(event, Rang)
        with self.changed:
            self.events.append((address, event.number))
            self.changed.notify_all()

    def wait_for(self, count: int) -> list[tuple[str, int]]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.events) >= count, PATIENCE), self.events
            return list(self.events)

    def stop(self) -> None:
        async def rest() -> None:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(rest(), self.loop).result(PATIENCE)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE)
        self.loop.close()


@pytest.fixture
def heard() -> Iterator[Heard]:
    """What this process's sockets hear."""
    listening = Heard()
    announcer.attach(listening.announcer)
    yield listening
    announcer.detach(listening.announcer)
    listening.stop()


@pytest.fixture
def on_redis(settings: Any, own_redis: Redis) -> Redis:
    """This process's channel layers live in a Redis of the test's own."""
    config = {"hosts": [{"address": own_redis.url, "socket_timeout": None}], "prefix": "announcing"}
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": config}
    settings.CHANNEL_LAYERS = {"default": layer, "sending": layer}
    return own_redis


def from_a_thread(act: Callable[[], None]) -> None:
    """Run `act` where there is no event loop; it must come back."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "announcing did not return"


def test_events_survive_the_wire() -> None:
    assert decode(encode(Rang(number=7))) == Rang(number=7)


@pytest.mark.django_db(transaction=True)
def test_published_on_commit_and_never_on_rollback(heard: Heard) -> None:
    with transaction.atomic():
        bus.publish("user.1", Rang(number=1))
        bus.signal("user.1", Rang(number=0))
        assert heard.wait_for(1) == [("user.1", 0)]
    with transaction.atomic():
        bus.publish("user.1", Rang(number=2))
        transaction.set_rollback(True)
    bus.publish("user.1", Rang(number=3))
    assert heard.wait_for(3) == [("user.1", 0), ("user.1", 1), ("user.1", 3)]


def test_captured_hears_signals_inside_its_block_only() -> None:
    with bus.captured() as events:
        bus.signal("room.1", Rang(number=1))
    bus.signal("room.1", Rang(number=2))
    assert events == [("room.1", Rang(number=1))]


def test_many_threads_without_a_loop_are_all_heard_each_in_order(heard: Heard) -> None:
    def announce_fifty(thread: int) -> None:
        for number in range(50):
            announcer.announce(f"user.{thread}", Rang(number=number))

    threads = [threading.Thread(target=announce_fifty, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = heard.wait_for(400)
    for number in range(8):
        assert [n for address, n in events if address == f"user.{number}"] == list(range(50))


def test_a_full_queue_drops_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcer, "CAPACITY", 3)
    loop = asyncio.new_event_loop()
    full = Announcer(loop, None)
    for number in range(5):
        full.put("user.1", Rang(number=number))
    assert full.dropped == 2
    loop.close()


def test_a_process_that_goes_down_does_not_fail_its_caller() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    Announcer(loop, None).put("user.1", Rang(number=1))


def test_with_redis_paused_local_sockets_hear_at_once(heard: Heard, on_redis: Redis) -> None:
    on_redis.pause()

    def announce_many() -> None:
        for number in range(500):
            announcer.announce(f"user.{number % 5}", Rang(number=number))

    from_a_thread(announce_many)
    assert len(heard.wait_for(500)) == 500
    # A second round while the first one's sending to other processes still hangs.
    from_a_thread(lambda: announcer.announce("user.1", Rang(number=500)))
    assert heard.wait_for(501)[-1] == ("user.1", 500)


async def test_a_process_without_a_hub_still_tells_the_others(on_redis: Redis) -> None:
    layer = channel_layers["default"]
    other = await layer.new_channel()
    await layer.group_add(announcer.group_name("user.1"), other)

    def announce() -> None:
        for number in range(3):
            announcer.announce("user.1", Rang(number=number))

    try:
        await asyncio.to_thread(from_a_thread, announce)
        numbers: list[int] = []
        async with asyncio.timeout(PATIENCE):
            while len(numbers) < 3:
                message = await layer.receive(other)
                assert message["address"] == "user.1"
                assert message["from"] == announcer.PROCESS_ID
                numbers += [decode(event).number for event in message["events"]]  # type: ignore[attr-defined]
        assert numbers == [0, 1, 2]
    finally:
        await layer.flush()


async def test_a_server_answers_while_its_redis_is_paused(start_server: Starter, own_redis: Redis) -> None:
    server = start_server(REDIS_URL=own_redis.url)
    alice, bob = server.register("alice"), server.register("bob")
    async with connect(server, "/ws/chat", token=bob.token) as ws:
        # The first message comes while all is well: then bob is known to be connected.
        await asyncio.to_thread(alice.http.post, "/messages/private", json={"recipient": bob.username, "content": "before"})
        await ws.next("message", content="before")
        own_redis.pause()
        for number in range(5):
            body = {"recipient": bob.username, "content": f"paused {number}"}
            answer = await asyncio.to_thread(alice.http.post, "/messages/private", json=body, timeout=PATIENCE)
            assert answer.status_code == 200
            await ws.next("message", content=f"paused {number}")
        own_redis.resume()

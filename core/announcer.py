"""The one queue between those who announce and those who hear: bounded, per process, drained by one background loop.

A server process attaches its hub, and the loop is the server's own. Any other process (a WSGI worker, a command, the shell)
gets a daemon thread with a loop that only sends to other processes. Announcing never blocks: on overflow the event is
dropped and counted, and readers heal from the database.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

from channels.layers import InMemoryChannelLayer, get_channel_layer

from core.events import Event, encode

logger = logging.getLogger("matinee.bus")

PROCESS_ID = uuid.uuid4().hex
"""Names this process in what it sends, so that it does not hear itself again."""
CAPACITY = 20_000
BATCH = 200
AT_ONCE = 64
"""Events delivered to local sockets in one go."""

Deliver = Callable[[str, Event], None]


class Announcer:
    """Queue and drain. `deliver` hands an event to this process's sockets; it must not raise or wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop, deliver: Deliver | None) -> None:
        self.loop = loop
        self.deliver = deliver
        self.dropped = 0
        self.unsent = 0
        self._local: deque[tuple[str, Event]] = deque()
        self._remote: deque[tuple[str, Event]] = deque()
        self._lock = threading.Lock()
        self._woken = False
        self._sending: asyncio.Task[None] | None = None

    def put(self, address: str, event: Event) -> None:
        """From any thread."""
        with self._lock:
            if len(self._local) >= CAPACITY:
                self.dropped += 1
                return
            self._local.append((address, event))
            wake, self._woken = not self._woken, True
        if wake:
            try:
                self.loop.call_soon_threadsafe(self._drain)
            except RuntimeError:  # The loop has ended: the process is going down.
                self.dropped += 1

    def _drain(self) -> None:
        with self._lock:
            batch = [self._local.popleft() for _ in range(min(AT_ONCE, len(self._local)))]
            self._woken = bool(self._local)
        if self._woken:
            # After whatever else the loop has to do: sending what was just delivered, above all.
            self.loop.call_soon(self._drain)
        for address, event in batch:
            if self.deliver is not None:
                self.deliver(address, event)
        if not has_other_processes():
            return
        room = CAPACITY - len(self._remote)
        self.dropped += max(0, len(batch) - room)
        self._remote.extend(batch[:room])
        if self._sending is None or self._sending.done():
            self._sending = self.loop.create_task(self._send_all())

    async def _send_all(self) -> None:
        while self._remote:
            batch = [self._remote.popleft() for _ in range(min(BATCH, len(self._remote)))]
            await asyncio.gather(*(self._send(address, event) for address, event in _in_lanes(batch)))

    async def _send(self, address: str, events: list[Event]) -> None:
        """One message per address keeps the order of its events. One retry, then a counter: hints may be lost."""
        message = {"type": "events", "from": PROCESS_ID, "address": address, "events": [encode(event) for event in events]}
        for attempt in (1, 2):
            try:
                async with asyncio.timeout(10):
                    await get_channel_layer("sending").group_send(group_name(address), message)
                return
            except Exception as error:
                if attempt == 2:
                    self.unsent += len(events)
                    logger.warning("could not tell other processes about %s: %r", address, error)

    async def drained(self) -> None:
        """Wait until all that was put has been delivered and sent."""
        while self._local or self._remote or (self._sending and not self._sending.done()):
            await asyncio.sleep(0.01)


def _in_lanes(batch: list[tuple[str, Event]]) -> list[tuple[str, list[Event]]]:
    lanes: dict[str, list[Event]] = {}
    for address, event in batch:
        lanes.setdefault(address, []).append(event)
    return list(lanes.items())


def group_name(address: str) -> str:
    """An address as the channel layer's group. Addresses are short ASCII already."""
    return f"m.{address}"


def has_other_processes() -> bool:
    """False on the in-memory layer: nobody else can hear."""
    layer: Any = get_channel_layer()
    return layer is not None and not isinstance(layer, InMemoryChannelLayer)


_attached: Announcer | None = None
_fallback: Announcer | None = None
_starting = threading.Lock()


def attach(announcer: Announcer) -> None:
    """From now on this process announces through `announcer` (the server's)."""
    global _attached
    _attached = announcer


def detach(announcer: Announcer) -> None:
    global _attached
    if _attached is announcer:
        _attached = None


def announce(address: str, event: Event) -> None:
    """Hand over, at once, from any thread, with or without a loop."""
    if _attached is not None:
        _attached.put(address, event)
    elif has_other_processes():
        _in_background().put(address, event)


def _in_background() -> Announcer:
    global _fallback
    with _starting:
        if _fallback is None or _fallback.loop.is_closed():
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="announcer", daemon=True).start()
            _fallback = Announcer(loop, None)
        return _fallback


@atexit.register
def _say_the_rest() -> None:
    """A command that ends at once still tells the others what it did."""
    if _fallback is None or not _fallback.loop.is_running():
        return
    try:
        asyncio.run_coroutine_threadsafe(_fallback.drained(), _fallback.loop).result(timeout=3)
    except TimeoutError:
        logger.warning("ended before other processes were told everything")

"""What a socket is owed: bounded, joined into few writes, never waiting for a slow reader.

A first frame after a quiet moment leaves at once; frames that follow within a tick leave together. At half of the bound
frames that a newer one replaces are dropped; at the bound the socket is closed with 4008 and the client resumes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from realtime.daphne_pressure import Pressure
from realtime.protocol import PreparedProtocol
from realtime.wire import Frame

MAX_FRAMES = 256
MAX_BYTES = 1_048_576
MAX_HELD = 4_096
"""Live frames that may wait while a socket catches up. They are shared by all who are owed them, so they cost little."""
TICK = 0.003
"""Seconds: the longest that a frame waits for company."""


class Flusher:
    """One moment at which all sockets that have something to send send it.

    It comes right after what runs now, so that a batch of events leaves joined, or a tick after the last one.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._waiting: list[Outbox] = []
        self._flushed_at = 0.0

    def add(self, outbox: Outbox) -> None:
        if not self._waiting:
            wait = self._flushed_at + TICK - self.loop.time()
            if wait > 0:
                self.loop.call_later(wait, self._flush)
            else:
                self.loop.call_soon(self._flush)
        self._waiting.append(outbox)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for outbox in waiting:
            outbox.flush()
        self._flushed_at = self.loop.time()


class Outbox:
    __slots__ = (
        "_bytes", "_frames", "_held", "_pump", "_scheduled", "_told", "_too_slow",
        "closed", "flusher", "live", "pressure", "protocol", "send",
    )  # fmt: skip

    def __init__(
        self,
        flusher: Flusher,
        send: Callable[[dict[str, Any]], Awaitable[None]],
        protocol: PreparedProtocol | None,
        too_slow: Callable[[], None],
    ) -> None:
        self.flusher = flusher
        self.send = send
        self.protocol = protocol
        self.pressure: Pressure | None = None
        """Set on daphne, whose `send` does not wait for slow readers."""
        self.closed = False
        self._too_slow = too_slow
        self._frames: deque[Frame] = deque()
        self._held: list[Frame] | None = None
        self._told: dict[int, int] | None = None
        self.live: set[tuple[int, int]] | None = None
        """What was told live before the socket catches up, where that is to be expected."""
        self._bytes = 0
        self._scheduled = False
        self._pump: asyncio.Task[None] | None = None
        if protocol is not None:
            protocol.on_writable = self._resumed

    def put(self, frame: Frame) -> None:
        """Owe this socket a frame."""
        if self.closed or (self._told is not None and frame.mark is not None and self._was_told(frame.mark)):
            return
        if self._held is None:
            if self.live is not None and frame.mark is not None and len(self.live) < MAX_HELD:
                self.live.add(frame.mark)
            self._owe(frame)
        elif len(self._held) < MAX_HELD:
            self._held.append(frame)
        else:
            self._give_up()

    def _owe(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._bytes += len(frame.payload)
        if len(self._frames) > MAX_FRAMES // 2 or self._bytes > MAX_BYTES // 2:
            if self.protocol is not None and self.protocol.writable.is_set():
                # Much happened in one moment; this reader is not the one who is slow.
                self.flush()
                return
            self._make_room()
            if self.closed:
                return
        if not self._scheduled:
            self._scheduled = True
            self.flusher.add(self)

    # Catching up: what is live waits until what was missed has been told ---------------------------------------------
    def hold(self) -> None:
        self._held = []

    def put_missed(self, frame: Frame) -> None:
        """Past what is held."""
        if not self.closed:
            self._owe(frame)

    def release(self, told: dict[int, int]) -> None:
        """Go on with what was held, but never with changes up to those told already: {conversation: change}."""
        held, self._held = self._held or [], None
        # Remembered, because one that was read from the database may be announced only now.
        self._told = {**(self._told or {}), **told} or None
        for frame in held:
            self.put(frame)

    def _was_told(self, mark: tuple[int, int]) -> bool:
        return self._told is not None and mark[1] <= self._told.get(mark[0], 0)

    async def taken(self, patience: float = 30.0) -> bool:
        """Wait until the server took everything, so that a long answer does not overflow the bound. False: it did not."""
        deadline = self.flusher.loop.time() + patience
        while self._frames and not self.closed and self.flusher.loop.time() < deadline:
            await asyncio.sleep(0.005)
        return not self._frames

    def flush(self) -> None:
        """Hand everything owed to the server in one write."""
        self._scheduled = False
        if self.closed or not self._frames:
            return
        if self.protocol is None:
            if self._pump is None or self._pump.done():
                self._pump = self.flusher.loop.create_task(self._send_all())
        elif self.protocol.writable.is_set():
            frames = self._frames
            data = frames[0].wire if len(frames) == 1 else b"".join([frame.wire for frame in frames])
            frames.clear()
            self._bytes = 0
            self.protocol.write_prepared(data)
        # Otherwise the transport's buffer is full: `_resumed` continues.

    def _resumed(self) -> None:
        self.flush()

    async def _send_all(self) -> None:
        """The plain way, on any server: one send per frame, as fast as the server takes them."""
        try:
            while self._frames:
                if self.pressure is not None:
                    await self.pressure.writable.wait()
                frame = self._frames.popleft()
                self._bytes -= len(frame.payload)
                await self.send({"type": "websocket.send", "text": frame.text})
        except Exception:
            # The client went away meanwhile; the receiving side learns of it and cleans up.
            self.closed = True
            self._frames.clear()

    def _make_room(self) -> None:
        newest: dict[str, Frame] = {frame.key: frame for frame in self._frames if frame.key is not None}
        self._frames = deque(frame for frame in self._frames if frame.key is None or newest[frame.key] is frame)
        self._bytes = sum(len(frame.payload) for frame in self._frames)
        if len(self._frames) > MAX_FRAMES or self._bytes > MAX_BYTES:
            self._give_up()

    def _give_up(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
        self._frames.clear()
        self._held = None
        self.closed = True
        self._too_slow()

    def close(self) -> None:
        """Take nothing more. What is owed leaves now, or on the plain path with `drained`."""
        if not self.closed:
            self.flush()
        self.closed = True
        if self.protocol is not None:
            self._frames.clear()
            self.protocol.on_writable = None

    async def drained(self) -> None:
        """On the plain path, wait for what is being sent."""
        if self._pump is not None and not self._pump.done():
            await asyncio.wait([self._pump], timeout=5)

"""A bad network on loopback: a TCP proxy that delivers everything late, some of it later, and in order."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class SlowLine:
    """`port`: where to connect instead. `cut()` ends all connections, as a lost network does.

    `delay` and `jitter` are seconds for each way: every chunk takes `delay` and up to `jitter` more.
    """

    def __init__(self, target: int, *, delay: float, jitter: float, seed: int = 1) -> None:
        self.target, self.delay, self.jitter = target, delay, jitter
        self.random = random.Random(seed)
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="slow line", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._abort_all)

    def _abort_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._writers |= ends
        try:
            # Cancelled when the line is taken down; nobody is left to be told.
            with suppress(asyncio.CancelledError):
                await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read as it comes, deliver when it is time: what is on its way does not hold up what follows."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = self._loop.create_task(self._deliver(under_way, writer))
        due = 0.0
        data = b"?"
        while data:
            try:
                data = await reader.read(65536)
            except OSError:
                data = b""
            due = max(due, self._loop.time() + self.delay + self.random.random() * self.jitter)
            under_way.put_nowait((due, data))
        await delivering

    async def _deliver(self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            if not data:
                writer.close()
                return
            writer.write(data)


@contextmanager
def slow_line(target: int, *, delay: float, jitter: float, seed: int = 1) -> Iterator[SlowLine]:
    line = SlowLine(target, delay=delay, jitter=jitter, seed=seed)
    line.start()
    try:
        yield line
    finally:
        line.stop()

"""The load generator's WebSockets: no library, so that a thousand of them cost less than the server they measure.

Frames are skipped by their lengths; only who sets `on_text` looks into them. Masks are zero, which the protocol allows.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from bench.meter import BenchError

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
MARK = b"~#"
"""Every benchmark message holds it once, so that deliveries can be counted without parsing."""


class Line(asyncio.Protocol):
    """One socket. `marks` counts messages that arrived; `close_code` is the server's; `is_open` until either side ends."""

    __slots__ = ("_closed", "_opened", "_rest", "close_code", "is_open", "marks", "on_text", "request", "transport")

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.is_open = False
        self.marks = 0
        self.close_code: int | None = None
        self.on_text: Callable[[bytes], None] | None = None
        self._rest = b""
        loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = loop.create_future()
        self._closed: asyncio.Future[None] = loop.create_future()

    # Life -------------------------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not say that they are Transports.
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if not self._opened.done():
            self._opened.set_exception(BenchError(f"the server hung up during the handshake: {exc}"))
        self._closed.set_result(None)

    async def opened(self) -> None:
        """BenchError if the server refuses or hangs up, TimeoutError if it says nothing."""
        async with asyncio.timeout(60):
            await self._opened

    def abort(self) -> None:
        """End it without a word, as a lost network does."""
        self.transport.abort()

    async def closed(self) -> None:
        await self._closed

    # In ---------------------------------------------------------------------------------------------------------------
    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        if not self._opened.done():
            self._shake_hands(data)
            return
        start, length = 0, len(data)
        while length - start >= 2:
            size, head = data[start + 1], 2
            if size >= 126:
                head = 4 if size == 126 else 10
                if length - start < head:
                    break
                size = int.from_bytes(data[start + 2 : start + head], "big")
            end = start + head + size
            if end > length:
                break
            if data[start] != TEXT:
                self._control(data[start], data[start + head : end])
            elif self.on_text is not None:
                self.on_text(data[start + head : end])
            start = end
        self.marks += data.count(MARK, 0, start)
        self._rest = data[start:]

    def _shake_hands(self, data: bytes) -> None:
        head, found, rest = data.partition(b"\r\n\r\n")
        if not found:
            self._rest = data
            return
        self._rest = b""
        if not head.startswith(b"HTTP/1.1 101"):
            self._opened.set_exception(BenchError(f"refused: {data[:300].decode(errors='replace')}"))
            self.transport.abort()
            return
        self.is_open = True
        self._opened.set_result(None)
        if rest:
            self.data_received(rest)

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.transport.write(_framed(PONG, payload))
        elif opcode == CLOSE:
            self.is_open = False
            self.close_code = int.from_bytes(payload[:2], "big") if payload else 1005
            self.transport.close()

    # Out --------------------------------------------------------------------------------------------------------------
    def say(self, frame: dict[str, Any]) -> None:
        self.transport.write(_framed(TEXT, json.dumps(frame).encode()))


def _framed(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((opcode, 0x80 | size, 0, 0, 0, 0)) + payload
    return bytes((opcode, 0xFE, size >> 8, size & 255, 0, 0, 0, 0)) + payload


def request(path: str, *, token: str | None = None, v2: bool = False) -> bytes:
    """The client's half of the handshake."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
    ]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if v2:
        lines.append("Sec-WebSocket-Protocol: matinee.v2")
    return "\r\n".join([*lines, "", ""]).encode()


async def open_line(port: int, asked: bytes, on_text: Callable[[bytes], None] | None = None) -> Line:
    """A socket after its handshake. With `on_text` not even the first frame is missed."""
    line = Line(asked)
    line.on_text = on_text
    await asyncio.get_running_loop().create_connection(lambda: line, "127.0.0.1", port)
    await line.opened()
    return line


async def open_lines(port: int, requests: Sequence[bytes], *, at_once: int = 50) -> list[Line]:
    """Sockets in the order of their requests; `at_once` are in the handshake at a time."""
    gate = asyncio.Semaphore(at_once)

    async def open_one(asked: bytes) -> Line:
        async with gate:
            return await open_line(port, asked)

    return list(await asyncio.gather(*map(open_one, requests)))


async def close_lines(lines: Iterable[Line]) -> None:
    """End them, and wait until they have ended on this side."""
    ending = list(lines)
    for line in ending:
        line.abort()
    await asyncio.gather(*(line.closed() for line in ending))

"""A WebSocket client that keeps no rule: it writes whatever bytes it is given, and reads only when told."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import struct
from collections.abc import Mapping
from typing import Any

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN = 0x80
PATIENCE = 20.0


def frame(
    payload: bytes = b"", opcode: int = TEXT, *, fin: bool = True, reserved: int = 0, claims: int | None = None
) -> bytes:
    """A masked frame (its mask is zero, so the payload stays as it is). `claims` is the length that it says it has."""
    length = len(payload) if claims is None else claims
    head = bytes([(FIN if fin else 0) | reserved | opcode])
    if length < 126:
        head += bytes([0x80 | length])
    elif length < 65_536:
        head += bytes([0x80 | 126]) + struct.pack("!H", length)
    else:
        head += bytes([0x80 | 127]) + struct.pack("!Q", length)
    return head + b"\0\0\0\0" + payload


def text(message: Mapping[str, Any]) -> bytes:
    return frame(json.dumps(message).encode())


class RawSocket:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(
        cls, server: Any, path: str = "/ws/chat", *, receive_buffer: int | None = None, headers: str = ""
    ) -> RawSocket:
        """With a small `receive_buffer` (bytes) little is on its way to a client that does not read."""
        plain = socket.socket()
        if receive_buffer is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.setblocking(False)
        async with asyncio.timeout(PATIENCE):
            await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", server.port))
            reader, writer = await asyncio.open_connection(sock=plain, limit=2**16)
            key = base64.b64encode(os.urandom(16)).decode()
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        return cls(reader, writer)

    def stop_reading(self) -> None:
        """From now on the kernel keeps what arrives, as long as it likes."""
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]

    def read_again(self) -> None:
        self.writer.transport.resume_reading()  # type: ignore[attr-defined]

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def say(self, message: Mapping[str, Any]) -> None:
        await self.write(text(message))

    async def frame(self) -> tuple[int, bytes]:
        """The next frame: (opcode, payload). asyncio.IncompleteReadError at the end of the line."""
        async with asyncio.timeout(PATIENCE):
            first, second = await self.reader.readexactly(2)
            assert first & FIN, "this server does not fragment"
            assert not second & 0x80, "a server does not mask"
            length = second
            if length == 126:
                (length,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
            return first & 0x0F, await self.reader.readexactly(length)

    async def next(self, type: str, **match: Any) -> dict[str, Any]:
        """The next text frame of this type with these values; others are passed over, and pings answered."""
        while True:
            opcode, payload = await self.frame()
            assert opcode != CLOSE, f"closed ({payload!r}) while waiting for {type}"
            if opcode == PING:
                await self.write(frame(payload, PONG))
            if opcode == TEXT:
                said: dict[str, Any] = json.loads(payload)
                if said["type"] == type and all(said.get(name) == value for name, value in match.items()):
                    return said

    async def closed(self) -> int | None:
        """The code that the server closes with; None when it cuts the line without one."""
        try:
            while True:
                opcode, payload = await self.frame()
                if opcode == CLOSE:
                    return int(struct.unpack("!H", payload[:2])[0])
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def is_cut(self) -> None:
        """Return once the server ended the line, whatever it wrote before."""
        async with asyncio.timeout(PATIENCE):
            try:
                while await self.reader.read(65_536):
                    pass
            except ConnectionError:
                pass
        self.cut()

    def cut(self) -> None:
        self.writer.transport.abort()

    async def closed_with_goodbye(self) -> int | None:
        """Say goodbye by the book; the code that comes back."""
        await self.write(frame(struct.pack("!H", 1000), CLOSE))
        return await self.closed()

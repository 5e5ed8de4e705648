"""A server that says exactly what a test wants said, so that what hardly ever happens happens."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

Frame = dict[str, Any]
HELLO = {"type": "hello", "session": "s", "server_time": 0, "heartbeat_s": 20, "limits": {"frame_bytes": 65536}}
STAMP = "2026-01-31T12:00:00.000Z"


class Line:
    """The server's end of one connection."""

    def __init__(self, connection: ServerConnection, number: int) -> None:
        self.connection, self.number = connection, number

    async def say(self, type: str, **keys: Any) -> None:
        await self.connection.send(json.dumps({"type": type, **keys}))

    async def next(self, type: str) -> Frame:
        """The next frame of this type; pings are answered on the way, ten seconds ahead of our clock."""
        while True:
            frame: Frame = json.loads(await self.connection.recv())
            if frame["type"] == "ping":
                ahead = int(time.time() * 1000) + 10_000
                await self.say("pong", t0=frame["t0"], t1=ahead, t2=ahead)
            if frame["type"] == type:
                return frame

    async def hello(self, user: str | None = "alice") -> None:
        await self.connection.send(json.dumps({**HELLO, "user": user}))

    async def message(self, change: int, *, conversation_id: int = 1, **more: Any) -> None:
        more = {"sender": "bob", "recipient": "alice", "content": f"message {change}"} | more
        await self.say(
            "message", id=change, seq=change, change=change, conversation_id=conversation_id, timestamp=STAMP, **more
        )

    async def ack(self, sent: Frame, change: int, **more: Any) -> None:
        more = {"duplicate": False} | more
        keys = {"client_id": sent["client_id"], "id": change, "seq": change, "change": change}
        await self.say("ack", **keys, conversation_id=1, timestamp=STAMP, **more)

    async def error(self, code: int, slug: str, **more: Any) -> None:
        await self.say("error", code=code, error=slug, detail=slug, timestamp=STAMP, **more)

    async def until_closed(self) -> None:
        async for _ in self.connection:
            pass


@asynccontextmanager
async def scripted(script: Callable[[Line], Awaitable[None]]) -> AsyncIterator[str]:
    """Runs the script for each connection, numbered from 1; gives the address. The connection ends with the script."""
    count = 0

    async def play(connection: ServerConnection) -> None:
        nonlocal count
        count += 1
        await script(Line(connection, count))

    async with serve(play, "127.0.0.1", 0, subprotocols=["matinee.v2"]) as server:  # type: ignore[list-item]
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"

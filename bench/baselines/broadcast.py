"""One room on python websockets: one json.dumps per message and `websockets.broadcast`, on uvloop."""

from __future__ import annotations

import json
import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

room: set[ServerConnection] = set()


async def talk(connection: ServerConnection) -> None:
    room.add(connection)
    try:
        async for text in connection:
            frame = json.loads(text)
            broadcast(room, json.dumps({"username": frame["username"], "content": frame["content"]}))
    finally:
        room.discard(connection)


async def main(port: int) -> None:
    async with serve(talk, "127.0.0.1", port, compression=None, backlog=4096) as server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))

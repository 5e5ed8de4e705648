"""A client that never reads, in a room that is told 150 MB: the server stays as it was, and the others hear everything."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from tests.abuse.memory import MEBIBYTE, Memory
from tests.abuse.raw import RawSocket
from tests.realtime.house import make_house
from tests.realtime.people import Open
from tests.realtime.talking import enter, room_message
from tests.rig.servers import Kind, Server, Starter
from tests.rig.sockets import Socket

pytestmark = [pytest.mark.slow, pytest.mark.embedded_only]

CONTENT = "x" * 59_900
"""Few large messages, because storing is what takes time here."""
TOTAL, AT_ONCE, WARMING = 150_000_000, 8, 200


async def never_read(server: Server, room_id: str, joined: asyncio.Event) -> None:
    """Join and read nothing; when the server ends it, come back and do the same. Cancel it to end it."""
    while True:
        socket = await RawSocket.open(server, receive_buffer=4_096)
        socket.stop_reading()
        try:
            await socket.say({"type": "join", "room_id": room_id, "username": "slow"})
            joined.set()
            # What the server no longer takes shows that it cut the line, without reading.
            while not socket.writer.transport.is_closing():
                await asyncio.sleep(0.2)
                await socket.say({"type": "join", "room_id": room_id, "username": "slow"})
        except ConnectionError:
            pass
        finally:
            socket.cut()


async def talk(speaker: Socket, listener: Socket, room_id: str, numbers: range, memory: Memory | None = None) -> None:
    """Everyone who reads hears all of it, once and in order."""
    for start in range(numbers.start, numbers.stop, AT_ONCE):
        some = range(start, min(start + AT_ONCE, numbers.stop))
        for number in some:
            await speaker.say(room_message(room_id, f"{number} {CONTENT}"))
        for socket in (speaker, listener):
            for number in some:
                heard = await socket.next("message", within=60)
                assert heard["content"].partition(" ")[0] == f"{number}", heard["content"][:20]
        if memory is not None:
            memory.grown()


@pytest.mark.parametrize("kind", ["serve", "daphne"])
async def test_who_never_reads_costs_nobody_anything(start_server: Starter, chat: Open, kind: Kind) -> None:
    server = start_server(kind=kind, LIMIT_CONTENT_CHARS=60_000)
    room_id = make_house(server, people=1, rooms=1).place().room_id
    speaker, listener = await chat(server=server), await chat(server=server)
    await enter(speaker, room_id, "speaker")
    await enter(listener, room_id, "listener")
    await speaker.next("message", username="listener")
    await talk(speaker, listener, room_id, range(WARMING))
    memory, joined = Memory(server.pid), asyncio.Event()
    slow = asyncio.create_task(never_read(server, room_id, joined))
    async with asyncio.timeout(20):
        await joined.wait()
    await talk(speaker, listener, room_id, range(WARMING, WARMING + TOTAL // len(CONTENT)), memory)
    assert not slow.done(), slow
    slow.cancel()
    with suppress(asyncio.CancelledError):
        await slow
    assert memory.peak < 10 * MEBIBYTE, f"{memory.peak / MEBIBYTE:.1f} MiB"

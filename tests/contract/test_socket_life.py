"""Sockets that do nothing for a while, and sockets that do a lot at once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.contract import shapes
from tests.contract.cast import Cast
from tests.contract.listeners import ContractSocket, listening

SENDERS, EACH = 25, 20


@pytest.mark.slow
async def test_an_idle_socket_lives(server: Any, cast: Cast, films: list[int]) -> None:
    """Fifteen seconds outlast every read timeout that a store's client is known to have by default."""
    room = f"movie-{films[2]}"
    async with listening(server, "/ws/chat", cast.alice) as chat, listening(server, "/ws/sync", cast.alice) as sync:
        await chat.say_as_written(shapes.JOIN, room_id=room, username="x")
        await sync.say_as_written(shapes.SYNC, room_id=room, username="x", current_time=1)
        await asyncio.gather(chat.silent(15, "error"), sync.silent(15, "error"))
        await chat.say_as_written(shapes.ROOM_MESSAGE_IN, room_id=room, username="x", content="still here")
        await chat.next("message", content="still here")
        async with listening(server, "/ws/sync") as guest:
            # Its first frame joins, after which it can be heard; `sync` itself joined long ago.
            await guest.say_as_written(shapes.SYNC, room_id=room, username="guest", current_time=7)
            await sync.next("sync", username="guest", current_time=7)


async def test_a_burst_arrives_whole_once_and_in_order(server: Any, films: list[int]) -> None:
    room = f"movie-{films[2]}"
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(listening(server, "/ws/chat")) for _ in range(SENDERS)]
        for number, socket in enumerate(sockets):
            await socket.say_as_written(shapes.ROOM_MESSAGE_IN, room_id=room, username=f"sender{number}", content="here")
            await socket.next("message", username=f"sender{number}", content="here")
        await asyncio.gather(*(_send_all(socket, number, room) for number, socket in enumerate(sockets)))
        heard = await asyncio.gather(*(_hear_all(socket) for socket in sockets))
    expected = {number: [f"burst {number}/{n}" for n in range(EACH)] for number in range(SENDERS)}
    for contents in heard:
        for number, sent in expected.items():
            assert [content for content in contents if content.startswith(f"burst {number}/")] == sent
    assert all(contents == heard[0] for contents in heard), "everyone hears them in the same order"


async def _send_all(socket: ContractSocket, number: int, room: str) -> None:
    for n in range(EACH):
        content = f"burst {number}/{n}"
        await socket.say_as_written(shapes.ROOM_MESSAGE_IN, room_id=room, username=f"sender{number}", content=content)


async def _hear_all(socket: ContractSocket) -> list[str]:
    """The burst as it came, and whatever came twice."""
    contents: list[str] = []
    while len(contents) < SENDERS * EACH:
        content = (await socket.next("message", within=60))["content"]
        if content.startswith("burst "):
            contents.append(content)
    await socket.silent(0.5, "message")
    return contents

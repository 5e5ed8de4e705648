"""The proxy that stands for a bad network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.rig.slow_line import slow_line

pytestmark = pytest.mark.embedded_only


@pytest.fixture
async def echo_port() -> AsyncIterator[int]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_it_delivers_everything_late_and_in_order(echo_port: int) -> None:
    loop = asyncio.get_running_loop()
    sent = bytes(range(256)) * 2000
    with slow_line(echo_port, delay=0.05, jitter=0.05) as line:
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        began = loop.time()
        writer.write(sent[:1])
        assert await reader.readexactly(1) == sent[:1]
        assert loop.time() - began >= 0.1, "there and back"
        for at in range(1, len(sent), 50_000):
            writer.write(sent[at : at + 50_000])
        assert await reader.readexactly(len(sent) - 1) == sent[1:]
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()


async def test_it_can_be_cut(echo_port: int) -> None:
    with slow_line(echo_port, delay=0.0, jitter=0.0) as line:
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        line.cut()
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"
        writer.close()

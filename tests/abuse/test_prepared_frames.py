"""Two ways to write the same frames: our protocol's prepared ones, and uvicorn's plain `websocket.send`. Clients get the same.

Both servers run here, in the test's own loop, with a small application that owns an outbox as our sockets do; the last test
compares Matinee with Matinee.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn

from realtime.outbox import Flusher, Outbox
from realtime.protocol import EXTENSION, PreparedProtocol
from realtime.wire import Frame
from tests.abuse.raw import BINARY, CLOSE, PING, PONG, TEXT, RawSocket, frame, text
from tests.realtime.house import make_house
from tests.realtime.talking import room_message
from tests.rig.processes import Child, accepts, free_port
from tests.rig.servers import ROOT, Server, Starter

SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]


class Payload(Frame):
    """A frame of exactly these bytes, which no frame of ours could have."""

    def __init__(self, payload: bytes) -> None:
        self.payload, self.key, self.mark = payload, None, None


class Bench:
    """An ASGI application that does what it is told: `{"sizes": [...], "close": code or null}` in one go."""

    def __init__(self) -> None:
        self.ways: list[bool] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        protocol = (scope.get("extensions") or {}).get(EXTENSION)
        self.ways.append(protocol is not None)
        outbox = Outbox(Flusher(asyncio.get_running_loop()), send, protocol, lambda: None)
        while (message := await receive())["type"] != "websocket.disconnect":
            order = json.loads(message["text"])
            for number, size in enumerate(order["sizes"]):
                outbox.put(Payload(filling(number, size)))
                if order["patient"]:
                    await outbox.taken()
            if order["close"] is not None:
                await self._close(outbox, protocol, send, order["close"])

    async def _close(self, outbox: Outbox, protocol: PreparedProtocol | None, send: Any, code: int) -> None:
        outbox.close()
        if protocol is not None:
            protocol.end(code)
        else:
            await outbox.drained()
            await send({"type": "websocket.close", "code": code})


def filling(number: int, size: int) -> bytes:
    """Different for each frame, so that none may take another's place."""
    return (f"{number}:" + "é🎬x" * size).encode()[:size].decode(errors="ignore").ljust(size, ".").encode()[:size]


class Running:
    def __init__(self, port: int, bench: Bench) -> None:
        self.port, self.bench = port, bench


@asynccontextmanager
async def running(protocol: Any) -> AsyncIterator[Running]:
    """uvicorn as `manage.py serve` sets it up, on a port of its choice."""
    bench = Bench()
    config = uvicorn.Config(
        bench, host="127.0.0.1", port=0, ws=protocol, ws_per_message_deflate=False, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield Running(server.servers[0].sockets[0].getsockname()[1], bench)
    finally:
        server.force_exit = True
        await server.shutdown()


@pytest.fixture
async def both() -> AsyncIterator[list[Running]]:
    async with running(PreparedProtocol) as prepared, running("websockets-sansio") as plain:
        yield [prepared, plain]


def order(*sizes: int, close: int | None = None, patient: bool = False) -> bytes:
    return text({"sizes": sizes, "close": close, "patient": patient})


async def received(server: Running, data: bytes, until: tuple[int, bytes]) -> list[tuple[int, bytes]]:
    """Every frame from the server up to this one."""
    socket = await RawSocket.open(server, "/")
    await socket.write(data)
    frames = [await socket.frame()]
    while frames[-1] != until:
        frames.append(await socket.frame())
    socket.cut()
    return frames


async def test_each_is_what_it_says(both: list[Running]) -> None:
    for server, is_prepared in zip(both, (True, False), strict=True):
        await received(server, order(1), (TEXT, filling(0, 1)))
        assert server.bench.ways == [is_prepared]


@pytest.mark.parametrize("patient", [False, True], ids=["joined into one write", "one by one"])
async def test_frames_of_every_size_are_the_same(both: list[Running], patient: bool) -> None:
    data, last = order(*SIZES, patient=patient) + order(9), (TEXT, filling(0, 9))
    prepared, plain = [await received(server, data, last) for server in both]
    assert prepared == plain
    assert prepared == [*((TEXT, filling(number, size)) for number, size in enumerate(SIZES)), last]


async def test_pings_between_them_are_answered(both: list[Running]) -> None:
    """Neither the pongs nor the texts lose a frame or their order, however they are mixed, for a reader who keeps up."""
    sizes = [125, 126, 127, 0, 700] * 4
    data = b"".join(frame(b"%d" % n, PING) + order(*sizes) + frame(b"%d" % n, PING) for n in range(10)) + order(9)
    for server in both:
        heard = await received(server, data, (TEXT, filling(0, 9)))
        texts = [payload for opcode, payload in heard if opcode == TEXT]
        pongs = [payload for opcode, payload in heard if opcode == PONG]
        assert texts == [filling(n, size) for _ in range(10) for n, size in enumerate(sizes)] + [filling(0, 9)]
        assert pongs == [b"%d" % n for n in range(10) for _ in range(2)]


@pytest.mark.parametrize("code", [1012, 4008, 4501])
async def test_a_close_comes_after_what_was_owed(both: list[Running], code: int) -> None:
    """In the middle of a burst: everything before it, then the close, then nothing; a ping meanwhile changes nothing."""
    sizes = [0, 125, 126, 65_535, 65_536] * 2
    data = order(*sizes) + frame(b"p", PING) + order(*sizes, close=code) + order(7) + frame(b"late", PING)
    expected = [(TEXT, filling(n, size)) for _ in range(2) for n, size in enumerate(sizes)]
    for server in both:
        heard = await received(server, data, (CLOSE, code.to_bytes(2, "big")))
        assert [frame for frame in heard if frame[0] == TEXT] == expected
        assert heard[-1][0] == CLOSE


async def test_the_line_ends_after_the_close(both: list[Running]) -> None:
    for server in both:
        socket = await RawSocket.open(server, "/")
        await socket.write(order(100, close=4501))
        assert await socket.frame() == (TEXT, filling(0, 100))
        assert await socket.frame() == (CLOSE, (4501).to_bytes(2, "big"))
        await socket.write(frame((4501).to_bytes(2, "big"), CLOSE))
        await socket.is_cut()


async def test_a_client_that_closes_first_is_answered(both: list[Running]) -> None:
    for server in both:
        socket = await RawSocket.open(server, "/")
        await socket.write(order(65_536) + frame((1000).to_bytes(2, "big"), CLOSE) + order(5))
        assert await socket.closed() == 1000
        await socket.is_cut()


async def test_a_client_that_is_cut_in_a_burst_harms_nobody(both: list[Running]) -> None:
    for server in both:
        cut, other = await RawSocket.open(server, "/"), await RawSocket.open(server, "/")
        await cut.write(order(*[65_536] * 12))
        cut.cut()
        await other.write(order(*SIZES))
        for number, size in enumerate(SIZES):
            assert await other.frame() == (TEXT, filling(number, size))
        other.cut()


# Matinee itself -------------------------------------------------------------------------------------------------------


@contextmanager
def plain_beside(server: Server) -> Iterator[Any]:
    """The same house once more, by uvicorn's own protocol."""
    port = free_port()
    env = server.env | {"PORT": str(port)}
    child = Child([sys.executable, "-m", "tests.abuse.plain_server"], log=server.data_dir / "plain.log", env=env, cwd=ROOT)
    try:
        child.wait_until(lambda: accepts(port), "the plain server")
        yield SimpleNamespace(port=port)
    finally:
        child.stop()


CONTENTS = [1, 125, 126, 65_535, 65_536]
OUR_OWN = {"id", "seq", "change", "conversation_id", "timestamp", "room_id"}
"""Keys whose values differ from room to room and from time to time."""


async def conversation(server: Any, room_id: str) -> list[tuple[int, Any]]:
    """Every frame that somebody gets who says all sizes in one go, with pings between, and is thrown out in the end."""
    data = b"".join(
        frame(b"%d" % size, PING) + text(room_message(room_id, "x" * size, username="guest", client_id=f"{size}"))
        for size in CONTENTS
    )
    socket = await RawSocket.open(server, headers="Sec-WebSocket-Protocol: matinee.v2\r\n")
    frames = [await socket.frame()]
    await socket.write(data + frame(b"\0", BINARY) * 51)
    while frames[-1][0] != CLOSE:
        frames.append(await socket.frame())
    socket.cut()
    return [(opcode, told(payload) if opcode == TEXT else payload) for opcode, payload in frames[1:]]


def told(payload: bytes) -> dict[str, Any]:
    return {name: value for name, value in json.loads(payload).items() if name not in OUR_OWN}


@pytest.mark.embedded_only  # The stores make no difference to how frames are written.
async def test_matinee_says_the_same_on_both(start_server: Starter) -> None:
    server = start_server(LIMIT_FRAME_BYTES=100_000, LIMIT_CONTENT_CHARS=70_000)
    house = make_house(server, people=1, rooms=2)
    with plain_beside(server) as plain:
        ways = [await conversation(each, house.place().room_id) for each in (server, plain)]
    for heard in ways:
        assert [len(message["content"]) for message in of_type(heard, "message")] == CONTENTS
        assert [payload for opcode, payload in heard if opcode == PONG] == [b"%d" % size for size in CONTENTS]
        assert heard[-1] == (CLOSE, (4029).to_bytes(2, "big"))
    prepared, plain_frames = ways
    # An acknowledgement may come before or after its message: they part at the commit.
    for kind in ("message", "ack", "error"):
        assert of_type(prepared, kind) == of_type(plain_frames, kind)


def of_type(heard: list[tuple[int, Any]], kind: str) -> list[dict[str, Any]]:
    return [said for opcode, said in heard if opcode == TEXT and said["type"] == kind]

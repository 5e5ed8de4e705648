"""Bytes that no library would send: each ends as RFC 6455 says, the server stays as small as it was, others notice nothing."""

from __future__ import annotations

import asyncio
import json
import struct

import pytest

from tests.abuse.conftest import OpenRaw
from tests.abuse.memory import MEBIBYTE, Memory
from tests.abuse.raw import BINARY, CONTINUATION, PING, PONG, frame
from tests.realtime.house import House, Place
from tests.realtime.people import Open
from tests.realtime.talking import ended, enter, flood, fresh, refused, room_message

LIMIT = 65_536
"""LIMIT_FRAME_BYTES unless set otherwise."""


def padded(size: int) -> bytes:
    """A frame's JSON of exactly so many bytes, of a type that nobody knows."""
    head, tail = b'{"type":"filler","padding":"', b'"}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


async def test_the_limit_is_exact(raw: OpenRaw) -> None:
    socket = await raw()
    await socket.write(frame(padded(LIMIT)))
    assert (await socket.next("error"))["error"] == "unknown_type"
    await socket.write(frame(padded(LIMIT + 1)))
    assert await socket.closed() == 1009


TOO_LARGE: dict[str, bytes] = {
    "announced": struct.pack("!BBQI", 0x81, 0x80 | 127, 2**62, 0),
    "announced at the end of range": struct.pack("!BBQI", 0x81, 0x80 | 127, 2**63 - 1, 0),
    "binary": frame(b"\0" * (LIMIT + 1), BINARY),
    "two fragments": frame(b"x" * LIMIT, fin=False) + frame(b"x", CONTINUATION),
    "many fragments": frame(b"x", fin=False) + frame(b"x" * 16, CONTINUATION, fin=False) * 5_000,
}


@pytest.mark.parametrize("data", TOO_LARGE.values(), ids=TOO_LARGE.keys())
async def test_too_large_is_1009_however_it_comes(raw: OpenRaw, data: bytes) -> None:
    socket = await raw()
    await socket.write(data)
    assert await socket.closed() == 1009


AGAINST_THE_RULES: dict[str, tuple[bytes, int]] = {
    "compressed, which nobody agreed to": (frame(b"{}", reserved=0x40), 1002),
    "reserved bits": (frame(b"{}", reserved=0x10), 1002),
    "unknown opcode": (frame(b"{}", 3), 1002),
    "unknown control opcode": (frame(b"", 11), 1002),
    "fragmented ping": (frame(b"", PING, fin=False), 1002),
    "ping of 126 bytes": (frame(b"x" * 126, PING), 1002),
    "nothing to continue": (frame(b"{}", CONTINUATION), 1002),
    "a text within a text": (frame(b"{", fin=False) + frame(b"{}"), 1002),
    "unmasked": (b"\x81\x02{}", 1002),
    "length of 2**63": (struct.pack("!BBQI", 0x81, 0x80 | 127, 2**63, 0), 1009),
    "invalid UTF-8": (frame(b'{"type":"\xff"}'), 1007),
    "a surrogate as UTF-8": (frame(b'{"type":"\xed\xa0\x80"}'), 1007),
    "invalid UTF-8 in fragments": (frame(b'{"type":"\xf0\x9f', fin=False) + frame(b'"}', CONTINUATION), 1007),
    "close with half a code": (frame(b"\x03", 8), 1002),
    "close with an impossible code": (frame(struct.pack("!H", 1005), 8), 1002),
}


@pytest.mark.parametrize(("data", "code"), AGAINST_THE_RULES.values(), ids=AGAINST_THE_RULES.keys())
async def test_against_the_rules(raw: OpenRaw, data: bytes, code: int) -> None:
    socket = await raw()
    await socket.write(data)
    assert await socket.closed() == code


async def test_a_text_may_be_cut_anywhere(raw: OpenRaw, place: Place) -> None:
    """Fragments that split a letter, with pings between them."""
    said = fresh("片名 🎬")
    payload = json.dumps(room_message(place.room_id, said), ensure_ascii=False).encode()
    socket = await raw()
    data = frame(payload[:1], fin=False)
    for number in range(1, len(payload)):
        data += frame(b"%d" % number, PING) + frame(payload[number : number + 1], CONTINUATION, fin=number + 1 == len(payload))
    await socket.write(data)
    pongs: list[bytes] = []
    while (heard := await socket.frame())[0] == PONG:
        pongs.append(heard[1])
    assert pongs == [b"%d" % number for number in range(1, len(payload))]
    assert said.encode() in heard[1]


async def test_binary_is_refused_until_it_is_too_much(chat: Open, place: Place) -> None:
    socket = await chat()
    await flood(socket, b"\x00\xff", 50)
    for _ in range(50):
        await refused(socket, 400, "binary")
    await socket.say(room_message(place.room_id, "still here"))
    await socket.next("message", content="still here")
    await flood(socket, b"")
    await ended(socket, 4029, "binary")


FLOODS: dict[str, bytes] = {
    "empty continuations": frame(b"", CONTINUATION, fin=False) * 20_000,
    "pongs": frame(b"", PONG) * 20_000,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
async def test_endless_nothing_costs_nothing(house: House, raw: OpenRaw, chat: Open, place: Place, flood: bytes) -> None:
    """200,000 frames that say nothing; then the text that they are part of is understood."""
    socket, member = await raw(), await chat()
    await enter(member, place.room_id)
    memory = Memory(house.server.pid)
    payload = json.dumps(room_message(place.room_id, "at last")).encode()
    await socket.write(frame(payload[:5], fin=False))
    for _ in range(10):
        await socket.write(flood)
    assert memory.grown() < 10 * MEBIBYTE
    await socket.write(frame(payload[5:], CONTINUATION))
    await member.next("message", content="at last")
    assert memory.grown() < 10 * MEBIBYTE


async def test_pings_without_end_from_somebody_who_does_not_read(house: House, raw: OpenRaw, chat: Open, place: Place) -> None:
    """What pongs he does not take is not kept for him: 25 MB of pings."""
    socket, member = await raw(receive_buffer=4_096), await chat()
    await enter(member, place.room_id)
    socket.stop_reading()
    memory, burst = Memory(house.server.pid), frame(b"x" * 125, PING) * 8_000
    for _ in range(24):
        await socket.write(burst)
        memory.grown()
    await enter(member, place.room_id)
    memory.grown()
    assert memory.peak < 10 * MEBIBYTE, f"{memory.peak / MEBIBYTE:.1f} MiB of pongs for nobody"


async def test_who_reads_again_is_told_of_the_latest_ping(raw: OpenRaw) -> None:
    socket = await raw(receive_buffer=4_096)
    socket.stop_reading()
    for _ in range(8):
        await socket.write(frame(b"x" * 125, PING) * 8_000)
    await socket.write(frame(b"latest", PING))
    socket.read_again()
    while await socket.frame() != (PONG, b"latest"):
        pass
    await socket.say({"type": "are you there"})
    assert (await socket.next("error"))["error"] == "unknown_type"


def handshake(
    line: str = "GET /ws/chat HTTP/1.1", *, key: str | None = "AAAAAAAAAAAAAAAAAAAAAA==", version: str = "13", more: str = ""
) -> bytes:
    headers = f"Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: {version}\r\n{more}"
    return f"{line}\r\n{headers}{f'Sec-WebSocket-Key: {key}' if key else 'X: x'}\r\n\r\n".encode()


HANDSHAKES: dict[str, bytes] = {
    "no key": handshake(key=None),
    "a key that is none": handshake(key="short"),
    "an old version": handshake(version="8"),
    "another method": handshake("POST /ws/chat HTTP/1.1", more="Content-Length: 0\r\n"),
    "a path that is no door": handshake("GET /ws/nowhere HTTP/1.1"),
    "a header without end": handshake(more=f"Cookie: {'x' * 20_000}\r\n"),
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello, is this TLS?\r\n\r\n",
}


@pytest.mark.parametrize("head", HANDSHAKES.values(), ids=HANDSHAKES.keys())
async def test_a_handshake_that_is_none_is_answered_in_http(house: House, head: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write(head)
    async with asyncio.timeout(20):
        status = await reader.readline()
    assert status.startswith(b"HTTP/1.1 4"), status
    writer.close()

"""One who never reads costs the server next to nothing and the others nothing at all."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import struct
from pathlib import Path

import pytest

from tests.realtime.house import HTTP, House, make_house
from tests.realtime.people import Open
from tests.realtime.talking import enter, room_message
from tests.rig.servers import Server, Starter
from tests.rig.sockets import Socket

CONTENT = "x" * 8_000
SENDERS, AT_ONCE, ROUNDS = 2, 16, 160
"""40 MB in all. What is under way at any time fits any healthy reader's outbox."""
MOST_GROWTH = 25 * 2**20


class Deaf:
    """A client that joins a room and then never reads: a plain TCP connection with a small buffer."""

    def __init__(self, server: Server, room_id: str) -> None:
        self.tcp = socket.socket()
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self.tcp.settimeout(20)
        self.tcp.connect(("127.0.0.1", server.port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.tcp.sendall(
            f"GET /ws/chat HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert b" 101 " in self.tcp.recv(4_096)
        payload = json.dumps({"type": "join", "room_id": room_id, "username": "deaf"}).encode()
        # A mask of zeros leaves the payload as it is.
        self.tcp.sendall(b"\x81" + struct.pack("!B", 0x80 | len(payload)) + b"\0\0\0\0" + payload)

    def rest(self) -> bytes:
        """All that still comes, until the server's end of the line; TimeoutError if that never comes."""
        heard = b""
        with self.tcp:
            while True:
                try:
                    data = self.tcp.recv(2**20)
                except ConnectionError:
                    return heard
                if not data:
                    return heard
                heard += data


class Memory:
    """What a server's process holds, and the most it held at the looks taken."""

    def __init__(self, server: Server) -> None:
        self.path = Path(f"/proc/{server.pid}/status")
        self.before = self.now()
        self.most = self.before

    def now(self) -> int:
        (line,) = [line for line in self.path.read_text().splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) * 1024

    def look(self) -> None:
        self.most = max(self.most, self.now())

    @property
    def growth(self) -> int:
        return self.most - self.before


async def hear(reader: Socket, count: int) -> None:
    """So many more messages, without looking into them."""
    for _ in range(count):
        async with asyncio.timeout(60):
            await reader.connection.recv()


async def talk(senders: list[Socket], readers: list[Socket], room_id: str, rounds: int) -> None:
    """In each round everyone says something and everyone hears all of it."""
    for _ in range(rounds):
        for sender in senders:
            for _ in range(AT_ONCE):
                await sender.say(room_message(room_id, CONTENT))
        await asyncio.gather(*(hear(reader, SENDERS * AT_ONCE) for reader in (*senders, *readers)))


@pytest.mark.slow
async def test_a_reader_who_never_reads_is_cut_off(start_server: Starter, chat: Open) -> None:
    server = start_server()
    house: House = make_house(server, people=1, rooms=1)
    place = house.place()
    senders = [await chat(server=server) for _ in range(SENDERS)]
    for number, sender in enumerate(senders):
        await enter(sender, place.room_id, f"sender{number}")
    readers = [await chat(server=server)]
    await enter(readers[0], place.room_id, "reader")
    for sender in senders:
        await sender.next("message", username="reader")
    for number, sender in enumerate(senders):
        for _ in range(SENDERS - 1 - number):
            await sender.next("message")
    await talk(senders, readers, place.room_id, rounds=20)
    memory = Memory(server)
    deaf = Deaf(server, place.room_id)
    while HTTP.get(f"{server.url}/api/rooms/{place.room_id}").json()["room"]["people_count"] < SENDERS + 2:
        await asyncio.sleep(0.05)
    for _ in range(ROUNDS // 10):
        await talk(senders, readers, place.room_id, rounds=10)
        memory.look()
    heard = await asyncio.to_thread(deaf.rest)
    assert len(heard) < 15 * 2**20
    assert memory.growth < MOST_GROWTH, f"{memory.growth / 2**20:.1f} MiB"
    for socket_ in (*senders, *readers):
        await socket_.silent(0.05)

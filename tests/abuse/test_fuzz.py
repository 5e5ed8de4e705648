"""Ten thousand malformed frames over real sockets: each an `error` or the documented close, and nothing else happens."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.abuse.fuzzing import Fuzzer, frames_of
from tests.abuse.memory import MEBIBYTE, Memory
from tests.realtime.house import House, Person
from tests.rig.sockets import connect

SEED, TRIES, PER_PATH = 20_263, 10_000, 10
PATHS = {"/ws/chat": "chat", "/ws/sync": "sync", "/ws/presence": "presence"}
DOCUMENTED = {1007: "invalid UTF-8", 4029: "flooding"}
PATIENCE = 60.0


@dataclass
class Report:
    """What became of the frames sent."""

    sent: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    memory_after_first: Memory | None = None


@dataclass
class Liar:
    """One client that sends malformed frames and comes back whenever it is thrown out."""

    house: House
    path: str
    who: Person | None
    fuzzer: Fuzzer
    report: Report

    async def run(self, work: Iterator[int]) -> None:
        connection = None
        for number in work:
            if connection is None:
                connection = await self._connected()
            payload = self.fuzzer.malformed(PATHS[self.path])
            outcome, is_open = await self._answer(connection, payload, number)
            self.report.outcomes[outcome] += 1
            if not is_open:
                connection = None
        if connection is not None:
            await connection.close()

    async def _connected(self) -> ClientConnection:
        token = self.who.token if self.who else None
        socket = await connect(self.house.server, self.path, token=token, subprotocols=["matinee.v2"])
        await socket.next("hello")
        return socket.connection

    async def _answer(self, connection: ClientConnection, payload: bytes, number: int) -> tuple[str, bool]:
        """What the one frame was answered with, and whether the socket is still open: the ping after it tells."""
        slugs: list[str] = []
        try:
            async with asyncio.timeout(PATIENCE):
                await connection.send(payload, text=True)
                await connection.send(json.dumps({"type": "ping", "t0": number}))
                while (said := json.loads(await connection.recv()))["type"] != "pong" or said["t0"] != number:
                    if said["type"] == "error":
                        assert said["code"] == 400, (payload[:300], said)
                        slugs.append(said["error"])
        except ConnectionClosed:
            code = connection.close_code
            assert code in DOCUMENTED, (payload[:300], code, slugs)
            if code == 4029:
                # The refusal that was one too many.
                assert len(slugs) == 1, (payload[:300], slugs)
            return f"closed {code}", False
        assert len(slugs) == 1, (payload[:300], slugs)
        return slugs[0], True


async def test_malformed_frames_are_refused_one_by_one(house: House, alice: Person, bob: Person) -> None:
    frames = frames_of(house.place().room_id, bob.username)
    report = Report()

    def work() -> Iterator[int]:
        for number in range(TRIES):
            if number == TRIES // 5:
                report.memory_after_first = Memory(house.server.pid)
            yield number
            report.sent += 1

    numbers = work()
    liars = [
        # Presence has nothing to say to guests; elsewhere half of them are.
        Liar(house, path, alice if path == "/ws/presence" or number % 2 else None, Fuzzer(SEED + number, frames), report)
        for path in PATHS
        for number in range(PER_PATH)
    ]
    await asyncio.gather(*(liar.run(numbers) for liar in liars))
    assert report.memory_after_first is not None
    grown = report.memory_after_first.grown()
    assert report.sent == sum(report.outcomes.values()) == TRIES
    assert set(report.outcomes) == {"invalid", "malformed", "unknown_type", *(f"closed {code}" for code in DOCUMENTED)}
    assert grown < 30 * MEBIBYTE, f"{grown / MEBIBYTE:.1f} MiB more after {TRIES} malformed frames"

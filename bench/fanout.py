"""One message to everyone in a room: deliveries a second, the server's CPU per delivery, and how long it takes to arrive."""

from __future__ import annotations

import asyncio
import functools
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import uvloop

from bench.meter import BUSY_GENERATOR, BenchError, Reading, cpu_seconds, percentile, settled, until
from bench.scale import Scale, light_rate
from bench.servers import FAILURES, Running, Workshop
from bench.sockets import Line, close_lines, open_lines, request
from bench.table import MATINEE, Row

MEASURE = "Fan-out in one room"
ONE, LIGHT, MANY = "one in flight", "light", "32 in flight"
MANY_IN_FLIGHT = 32
SENDERS = 10
OBSERVERS = 20
ATTEMPTS = 12
_NUMBER = re.compile(rb"~#(\d+);")


@dataclass(frozen=True)
class Contender:
    """A chat server: how it is started, where its socket is, what one says there."""

    name: str
    start: Callable[[Workshop], AbstractContextManager[Running]]
    path: str = "/ws"
    room: Callable[[Running], str] = lambda running: "lobby"
    joins: bool = False

    def join(self, room: str, name: str) -> dict[str, Any]:
        return {"type": "join", "room_id": room, "username": name}

    def message(self, room: str, name: str, content: str) -> dict[str, Any]:
        return {"type": "message", "room_id": room, "username": name, "content": content}


CONTENDERS = (
    Contender(MATINEE, lambda shop: shop.matinee(), "/ws/chat", lambda running: str(running.seed("film")), joins=True),
    Contender("tutorial Channels, daphne", lambda shop: shop.tutorial("daphne")),
    Contender("tutorial Channels, uvicorn", lambda shop: shop.tutorial("uvicorn")),
    Contender("websockets.broadcast", lambda shop: shop.broadcast()),
    Contender("node ws", lambda shop: shop.node_ws()),
)


def measure(shop: Workshop, scale: Scale, contenders: tuple[Contender, ...] = CONTENDERS) -> Iterator[Row]:
    """Three rows (one in flight, light, 32 in flight) per size of the room and server."""
    for size in scale.sizes:
        for contender in contenders:
            try:
                with contender.start(shop) as running:
                    yield from uvloop.run(_loads(contender, running, contender.room(running), size, scale))
            except FAILURES as error:
                yield Row(MEASURE, contender.name, f"N={size}", {}, (f"not measured: {error}",))


async def _loads(contender: Contender, running: Running, room: str, size: int, scale: Scale) -> list[Row]:
    lines = await open_lines(running.port, [request(contender.path)] * size)
    traffic = Traffic(contender, running, room, lines)
    try:
        await traffic.everyone_is_in()
        rows = []
        for load in (ONE, LIGHT, MANY):
            rows.append(await traffic.measured(load, scale))
            await settled(running.pid)
        return rows
    finally:
        await close_lines(lines)


@dataclass
class Traffic:
    """Messages under way in one room. A message is under way until every observer has it."""

    contender: Contender
    running: Running
    room: str
    lines: list[Line]
    latencies: list[float] = field(default_factory=list)
    refills: bool = False
    _sent: int = 0
    _under_way: dict[int, tuple[float, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        spread = max(1, len(self.lines) // OBSERVERS)
        self.observers = [*self.lines[:-1:spread][: OBSERVERS - 1], self.lines[-1]]

    async def everyone_is_in(self) -> None:
        """Join, then talk until one message reached everybody. BenchError if that takes minutes."""
        if self.contender.joins:
            for number, line in enumerate(self.lines):
                line.say(self.contender.join(self.room, f"guest{number}"))
        for attempt in range(1, ATTEMPTS + 1):
            before = [line.marks for line in self.lines]
            self._say(self.lines[0], 0, "~#ready;")
            try:
                await until(functools.partial(self._all_heard, before), "a message that everybody hears", patience=5)
                break
            except BenchError:
                if attempt == ATTEMPTS:
                    raise
        await settled(self.running.pid)
        for line in self.observers:
            line.on_text = self._arrived

    def _all_heard(self, before: list[int]) -> bool:
        return all(line.marks > marks for line, marks in zip(self.lines, before, strict=True))

    async def measured(self, load: str, scale: Scale) -> Row:
        """Warm up, then look at both ends of a window while the load goes on; afterwards count what never came."""
        self._under_way.clear()
        sent_before, marks_before = self._sent, self._marks()
        pacing = self._begin(load)
        await asyncio.sleep(scale.warm_up)
        self.latencies.clear()
        start, marks = Reading.of(self.running.pid), self._marks()
        await asyncio.sleep(scale.light_seconds if load == LIGHT else scale.seconds)
        # CPU is told in steps of 10 ms, and a slow server may need longer than the window for its first message.
        await until(lambda: bool(self.latencies) and cpu_seconds(self.running.pid) > start.server, f"a message ({load})")
        spent, delivered = Reading.of(self.running.pid).since(start), self._marks() - marks
        self.refills = False
        if pacing is not None:
            pacing.cancel()
        lost = await self._lost(marks_before, sent_before)
        return self._row(load, spent, delivered, lost)

    def _begin(self, load: str) -> asyncio.Task[None] | None:
        self.refills = load != LIGHT
        if load == LIGHT:
            return asyncio.create_task(self._pace(light_rate(len(self.lines))))
        for _ in range(1 if load == ONE else MANY_IN_FLIGHT):
            self.send()
        return None

    async def _pace(self, rate: int) -> None:
        due = time.perf_counter()
        while True:
            self.send()
            due += 1 / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    def send(self) -> None:
        self._sent += 1
        self._under_way[self._sent] = (time.perf_counter(), len(self.observers))
        sender = self._sent % min(SENDERS, len(self.lines))
        self._say(self.lines[sender], sender, f"~#{self._sent}; hello there")

    def _say(self, line: Line, number: int, content: str) -> None:
        line.say(self.contender.message(self.room, f"guest{number}", content))

    def _arrived(self, payload: bytes) -> None:
        match = _NUMBER.search(payload)
        if match is None:
            return
        number = int(match[1])
        sent_at, waiting = self._under_way.get(number, (0.0, 0))
        if not waiting:
            return
        self.latencies.append(time.perf_counter() - sent_at)
        if waiting > 1:
            self._under_way[number] = (sent_at, waiting - 1)
            return
        del self._under_way[number]
        if self.refills:
            self.send()

    def _marks(self) -> int:
        return sum(line.marks for line in self.lines)

    async def _lost(self, marks_before: int, sent_before: int) -> int:
        """Deliveries that never came. Servers far behind get a while."""
        owed = marks_before + (self._sent - sent_before) * len(self.lines)
        try:
            await until(lambda: self._marks() >= owed, "the rest", patience=45)
        except BenchError:
            return owed - self._marks()
        return 0

    def _row(self, load: str, spent: Reading, delivered: int, lost: int) -> Row:
        notes = []
        if spent.generator_share > BUSY_GENERATOR:
            notes.append(f"generator at {spent.generator_share:.0%} of its core")
        if load != MANY:
            deliveries: dict[str, float] = {}
        else:
            deliveries = {"deliveries_s": delivered / spent.wall}
        figures = deliveries | {
            "delivery_us": spent.server / delivered * 1e6 if delivered else float("nan"),
            "p50_ms": percentile(self.latencies, 0.5) * 1000,
            "p99_ms": percentile(self.latencies, 0.99) * 1000,
            "lost": lost,
        }
        return Row(MEASURE, self.contender.name, f"N={len(self.lines)}, {load}", figures, tuple(notes))

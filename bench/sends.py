"""Private messages, each stored before it is acknowledged: how many a second, and how long until the acknowledgement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import uvloop

from bench.meter import BUSY_GENERATOR, BenchError, Reading, percentile, settled, until
from bench.scale import Scale
from bench.servers import FAILURES, Engine, Running, Workshop
from bench.sockets import Line, close_lines, open_lines, request
from bench.table import MATINEE, Row

MEASURE = "Private messages: sent, stored, acknowledged"
ENGINES: tuple[Engine, ...] = ("PostgreSQL", "SQLite")
MOST_UNDER_WAY = 30
"""Per socket; the server itself takes 32 of one socket at a time."""


class Ack(msgspec.Struct):
    client_id: str


_decode = msgspec.json.Decoder(Ack).decode


def measure(shop: Workshop, scale: Scale) -> Iterator[Row]:
    for engine in ENGINES:
        for name, pairs, in_flight in (("many conversations", scale.conversations, 1), ("one conversation", 1, 16)):
            try:
                with shop.matinee(engine) as running:
                    yield uvloop.run(_both_loads(running, f"{engine}, {name}", pairs, in_flight, scale))
            except FAILURES as error:
                yield Row(MEASURE, MATINEE, f"{engine}, {name}", {}, (f"not measured: {error}",))


async def _both_loads(running: Running, load: str, pairs: int, in_flight: int, scale: Scale) -> Row:
    """As fast as it goes (everyone has `in_flight` messages under way), then at half of that rate."""
    people = running.seed("people", 2 * pairs)
    lines = await open_lines(running.port, [request("/ws/chat", token=person["token"], v2=True) for person in people])
    senders = [
        Sender(line, people[index ^ 1]["username"], f"{index}.") for index, line in enumerate(lines)
    ]  # 0 and 1 talk with each other, then 2 and 3, ...
    try:
        # The first message makes the conversation.
        for sender in senders:
            sender.send()
        await _all_acknowledged(senders)
        await settled(running.pid)
        spent, figures = await _saturated(running, senders, in_flight, scale)
        await settled(running.pid)
        figures |= await _half_load(senders, figures["sends_s"] / 2, scale)
    finally:
        await close_lines(lines)
    notes = [f"generator at {spent.generator_share:.0%} of its core"] if spent.generator_share > BUSY_GENERATOR else []
    return Row(MEASURE, MATINEE, load, figures, tuple(notes))


async def _saturated(
    running: Running, senders: list[Sender], in_flight: int, scale: Scale
) -> tuple[Reading, dict[str, float]]:
    for sender in senders:
        sender.refills = True
        for _ in range(in_flight):
            sender.send()
    await asyncio.sleep(scale.warm_up)
    _forget(senders)
    start = Reading.of(running.pid)
    await asyncio.sleep(scale.seconds)
    spent = Reading.of(running.pid).since(start)
    latencies = _latencies(senders)
    for sender in senders:
        sender.refills = False
    await _all_acknowledged(senders)
    return spent, {
        "sends_s": len(latencies) / spent.wall,
        "send_us": spent.server / max(1, len(latencies)) * 1e6,
        "p50_ms": percentile(latencies, 0.5) * 1000,
        "p99_ms": percentile(latencies, 0.99) * 1000,
    }


async def _half_load(senders: list[Sender], rate: float, scale: Scale) -> dict[str, float]:
    """Evenly paced, whether or not earlier ones were answered."""
    _forget(senders)
    began, sent = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < scale.seconds:
        while sent < passed * rate:
            sent += 1
            sender = senders[sent % len(senders)]
            if len(sender.under_way) >= MOST_UNDER_WAY:
                raise BenchError("half of the full rate was too much")
            sender.send()
        await asyncio.sleep(0.001)
    await _all_acknowledged(senders)
    latencies = _latencies(senders)
    return {"half_p50_ms": percentile(latencies, 0.5) * 1000, "half_p99_ms": percentile(latencies, 0.99) * 1000}


async def _all_acknowledged(senders: list[Sender]) -> None:
    await until(lambda: not any(sender.under_way and not sender.refusal for sender in senders), "every acknowledgement")
    for sender in senders:
        if sender.refusal:
            raise BenchError(f"refused: {sender.refusal}")


def _forget(senders: list[Sender]) -> None:
    for sender in senders:
        sender.latencies.clear()


def _latencies(senders: list[Sender]) -> list[float]:
    return [latency for sender in senders for latency in sender.latencies]


@dataclass
class Sender:
    """Somebody's socket and what of theirs is not acknowledged yet."""

    line: Line
    recipient: str
    prefix: str
    refills: bool = False
    refusal: str = ""
    under_way: dict[str, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    _sent: int = 0

    def __post_init__(self) -> None:
        self.line.on_text = self._heard

    def send(self) -> None:
        self._sent += 1
        client_id = f"{self.prefix}{self._sent}"
        frame: dict[str, Any] = {
            "type": "message",
            "recipient": self.recipient,
            "content": f"~#{self._sent}; hello there",
            "message_type": "text",
            "client_id": client_id,
        }
        self.under_way[client_id] = time.perf_counter()
        self.line.say(frame)

    def _heard(self, payload: bytes) -> None:
        if payload.startswith(b'{"type":"error"'):
            self.refusal = payload.decode()
        if not payload.startswith(b'{"type":"ack"'):
            return
        client_id = _decode(payload).client_id
        self.latencies.append(time.perf_counter() - self.under_way.pop(client_id))
        if self.refills:
            self.send()

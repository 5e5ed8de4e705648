"""Everybody is cut off at once and comes back within seconds, while messages go on: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import functools
import random
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import uvloop

from bench.cores import allow_files
from bench.meter import BUSY_GENERATOR, BenchError, Reading, percentile, settled, until
from bench.scale import Scale
from bench.servers import FAILURES, Running, Workshop
from bench.sockets import Line, close_lines, open_line, open_lines, request
from bench.table import MATINEE, Row

MEASURE = "Reconnect storm"
GROUP = 50
EVERY = 1.5
"""Seconds between two messages of one group."""


class Heard(msgspec.Struct):
    """What the storm looks at in any frame."""

    type: str
    seq: int = 0
    change: int = 0
    conversation_id: int = 0


_decode = msgspec.json.Decoder(Heard).decode


def measure(shop: Workshop, scale: Scale) -> Iterator[Row]:
    load = f"{scale.storm} sockets within {scale.storm_seconds:.0f} s"
    try:
        if allow_files(2 * scale.storm + 1000) < scale.storm + scale.storm // GROUP:
            raise BenchError("too few open files allowed (ulimit -n)")
        with shop.matinee() as running:
            yield uvloop.run(_storm(running, load, scale))
    except FAILURES as error:
        yield Row(MEASURE, MATINEE, load, {}, (f"not measured: {error}",))


async def _storm(running: Running, load: str, scale: Scale) -> Row:
    people = {person["id"]: person for person in running.seed("people", scale.storm)}
    groups = running.seed("groups", GROUP)
    members = [
        Member(running.port, people[member]["token"], group["conversation_id"])
        for group in groups
        for member in group["members"]
    ]
    await _connect_all(members)
    # The owners' other devices stay connected and go on talking.
    owners = [people[group["members"][0]]["token"] for group in groups]
    speakers = await open_lines(running.port, [request("/ws/chat", token=token, v2=True) for token in owners])
    stored: dict[int, int] = {}
    for speaker in speakers:
        speaker.on_text = functools.partial(_remember_ack, stored)
    talking = asyncio.create_task(_talk(speakers, groups))
    try:
        await until(lambda: all(member.seen for member in members), "a first message in each group", patience=120)
        return await _through(running, members, talking, stored, load, scale)
    finally:
        talking.cancel()
        await close_lines([*speakers, *(member.line for member in members if member.line is not None)])


async def _through(
    running: Running, members: list[Member], talking: asyncio.Task[None], stored: dict[int, int], load: str, scale: Scale
) -> Row:
    """`stored`: the last sequence number acknowledged in each conversation."""
    start = Reading.of(running.pid)
    for member in members:
        member.cut()
    spread = random.Random(1)
    latencies = await asyncio.gather(*(member.come_back(spread.uniform(0, scale.storm_seconds)) for member in members))
    spent = Reading.of(running.pid).since(start)
    talking.cancel()
    await settled(running.pid)
    back = [member for member, latency in zip(members, latencies, strict=True) if latency is not None]
    lost = sum(len(set(range(1, stored[member.conversation_id] + 1)) - member.seen) for member in back)
    came = [latency for latency in latencies if latency is not None]
    figures = {
        "sockets": len(came),
        "lost": lost,
        "doubled": sum(member.doubled for member in members),
        "p50_ms": percentile(came, 0.5) * 1000,
        "p99_ms": percentile(came, 0.99) * 1000,
        "wall_s": spent.wall,
        "cpu_share": spent.server / spent.wall * 100,
    }
    notes = [f"{len(members) - len(back)} were not back after a minute"] if len(back) < len(members) else []
    notes += [f"generator at {spent.generator_share:.0%} of its core"] if spent.generator_share > BUSY_GENERATOR else []
    return Row(MEASURE, MATINEE, load, figures, tuple(notes))


async def _connect_all(members: list[Member]) -> None:
    gate = asyncio.Semaphore(50)

    async def connect(member: Member) -> None:
        async with gate:
            await member.come_back(0)

    await asyncio.gather(*map(connect, members))


async def _talk(speakers: list[Line], groups: list[dict[str, Any]]) -> None:
    """One message per group every EVERY seconds, the groups evenly after one another, until cancelled."""
    number, due = 0, time.perf_counter()
    while True:
        group = number % len(groups)
        frame = {"type": "message", "group_id": groups[group]["group_id"], "content": f"~#{number}; hello there"}
        speakers[group].say(frame)
        number += 1
        due += EVERY / len(groups)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


def _remember_ack(stored: dict[int, int], payload: bytes) -> None:
    if payload.startswith(b'{"type":"ack"'):
        ack = _decode(payload)
        stored[ack.conversation_id] = max(ack.seq, stored.get(ack.conversation_id, 0))


class Member:
    """One person's device, which remembers what it has heard over all its connections."""

    def __init__(self, port: int, token: str, conversation_id: int) -> None:
        self.port, self.token, self.conversation_id = port, token, conversation_id
        self.line: Line | None = None
        self.seen: set[int] = set()
        self.doubled = 0
        self.last_change = 0
        self._synced: asyncio.Future[float] | None = None

    def cut(self) -> None:
        assert self.line is not None
        self.line.on_text = None
        self.line.abort()
        self.line = None

    async def come_back(self, wait: float) -> float | None:
        """After `wait` seconds: seconds from the first byte of the connection to `synced`; None if that took a minute."""
        await asyncio.sleep(wait)
        # What is heard between the handshake and the resume is newer than what was missed.
        since = {str(self.conversation_id): self.last_change}
        self._synced = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        try:
            async with asyncio.timeout(60):
                self.line = await open_line(self.port, request("/ws/chat", token=self.token, v2=True), self._heard)
                self.line.say({"type": "hello", "since": since})
                return await self._synced - began
        except (TimeoutError, OSError, BenchError):
            return None

    def _heard(self, payload: bytes) -> None:
        heard = _decode(payload)
        if heard.type == "message":
            if heard.seq in self.seen:
                self.doubled += 1
            self.seen.add(heard.seq)
            self.last_change = max(self.last_change, heard.change)
        elif heard.type == "synced" and self._synced is not None and not self._synced.done():
            self._synced.set_result(time.perf_counter())

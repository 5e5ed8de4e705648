"""Somebody comes back and catches up: the time from `hello` to `synced`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import uvloop

from bench.meter import BenchError, percentile, settled
from bench.scale import Scale
from bench.sends import ENGINES
from bench.servers import FAILURES, Running, Workshop
from bench.sockets import close_lines, open_line, request
from bench.table import MATINEE, Row

MEASURE = "Resume: 100 missed messages"
READ, MISSED = 18, 2
CONVERSATIONS = 50


def measure(shop: Workshop, scale: Scale) -> Iterator[Row]:
    load = f"in {CONVERSATIONS} conversations"
    for engine in ENGINES:
        try:
            with shop.matinee(engine) as running:
                people = running.seed("people", CONVERSATIONS + 1)
                since = running.seed("history", READ, MISSED)
                yield uvloop.run(_resumed(running, people[0]["token"], since, f"{engine}, {load}", scale.resumes))
        except FAILURES as error:
            yield Row(MEASURE, MATINEE, f"{engine}, {load}", {}, (f"not measured: {error}",))


async def _resumed(running: Running, token: str, since: dict[str, int], load: str, times: int) -> Row:
    """One after the other; the first is not counted."""
    await _resume(running, token, since)
    await settled(running.pid)
    latencies = [await _resume(running, token, since) for _ in range(times)]
    figures = {"p50_ms": percentile(latencies, 0.5) * 1000, "p99_ms": percentile(latencies, 0.99) * 1000}
    return Row(MEASURE, MATINEE, load, figures)


async def _resume(running: Running, token: str, since: dict[str, int]) -> float:
    """Seconds from `hello` to `synced`. BenchError unless all that was missed came in between."""
    synced: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def heard(payload: bytes) -> None:
        if payload.startswith(b'{"type":"synced"') and not synced.done():
            synced.set_result(time.perf_counter())

    line = await open_line(running.port, request("/ws/chat", token=token, v2=True), heard)
    began = time.perf_counter()
    line.say({"type": "hello", "since": since})
    try:
        async with asyncio.timeout(30):
            ended = await synced
        # The chunk that brought `synced` is counted when it is done.
        await asyncio.sleep(0)
    except TimeoutError:
        raise BenchError("no `synced` came") from None
    finally:
        await close_lines([line])
    if line.marks != MISSED * CONVERSATIONS:
        raise BenchError(f"{line.marks} messages came instead of {MISSED * CONVERSATIONS}")
    return ended - began

"""What one idle socket costs: the growth of the server's resident memory, divided by their number."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import uvloop

from bench.cores import allow_files
from bench.fanout import CONTENDERS, Contender
from bench.meter import BenchError, resident_bytes, settled
from bench.scale import Scale
from bench.servers import FAILURES, Running, Workshop
from bench.sockets import close_lines, open_lines, request
from bench.table import MATINEE, Row

MEASURE = "Memory per idle socket"
WARMING = 50
"""Sockets opened and closed before, so that what a first socket loads is not counted."""


def measure(shop: Workshop, scale: Scale) -> Iterator[Row]:
    """Matinee's sockets are signed in, each as another person; the baselines know no people."""
    for number in scale.idle:
        if allow_files(2 * number + 500) < number:
            yield Row(MEASURE, MATINEE, f"{number}", {}, ("not measured: too few open files allowed (ulimit -n)",))
            continue
        for contender in CONTENDERS:
            yield _of_one(shop, contender, number)


def _of_one(shop: Workshop, contender: Contender, number: int) -> Row:
    load = f"{number}, signed in" if contender.name == MATINEE else f"{number}"
    try:
        with contender.start(shop) as running:
            kib = uvloop.run(_grown(contender, running, number))
    except FAILURES as error:
        return Row(MEASURE, contender.name, load, {}, (f"not measured: {error}",))
    return Row(MEASURE, contender.name, load, {"socket_kib": kib})


async def _grown(contender: Contender, running: Running, number: int) -> float:
    if contender.name == MATINEE:
        people = running.seed("people", number + WARMING)
        requests = [request(contender.path, token=person["token"]) for person in people]
    else:
        requests = [request(contender.path) for _ in range(number + WARMING)]
    await close_lines(await open_lines(running.port, requests[number:]))
    await settled(running.pid)
    before = resident_bytes(running.pid)
    lines = await open_lines(running.port, requests[:number])
    await settled(running.pid)
    await asyncio.sleep(1)
    grown = resident_bytes(running.pid) - before
    alive = sum(line.is_open for line in lines)
    await close_lines(lines)
    if alive < number:
        raise BenchError(f"{number - alive} sockets were closed")
    return grown / number / 1024

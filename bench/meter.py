"""What a process uses, and what a list of times says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

BUSY_GENERATOR = 0.9
"""Share of its core above which the generator, not the server, may be what is measured."""


class BenchError(Exception):
    """Something that should have happened did not; the message says what."""


def cpu_seconds(pid: int) -> float:
    """User and system time of all its threads so far, in steps of 10 ms."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def resident_bytes(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)


def percentile(times: Sequence[float], share: float) -> float:
    """The smallest time that `share` (0-1) of them do not exceed; NaN of nothing."""
    if not times:
        return float("nan")
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def until(holds: Callable[[], bool], what: str, *, patience: float = 60.0) -> None:
    """BenchError unless it holds within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise BenchError(f"{what}: not within {patience:.0f} s")
        await asyncio.sleep(0.02)


async def settled(pid: int, *, patience: float = 60.0) -> None:
    """Wait until the process does next to nothing; after `patience` seconds take it as it is."""
    deadline = time.monotonic() + patience
    before = cpu_seconds(pid)
    while time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        after = cpu_seconds(pid)
        if after - before < 0.035:
            return
        before = after


@dataclass(frozen=True)
class Reading:
    """A moment: wall clock, the server's CPU, our own CPU, all in seconds."""

    wall: float
    server: float
    generator: float

    @classmethod
    def of(cls, pid: int) -> Reading:
        return cls(time.perf_counter(), cpu_seconds(pid), time.process_time())

    def since(self, earlier: Reading) -> Reading:
        return Reading(self.wall - earlier.wall, self.server - earlier.server, self.generator - earlier.generator)

    @property
    def generator_share(self) -> float:
        return self.generator / self.wall

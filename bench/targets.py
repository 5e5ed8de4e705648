"""What the project wants to reach, and whether a run reached it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench import fanout, joins, memory, sends, storm
from bench.table import MATINEE, Row, grid, shown


@dataclass(frozen=True)
class Target:
    """`figure` of Matinee's row whose load begins with `load`; with `against`, relative to that server's."""

    words: str
    measure: str
    load: str
    figure: str
    bound: Literal["<=", ">="]
    limit: float
    against: str = ""

    def reached(self, rows: Sequence[Row]) -> tuple[float, bool] | None:
        """The value and whether it is within the bound; None if it was not measured."""
        ours, theirs = self._found(rows, MATINEE), self._found(rows, self.against) if self.against else 1.0
        if ours is None or theirs is None or not theirs:
            return None
        # How many times better we are is asked with >=, how much worse with <=.
        value = ours if not self.against else theirs / ours if self.bound == ">=" else ours / theirs
        return value, value <= self.limit if self.bound == "<=" else value >= self.limit

    def _found(self, rows: Sequence[Row], subject: str) -> float | None:
        for row in rows:
            if (row.measure, row.subject) == (self.measure, subject) and row.load.startswith(self.load):
                value = row.figures.get(self.figure)
                return None if value is None or math.isnan(value) else value
        return None


def _saturated(size: int, limit: float) -> Target:
    words = f"room of {size}, 32 in flight, stored: CPU us per delivery"
    return Target(words, fanout.MEASURE, f"N={size}, {fanout.MANY}", "delivery_us", "<=", limit)


def _better(than: str, times: float, size: int) -> Target:
    words = f"room of {size}, 32 in flight: times better than {than}"
    return Target(words, fanout.MEASURE, f"N={size}, {fanout.MANY}", "delivery_us", ">=", times, than)


def _alone(size: int, limit: float) -> Target:
    words = f"room of {size}, one in flight: times node ws, which stores nothing"
    return Target(words, fanout.MEASURE, f"N={size}, {fanout.ONE}", "delivery_us", "<=", limit, "node ws")


def _light(size: int, limit: float) -> Target:
    return Target(
        f"room of {size}, light, stored first: p99 ms", fanout.MEASURE, f"N={size}, {fanout.LIGHT}", "p99_ms", "<=", limit
    )


def _idle(number: int) -> Target:
    return Target(f"{number} idle signed-in sockets: KiB each", memory.MEASURE, f"{number},", "socket_kib", "<=", 30)


TARGETS = (
    _saturated(10, 30),
    _saturated(100, 4),
    _saturated(1000, 2.5),
    _better("node ws", 3, 1000),
    _better("websockets.broadcast", 3, 1000),
    _better("tutorial Channels, uvicorn", 50, 1000),
    _better("tutorial Channels, daphne", 50, 1000),
    _alone(100, 2),
    _alone(1000, 1.2),
    _light(10, 5),
    _light(100, 6),
    _light(1000, 20),
    Target("1,000 joins of one room: CPU s", joins.MEASURE, "1000 guests", "join_s", "<=", 2),
    Target("1,000 joins of one room, signed in: CPU s", joins.MEASURE, "1000 signed in", "join_s", "<=", 2),
    _idle(1000),
    _idle(5000),
    Target("sends/s, PostgreSQL, many conversations", sends.MEASURE, "PostgreSQL, many", "sends_s", ">=", 1500),
    Target("sends/s, PostgreSQL, one conversation", sends.MEASURE, "PostgreSQL, one", "sends_s", ">=", 500),
    Target("acknowledged at half load, many: p99 ms", sends.MEASURE, "PostgreSQL, many", "half_p99_ms", "<=", 40),
    Target("acknowledged at half load, one: p99 ms", sends.MEASURE, "PostgreSQL, one", "half_p99_ms", "<=", 40),
    Target("5,000 sockets come back: how many", storm.MEASURE, "5000 sockets", "sockets", ">=", 5000),
    Target("5,000 sockets come back: lost", storm.MEASURE, "5000 sockets", "lost", "<=", 0),
    Target("5,000 sockets come back: doubled", storm.MEASURE, "5000 sockets", "doubled", "<=", 0),
    Target("5,000 sockets come back: p99 ms until synced", storm.MEASURE, "5000 sockets", "p99_ms", "<=", 3000),
)


def table(rows: Sequence[Row]) -> str:
    lines = [["target", "wanted", "measured", "reached", ""]]
    for target in TARGETS:
        found = target.reached(rows)
        told = ["not measured", ""] if found is None else [shown(found[0]), "yes" if found[1] else "**no**"]
        lines.append([target.words, f"{target.bound} {shown(target.limit)}", *told, ""])
    return grid(lines)

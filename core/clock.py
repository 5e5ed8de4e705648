"""Time, as every process agrees on it: the database's clock, followed by an offset measured now and then."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from django.db import connection

SAMPLES = 3
_offset = 0.0
"""Seconds to add to this machine's clock to get the database's."""


def now() -> datetime:
    """The database's time, as far as this process knows it."""
    return datetime.now(UTC) + timedelta(seconds=_offset)


def now_ms() -> int:
    """Milliseconds of server time since 1970: the unit of `at` and `t*` on the wire."""
    return round((time.time() + _offset) * 1000)


def measure_offset() -> float:
    """Ask the database for its time and follow it from now on. Seconds. SQLite lives on this machine: nothing to measure.

    Asked a few times: the quickest answer knows it best.
    """
    global _offset
    if connection.vendor == "postgresql":
        _offset = min(_sample() for _ in range(SAMPLES))[1]
    return _offset


def _sample() -> tuple[float, float]:
    """How long an answer took, and how far ahead of this machine the database is by it."""
    began, before = time.monotonic(), time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        theirs = float(cursor.fetchone()[0])
    took = time.monotonic() - began
    return took, theirs - (before + took / 2)


def iso_ms(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z: every time on the wire but a comment's."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_s(moment: datetime) -> str:
    """ISO 8601 in UTC to the second, as the films contract writes a comment's time."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

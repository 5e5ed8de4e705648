"""Two transactions in each other's way, made to happen."""

from __future__ import annotations

import time

from django.db import connection

BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def until_somebody_waits_for_us() -> None:
    """Return once another connection waits for a lock of this transaction. On SQLite the second waits from its start on."""
    if connection.vendor == "sqlite":
        return
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.005)
    raise AssertionError("nobody waited")

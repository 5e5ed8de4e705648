"""Times on the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core import clock
from tests.assertions import TIME_MS, TIME_S


def test_times_are_utc_with_z() -> None:
    moment = datetime(2025, 3, 4, 13, 6, 7, 89_999, tzinfo=timezone(timedelta(hours=8)))
    assert clock.iso_ms(moment) == "2025-03-04T05:06:07.089Z"
    assert clock.iso_s(moment) == "2025-03-04T05:06:07Z"
    whole = datetime(2025, 1, 1, tzinfo=UTC)
    assert TIME_MS.match(clock.iso_ms(whole))
    assert TIME_S.match(clock.iso_s(whole))


@pytest.mark.django_db
def test_the_clock_follows_the_database() -> None:
    offset = clock.measure_offset()
    # The database of a test runs on this machine.
    assert abs(offset) < 20
    assert abs(clock.now_ms() / 1000 - clock.now().timestamp()) < 20

"""How many sockets there may be, and how many refusals a socket bears."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import TooManyRequests
from realtime import counting
from realtime.counting import Admission, Flood

HERE, THERE = "198.51.100.7", "198.51.100.8"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(counting, "time", clock)
    return clock


def limits(settings: Any, *, address: int = 0, user: int = 0, minute: int = 0) -> None:
    settings.LIMIT_SOCKETS_PER_ADDRESS, settings.LIMIT_SOCKETS_PER_USER = address, user
    settings.LIMIT_CONNECTS_PER_MINUTE = minute


def test_sockets_per_address(settings: Any) -> None:
    limits(settings, address=2)
    admission = Admission()
    admission.admit(HERE)
    admission.admit(HERE)
    for _ in range(3):
        with pytest.raises(TooManyRequests) as refused:
            admission.admit(HERE)
        assert (refused.value.error, bool(refused.value.retry_after)) == ("too_many_sockets", True)
    admission.admit(THERE)
    admission.leave(HERE)
    admission.admit(HERE)


def test_sockets_per_person(settings: Any) -> None:
    limits(settings, user=1)
    admission = Admission()
    admission.admit_user(1)
    admission.admit_user(2)
    with pytest.raises(TooManyRequests):
        admission.admit_user(1)
    admission.leave_user(1)
    admission.admit_user(1)


def test_connects_per_minute(settings: Any, clock: Clock) -> None:
    limits(settings, minute=3)
    admission = Admission()
    for _ in range(3):
        admission.admit(HERE)
        admission.leave(HERE)
    clock.now += 20
    with pytest.raises(TooManyRequests) as refused:
        admission.admit(HERE)
    assert (refused.value.error, refused.value.retry_after) == ("too_many_connects", 40)
    admission.admit(THERE)
    clock.now += 40
    admission.admit(HERE)


def test_no_limit_is_no_limit(settings: Any) -> None:
    limits(settings)
    admission = Admission()
    for _ in range(5_000):
        admission.admit(HERE)
        admission.admit_user(1)


def test_nothing_is_remembered_of_who_left(settings: Any) -> None:
    limits(settings, address=5, user=5)
    admission = Admission()
    for number in range(100):
        admission.admit(f"10.0.0.{number}")
        admission.admit_user(number)
        admission.leave(f"10.0.0.{number}")
        admission.leave_user(number)
    assert (len(admission._by_address), len(admission._by_user), len(admission._minutes)) == (0, 0, 0)


def test_the_fifty_first_refusal_within_ten_seconds_is_one_too_many(clock: Clock) -> None:
    flood = Flood()
    assert [flood.refused() for _ in range(51)] == [False] * 50 + [True]


def test_refusals_now_and_then_are_borne_for_ever(clock: Clock) -> None:
    flood = Flood()
    for _ in range(500):
        assert not flood.refused()
        clock.now += 0.21

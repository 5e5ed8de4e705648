"""Token buckets, with a clock of our own."""

from __future__ import annotations

import pytest

from core.limits import Buckets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_then_a_rate(clock: Clock) -> None:
    buckets = Buckets(clock=clock)
    assert [buckets.take("a", 2, 3) for _time in range(4)] == [None, None, None, 0.5]
    clock.now = 0.25
    assert buckets.take("a", 2, 3) == pytest.approx(0.25), "asking too early costs nothing"
    clock.now = 0.5
    assert buckets.take("a", 2, 3) is None
    clock.now = 1000
    assert [buckets.take("a", 2, 3) for _time in range(4)] == [None, None, None, 0.5]


def test_keys_are_apart_and_zero_is_no_limit(clock: Clock) -> None:
    buckets = Buckets(clock=clock)
    assert buckets.take("a", 1, 1) is None
    assert buckets.take("a", 1, 1) is not None
    assert buckets.take("b", 1, 1) is None
    assert {buckets.take("a", 0, 0) for _time in range(100)} == {None}
    assert buckets.take("c", 1, 0) is None, "a bucket holds one token at least"


def test_only_so_many_are_remembered(clock: Clock) -> None:
    buckets = Buckets(most=2, clock=clock)
    for key in ("a", "b", "a", "c"):
        buckets.take(key, 1, 2)
    assert buckets.take("a", 1, 2) is not None, "the least recently used went, not this one"
    assert buckets.take("b", 1, 1) is None

"""A transaction that lost a deadlock is tried once more, and only that."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from core.deadlocks import tried_again


class Lost(Exception):
    """What the driver raises."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def failing(sqlstate: str, times: int) -> list[str]:
    """What happened, with a function that fails that often."""
    happened: list[str] = []

    @tried_again
    def work(answer: str) -> str:
        happened.append("tried")
        if len(happened) <= times:
            raise OperationalError from Lost(sqlstate)
        return answer

    try:
        happened.append(work("done"))
    except OperationalError:
        happened.append("failed")
    return happened


@pytest.mark.parametrize(
    ("sqlstate", "times", "happened"),
    [
        ("40P01", 0, ["tried", "done"]),
        ("40P01", 1, ["tried", "tried", "done"]),
        ("40001", 1, ["tried", "tried", "done"]),
        ("40P01", 2, ["tried", "tried", "failed"]),
        ("57P03", 1, ["tried", "failed"]),
    ],
)
def test_once_more_after_a_deadlock(sqlstate: str, times: int, happened: list[str]) -> None:
    assert failing(sqlstate, times) == happened

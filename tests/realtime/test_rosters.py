"""What a process remembers of rooms whose people it tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import bus
from realtime.rosters import EVERY, Rosters

Call = tuple[float, Callable[..., None], tuple[Any, ...]]


class Loop:
    """Its time stands still until the test moves it on."""

    def __init__(self) -> None:
        self.now = 100.0
        self.calls: list[Call] = []

    def time(self) -> float:
        return self.now

    def call_later(self, wait: float, function: Callable[..., None], *given: Any) -> None:
        self.calls.append((self.now + wait, function, given))

    def move_on(self, seconds: float) -> None:
        self.now += seconds
        due = [call for call in self.calls if call[0] <= self.now]
        self.calls = [call for call in self.calls if call[0] > self.now]
        for _at, function, given in due:
            function(*given)


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def rosters(loop: Loop) -> Rosters:
    return Rosters(loop, None, None)  # type: ignore[arg-type]


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    rooms: list[int] = []
    monkeypatch.setattr(bus, "signal", lambda address, event: rooms.append(event.room_pk))
    return rooms


def test_touches_are_told_once_a_second(rosters: Rosters, loop: Loop, signalled: list[int]) -> None:
    for _ in range(5):
        rosters.touch(7, "movie-7", "chat")
    loop.move_on(0)
    assert signalled == [7]
    loop.move_on(EVERY)
    assert signalled == [7, 7], "the last of them is told too"


def test_rooms_that_are_quiet_again_are_forgotten(rosters: Rosters, loop: Loop, signalled: list[int]) -> None:
    for room_pk in range(1000):
        rosters.touch(room_pk, f"movie-{room_pk}", "chat")
    loop.move_on(EVERY)
    rosters.touch(7, "movie-7", "chat")
    rosters.touch(7, "movie-7", "chat")
    rosters.look_again()
    assert list(rosters._touched) == [(7, "chat")]
    loop.move_on(0)
    rosters.touch(7, "movie-7", "chat")
    loop.move_on(EVERY)
    assert signalled[1000:] == [7, 7], "and one that is not quiet is still told once a second"

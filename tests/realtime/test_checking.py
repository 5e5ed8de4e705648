"""A pass over what rooms were told, in the moments that no test could meet on a server."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from core.events import Event
from realtime.checking import check_settings
from rooms.events import RoomChanged

OLD, NEW, NEWEST = {"name": "old"}, {"name": "new"}, {"name": "newest"}


class Process:
    """One socket of the second version in room 1. The database answers what the test says, after `meanwhile` happened."""

    def __init__(self) -> None:
        self.told_settings: dict[int, dict[str, Any]] = {}
        self.stored: dict[str, Any] = OLD
        self.meanwhile: Callable[[], None] = lambda: None
        self.told: list[str] = []
        here = SimpleNamespace(speaks_v2=True, rooms={1: SimpleNamespace(room_pk=1, room_id="party")})
        self.hub = SimpleNamespace(sockets={"s": here}, deliver=self.hear)
        self.workers = self

    async def run(self, work: Any, room_pks: list[int]) -> dict[int, dict[str, Any]]:
        answer = {room_pk: dict(self.stored) for room_pk in room_pks}
        self.meanwhile()
        return answer

    def hear(self, address: str, event: Event) -> None:
        """As `realtime.reactions` does."""
        assert isinstance(event, RoomChanged)
        self.told_settings[event.room_pk] = event.room
        self.told.append(event.room["name"])

    async def passes(self) -> list[str]:
        self.told.clear()
        await check_settings(self)  # type: ignore[arg-type]
        return list(self.told)


@pytest.fixture
def process() -> Process:
    return Process()


async def test_settings_that_were_not_heard_of_are_told_once(process: Process) -> None:
    assert await process.passes() == [], "nothing was told yet"
    process.stored = NEW
    assert await process.passes() == ["new"]
    assert await process.passes() == []


async def test_what_is_heard_during_the_look_is_newer_than_it(process: Process) -> None:
    await process.passes()
    process.stored = NEW
    process.meanwhile = lambda: process.hear("room.1", RoomChanged(room_pk=1, room_id="party", room=NEWEST))
    assert await process.passes() == ["newest"]
    process.meanwhile, process.stored = lambda: None, NEWEST
    assert await process.passes() == []


async def test_rooms_that_nobody_here_is_in_are_forgotten(process: Process) -> None:
    process.told_settings = {1: OLD, 2: OLD}
    await process.passes()
    assert list(process.told_settings) == [1]

"""Each conversation's events leave in the order of their change numbers, whatever was lost or overtaken."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from messaging.events import MessageChanged, MessagePosted
from messaging.message_view import MessageView
from realtime import lanes
from realtime.lanes import AT_ONCE, Lanes

ADDRESS = "conversation.7"


def message(change: int, seq: int | None = None, conversation_id: int = 7) -> MessageView:
    return MessageView(
        id=1000 + (seq or change), conversation_id=conversation_id, kind="group", seq=seq or change, change=change,
        sender_id=1, sender="alice", verified=True, group_id=3, content=f"change {change}",
        timestamp="2026-11-21T10:00:00.000Z", message_type="text", content_type="text/plain",
    )  # fmt: skip


def posted(change: int, seq: int | None = None, conversation_id: int = 7) -> MessagePosted:
    return MessagePosted(message=message(change, seq, conversation_id))


class Database:
    """Stands for the workers: answers what the test says was missed, when the test says so."""

    def __init__(self) -> None:
        self.rows: list[MessageView] = []
        self.asked: list[tuple[int, int]] = []
        self.is_down = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def run(self, function: Any, conversation_id: int, change: int) -> list[MessageView]:
        self.asked.append((conversation_id, change))
        await self.may_answer.wait()
        if self.is_down:
            raise OSError("the database is down")
        return [row for row in self.rows if row.change > change]


class Case:
    def __init__(self) -> None:
        self.database = Database()
        self.events: list[tuple[str, MessagePosted | MessageChanged]] = []
        self.lanes = Lanes(asyncio.get_running_loop(), self.database, self._emit)  # type: ignore[arg-type]
        self.lanes.open(ADDRESS, 7, change=0, seq=0)

    def _emit(self, address: str, event: MessagePosted | MessageChanged) -> None:
        self.events.append((address, event))

    def offer(self, *changes: int) -> None:
        for change in changes:
            self.lanes.offer(ADDRESS, posted(change))

    @property
    def changes(self) -> list[int]:
        return [event.message.change for _address, event in self.events]

    @property
    def is_settled(self) -> bool:
        lane = self.lanes.at(ADDRESS, 7)
        return lane is None or not (lane.is_healing or lane.held)


@pytest.fixture
async def case() -> Case:
    return Case()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


async def test_in_order_they_pass_at_once(case: Case) -> None:
    case.offer(1, 2, 3)
    assert case.changes == [1, 2, 3]
    assert case.database.asked == []


async def test_a_hint_heard_twice_is_told_once(case: Case) -> None:
    case.offer(1, 1, 2, 1, 2, 3, 3)
    assert case.changes == [1, 2, 3]


async def test_overtaken_events_wait_for_their_turn(case: Case) -> None:
    case.offer(1, 3, 4, 2, 6, 5)
    assert case.changes == [1, 2, 3, 4, 5, 6]
    await until(lambda: case.is_settled)
    assert case.database.asked == [], "a gap that fills by itself is not looked up"


async def test_a_gap_is_read_from_the_database(case: Case) -> None:
    case.database.rows = [message(2), message(3, seq=1), message(4), message(5)]
    case.offer(1, 5)
    assert case.changes == [1]
    await until(lambda: case.is_settled)
    assert case.changes == [1, 2, 3, 4, 5]
    assert [type(event) for _address, event in case.events] == [
        MessagePosted, MessagePosted, MessageChanged, MessagePosted, MessagePosted,
    ]  # fmt: skip


async def test_what_comes_while_the_database_is_read_is_told_once_and_in_order(case: Case) -> None:
    case.database.rows = [message(2), message(3), message(4)]
    case.database.may_answer.clear()
    case.offer(1, 3)
    await until(lambda: bool(case.database.asked))
    case.offer(2, 5, 6)
    case.database.may_answer.set()
    await until(lambda: case.is_settled)
    assert case.changes == [1, 2, 3, 4, 5, 6]


async def test_a_look_that_may_have_begun_too_early_is_followed_by_another(case: Case) -> None:
    case.database.may_answer.clear()
    case.lanes.heal(ADDRESS, 7)
    await until(lambda: bool(case.database.asked))
    case.lanes.heal_from_now(ADDRESS, 7)
    case.database.may_answer.set()
    await until(lambda: case.is_settled)
    assert case.database.asked == [(7, 0), (7, 0)]
    case.offer(2)
    case.lanes.heal_from_now(ADDRESS, 7)
    case.offer(1)
    await until(lambda: case.is_settled)
    assert case.database.asked[2:] == [(7, 2)], "also where a gap filled by itself meanwhile"
    assert case.changes == [1, 2]


async def test_what_overtook_others_while_the_database_was_read_waits_for_them(case: Case) -> None:
    case.database.rows = [message(2), message(3)]
    case.database.may_answer.clear()
    case.offer(1, 3)
    await until(lambda: bool(case.database.asked))
    case.offer(5)
    read = list(case.lanes._tasks)
    case.database.may_answer.set()
    await asyncio.gather(*read)
    assert case.changes == [1, 2, 3], "4 was not stored yet when the database was read"
    case.offer(4)
    assert case.changes == [1, 2, 3, 4, 5]
    await until(lambda: case.is_settled)


async def test_hundreds_are_healed_in_small_portions(case: Case) -> None:
    case.database.rows = [message(change) for change in range(1, 501)]
    portions: list[int] = []

    async def look() -> None:
        while len(case.changes) < 500:
            portions.append(len(case.changes))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    case.lanes.heal(ADDRESS, 7)
    async with asyncio.timeout(20):
        await looking
    assert case.changes == list(range(1, 501))
    assert max(after - before for before, after in itertools.pairwise([*portions, 500])) <= 2 * AT_ONCE


async def test_nobody_waits_for_a_change_that_a_later_one_hides(case: Case) -> None:
    case.database.rows = [message(4, seq=2)]
    case.offer(1, 4, 5)
    await until(lambda: case.is_settled)
    assert case.changes == [1, 4, 5]


async def test_a_gap_waits_for_a_database_that_is_down(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "AGAIN", 0.05)
    case.database.is_down = True
    case.database.rows = [message(2)]
    case.offer(1, 3)
    await until(lambda: len(case.database.asked) >= 3)
    assert case.changes == [1], "what is missing is not passed over"
    case.database.is_down = False
    await until(lambda: case.is_settled)
    case.offer(4)
    assert case.changes == [1, 2, 3, 4]


async def test_a_private_conversation_begins_with_the_first_that_is_heard(case: Case) -> None:
    for change in (41, 42, 44, 43):
        case.lanes.offer("user.1", posted(change, conversation_id=9))
        case.lanes.offer("user.2", posted(change, conversation_id=9))
    heard = [(address, event.message.change) for address, event in case.events]
    for address in ("user.1", "user.2"):
        assert [change for told_at, change in heard if told_at == address] == [41, 42, 43, 44]


async def test_a_lane_that_nobody_listens_to_is_forgotten(case: Case) -> None:
    case.database.rows = [message(2), message(3)]
    case.database.may_answer.clear()
    case.offer(1, 3)
    await until(lambda: bool(case.database.asked))
    case.lanes.close(ADDRESS)
    assert case.lanes.at(ADDRESS, 7) is None
    case.lanes.open(ADDRESS, 7, change=3, seq=3)
    case.database.may_answer.set()
    case.offer(4)
    await asyncio.gather(*case.lanes._tasks)
    assert case.changes == [1, 4], "who came back read the rest from the database: it is not told again"

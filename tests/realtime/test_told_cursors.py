"""What is told of cursors never goes back, in whatever order threads announce."""

from __future__ import annotations

from messaging.events import CursorMoved
from realtime.receipts import Told, ToldCursors


def moved(delivered: int, read: int, user_id: int = 1, *, shows_reading: bool = True) -> CursorMoved:
    return CursorMoved(
        conversation_id=1,
        user_id=user_id,
        username="bob",
        delivered_seq=delivered,
        read_seq=read,
        at="2026-01-01T00:00:00.000Z",
        shows_reading=shows_reading,
    )


def test_what_was_overtaken_is_told_as_far_as_was_told() -> None:
    told = ToldCursors()
    assert told.at_least(moved(3, 3)) == Told(3, 3, 3)
    assert told.at_least(moved(3, 0)) == Told(3, 3, 3)
    assert told.at_least(moved(4, 3)) == Told(4, 3, 3)
    assert told.at_least(moved(1, 1, user_id=2)) == Told(1, 1, 1)


def test_what_was_read_in_hiding_is_not_what_others_are_told_at_least() -> None:
    told = ToldCursors()
    assert told.at_least(moved(2, 2)).shown == 2
    assert told.at_least(moved(3, 3, shows_reading=False)) == Told(3, 3, 2)
    overtaken = moved(3, 1)
    assert [told.at_least(overtaken).read_for(user_id, overtaken) for user_id in (1, 2)] == [3, 2]
    assert told.at_least(moved(4, 3)) == Told(4, 3, 3), "shown again"

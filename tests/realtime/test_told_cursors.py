"""What is told of cursors never goes back, in whatever order threads announce."""

from __future__ import annotations

from messaging.events import CursorMoved
from realtime.receipts import ToldCursors


def moved(delivered: int, read: int, user_id: int = 1) -> CursorMoved:
    return CursorMoved(
        conversation_id=1,
        user_id=user_id,
        username="bob",
        delivered_seq=delivered,
        read_seq=read,
        at="2026-01-01T00:00:00.000Z",
    )


def test_what_was_overtaken_is_told_as_far_as_was_told() -> None:
    told = ToldCursors()
    assert told.at_least(moved(3, 3)) == moved(3, 3)
    assert told.at_least(moved(3, 0)) == moved(3, 3)
    assert told.at_least(moved(4, 3)) == moved(4, 3)
    assert told.at_least(moved(1, 1, user_id=2)) == moved(1, 1, user_id=2)

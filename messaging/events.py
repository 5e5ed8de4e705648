"""What messaging announces. Private: to both people's addresses; groups and rooms: to the conversation's address."""

from __future__ import annotations

from core.events import Event
from messaging.message_view import MessageView


class MessagePosted(Event, frozen=True, kw_only=True):
    """A message was stored. `origin` is the connection it came from, if it came from one."""

    message: MessageView
    origin: str | None = None


class MessageChanged(Event, frozen=True, kw_only=True):
    """A message was edited or deleted; `message` is how it is now, with its new `change`."""

    message: MessageView
    origin: str | None = None


class CursorMoved(Event, frozen=True, kw_only=True):
    """Somebody received or read up to a sequence number. `at` is ISO 8601 with milliseconds.

    In a group of more than 20 only reading is announced: receipts of everyone to everyone are the square of the group.

    The reader's own sockets hear all of it. Others hear how far they read only if `shows_reading`, and those whom it is
    `hidden_from` (user ids) never do: they hear what arrived, and nothing if that did not move (`has_arrived`).
    """

    conversation_id: int
    user_id: int
    username: str
    delivered_seq: int
    read_seq: int
    at: str
    has_arrived: bool = True
    shows_reading: bool = True
    hidden_from: tuple[int, ...] = ()

    def may_be_seen_by(self, user_id: int | None) -> bool:
        """Whether this other person may know how far the reader has read."""
        return self.shows_reading and user_id not in self.hidden_from

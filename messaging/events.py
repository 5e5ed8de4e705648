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

    In a group of more than 50 only reading is announced: receipts of everyone to everyone are the square of the group.
    """

    conversation_id: int
    user_id: int
    username: str
    delivered_seq: int
    read_seq: int
    at: str

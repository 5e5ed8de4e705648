"""Who hears of a message: both people of a private conversation, whoever listens to a group's or a room's."""

from __future__ import annotations

from collections.abc import Iterator

from core import bus
from messaging.events import MessageChanged, MessagePosted
from messaging.message_view import MessageView
from messaging.models import Conversation


def announce_message(message: MessageView, *, origin: str | None = None) -> None:
    event = MessagePosted(message=message, origin=origin)
    for address in _addresses(message):
        bus.publish(address, event)


def announce_change(message: MessageView, *, origin: str | None = None) -> None:
    event = MessageChanged(message=message, origin=origin)
    for address in _addresses(message):
        bus.publish(address, event)


def _addresses(message: MessageView) -> Iterator[str]:
    if message.kind != Conversation.Kind.PRIVATE:
        yield bus.conversation_address(message.conversation_id)
        return
    # To people, not to the conversation: nobody subscribes to one that this message begins.
    for user_id in (message.recipient_id, message.sender_id):
        if user_id is not None:
            yield bus.user_address(user_id)

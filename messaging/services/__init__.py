"""Everything that writes messages. Each function is one transaction, announces on commit and raises core.errors."""

from messaging.services.changing import delete_message, edit_message, remove_room_message, take_out_message
from messaging.services.conversations import (
    add_participant,
    close_conversation,
    forget_turns,
    name_conversation,
    open_conversation,
    remove_participant,
)
from messaging.services.posting import post_message, post_messages
from messaging.services.receipts import mark_delivered, mark_delivered_many, mark_read

__all__ = [
    "add_participant",
    "close_conversation",
    "delete_message",
    "edit_message",
    "forget_turns",
    "mark_delivered",
    "mark_delivered_many",
    "mark_read",
    "name_conversation",
    "open_conversation",
    "post_message",
    "post_messages",
    "remove_participant",
    "remove_room_message",
    "take_out_message",
]

"""A message as everyone outside sees it: plain data, the same for REST, sockets and other processes."""

from __future__ import annotations

import msgspec
from django.conf import settings

from core.clock import iso_ms
from files.models import StoredFile
from messaging.models import Conversation, Message


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    file_id: str
    filename: str
    size: int
    url: str


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """`timestamp` and `edited_at` are ISO 8601 with milliseconds. Of a deleted message only the place remains.

    Exactly one of `recipient` (private), `group_id` and `room_id` is set. `verified` is False for a guest's message.
    """

    id: int
    conversation_id: int
    kind: str
    seq: int
    change: int
    sender_id: int | None
    sender: str
    verified: bool
    recipient: str | None = None
    recipient_id: int | None = None
    group_id: int | None = None
    room_id: str | None = None
    content: str
    timestamp: str
    message_type: str
    content_type: str
    file: FileView | None = None
    reply_to: int | None = None
    client_id: str | None = None
    movie_time: float | None = None
    movie_id: int | None = None
    edited_at: str | None = None
    deleted: bool = False


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a draft. `duplicate`: it had been stored before, and nothing was announced again."""

    message: MessageView
    duplicate: bool = False


def view_of(message: Message) -> MessageView:
    """Reads `sender`, `file`, `conversation` and a private conversation's two people: select them (`selectors.whole`)."""
    conversation = message.conversation
    sender = message.sender
    recipient_id, recipient = (
        _recipient(conversation, message) if conversation.kind == Conversation.Kind.PRIVATE else (None, None)
    )
    return MessageView(
        id=message.pk,
        conversation_id=conversation.pk,
        kind=conversation.kind,
        seq=message.seq,
        change=message.change,
        sender_id=message.sender_id,
        sender=sender.username if sender else message.sender_name,
        verified=message.is_verified,
        recipient=recipient,
        recipient_id=recipient_id,
        group_id=int(conversation.subject) if conversation.kind == Conversation.Kind.GROUP else None,
        room_id=conversation.subject if conversation.kind == Conversation.Kind.ROOM else None,
        content=message.content,
        timestamp=iso_ms(message.created_at),
        message_type=message.message_type,
        content_type=message.content_type,
        file=file_view(message.file) if message.file else None,
        reply_to=message.reply_to_id,
        client_id=message.client_id,
        movie_time=message.movie_time,
        movie_id=message.movie_id,
        edited_at=iso_ms(message.edited_at) if message.edited_at else None,
        deleted=message.deleted_at is not None,
    )


def _recipient(conversation: Conversation, message: Message) -> tuple[int | None, str]:
    """The other of the two people; nameless once the account is deleted."""
    low, high = conversation.user_low, conversation.user_high
    other = high if message.sender_id == conversation.user_low_id else low
    return (other.pk, other.username) if other else (None, "")


def file_view(file: StoredFile) -> FileView:
    return FileView(file_id=str(file.pk), filename=file.filename, size=file.size, url=f"{settings.PUBLIC_URL}/files/{file.pk}")

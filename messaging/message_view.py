"""A message as everyone outside sees it: plain data, the same for REST, sockets and other processes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.db.models import QuerySet

from core.clock import iso_ms
from messaging.models import OF_ROOMS, Conversation, Message


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


class Row(NamedTuple):
    """All that a view is made of, in the order of COLUMNS."""

    id: int
    conversation_id: int
    kind: str
    subject: str
    low_id: int | None
    low_name: str | None
    high_id: int | None
    high_name: str | None
    seq: int
    change: int
    sender_id: int | None
    sender: str | None
    sender_name: str
    verified: bool
    content: str
    created_at: datetime
    message_type: str
    content_type: str
    file_id: uuid.UUID | None
    filename: str | None
    size: int | None
    reply_to: int | None
    client_id: str | None
    movie_time: float | None
    movie_id: int | None
    edited_at: datetime | None
    deleted_at: datetime | None


COLUMNS = (
    "pk", "conversation_id", "conversation__kind", "conversation__subject",
    "conversation__user_low_id", "conversation__user_low__username",
    "conversation__user_high_id", "conversation__user_high__username",
    "seq", "change", "sender_id", "sender__username", "sender_name", "is_verified", "content", "created_at",
    "message_type", "content_type", "file_id", "file__filename", "file__size", "reply_to_id", "client_id",
    "movie_time", "movie_id", "edited_at", "deleted_at",
)  # fmt: skip


def views_in(messages: QuerySet[Message]) -> list[MessageView]:
    """One query, without making models of what is read to be told at once."""
    return [_view(Row(*columns)) for columns in messages.values_list(*COLUMNS)]


def view_of(message: Message) -> MessageView:
    """Reads `sender`, `file`, `conversation` and a private conversation's two people: select them (`selectors.whole`)."""
    return _view(_row_of(message))


def _row_of(message: Message) -> Row:
    conversation, sender, file = message.conversation, message.sender, message.file
    is_private = conversation.kind == Conversation.Kind.PRIVATE
    low = conversation.user_low if is_private else None
    high = conversation.user_high if is_private else None
    return Row(
        id=message.pk,
        conversation_id=conversation.pk,
        kind=conversation.kind,
        subject=conversation.subject,
        low_id=low.pk if low else None,
        low_name=low.username if low else None,
        high_id=high.pk if high else None,
        high_name=high.username if high else None,
        seq=message.seq,
        change=message.change,
        sender_id=message.sender_id,
        sender=sender.username if sender else None,
        sender_name=message.sender_name,
        verified=message.is_verified,
        content=message.content,
        created_at=message.created_at,
        message_type=message.message_type,
        content_type=message.content_type,
        file_id=file.pk if file else None,
        filename=file.filename if file else None,
        size=file.size if file else None,
        reply_to=message.reply_to_id,
        client_id=message.client_id,
        movie_time=message.movie_time,
        movie_id=message.movie_id,
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
    )


def _view(row: Row) -> MessageView:
    recipient_id, recipient = _recipient(row) if row.kind == Conversation.Kind.PRIVATE else (None, None)
    return MessageView(
        id=row.id,
        conversation_id=row.conversation_id,
        kind=row.kind,
        seq=row.seq,
        change=row.change,
        sender_id=row.sender_id,
        sender=row.sender if row.sender is not None else row.sender_name,
        verified=row.verified,
        recipient=recipient,
        recipient_id=recipient_id,
        group_id=int(row.subject) if row.kind == Conversation.Kind.GROUP else None,
        room_id=row.subject if row.kind in OF_ROOMS else None,
        content=row.content,
        timestamp=iso_ms(row.created_at),
        message_type=row.message_type,
        content_type=row.content_type,
        file=_file(row),
        reply_to=row.reply_to,
        client_id=row.client_id,
        movie_time=row.movie_time,
        movie_id=row.movie_id,
        edited_at=iso_ms(row.edited_at) if row.edited_at else None,
        deleted=row.deleted_at is not None,
    )


def _recipient(row: Row) -> tuple[int | None, str]:
    """The other of the two people; nameless once the account is deleted."""
    if row.sender_id == row.low_id:
        return row.high_id, row.high_name or ""
    return row.low_id, row.low_name or ""


def _file(row: Row) -> FileView | None:
    if row.file_id is None:
        return None
    url = f"{settings.PUBLIC_URL}/files/{row.file_id}"
    return FileView(file_id=str(row.file_id), filename=row.filename or "", size=row.size or 0, url=url)

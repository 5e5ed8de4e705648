"""From what happened to the frame that tells it. Pure: no socket is touched here."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from core.clock import now_ms
from messaging.events import CursorMoved
from messaging.message_view import MessageView
from presence.events import StatusChanged
from realtime import frames
from rooms.data import Host, Role
from rooms.playback import Timeline

Message = frames.RoomMessage | frames.DirectMessage


def message_frame(message: MessageView, *, client_id: str | None = None) -> Message:
    """`client_id` goes to the sender's own sockets only."""
    common: dict[str, Any] = {
        "content": message.content,
        "id": message.id,
        "seq": message.seq,
        "change": message.change,
        "conversation_id": message.conversation_id,
        "timestamp": message.timestamp,
        "message_type": message.message_type,
        "content_type": message.content_type,
        "file": _or_unset(msgspec.to_builtins(message.file) if message.file else None),
        "reply_to": _or_unset(message.reply_to),
        "client_id": _or_unset(client_id),
        "edited_at": _or_unset(message.edited_at),
        "deleted": message.deleted or UNSET,
    }
    if message.room_id is not None:
        return frames.RoomMessage(
            room_id=message.room_id,
            username=message.sender,
            verified=message.verified,
            movie_time=_or_unset(message.movie_time),
            movie_id=_or_unset(message.movie_id),
            **common,
        )
    return frames.DirectMessage(
        sender=message.sender, recipient=_or_unset(message.recipient), group_id=_or_unset(message.group_id), **common
    )


def change_frame(message: MessageView) -> frames.Change:
    return frames.Change(conversation_id=message.conversation_id, change=message.change, message=message_frame(message))


def receipt_frame(event: CursorMoved, *, delivered_seq: int, read_seq: int) -> frames.Receipt:
    return frames.Receipt(
        conversation_id=event.conversation_id,
        user=event.username,
        delivered_seq=delivered_seq,
        read_seq=read_seq,
        timestamp=event.at,
    )


def status_frame(event: StatusChanged, *, with_last_seen: bool) -> frames.Status:
    return frames.Status(
        user=event.username,
        status="online" if event.is_online else "offline",
        timestamp=event.at,
        last_seen=_or_unset(event.last_seen_at if with_last_seen else None),
    )


def timeline_frame(
    room_id: str, timeline: Timeline, *, action: str | None = None, cmd_id: str | None = None
) -> frames.SyncTimeline:
    return frames.SyncTimeline(**timeline_keys(room_id, timeline), action=action, cmd_id=cmd_id)


def timeline_mark(room_pk: int, epoch: int, rev: int) -> tuple[int, int]:
    """A timeline's place in the order of its room, beside the marks of conversations (which are positive)."""
    return -2 * room_pk, (epoch << 32) + rev


def roster_mark(room_pk: int, version: int) -> tuple[int, int]:
    """The same for who is there."""
    return -2 * room_pk - 1, version


def timeline_keys(room_id: str, timeline: Timeline) -> dict[str, Any]:
    """The room's timeline on the wire, without what caused it."""
    return {
        "room_id": room_id,
        "username": timeline.set_by,
        "current_time": timeline.position,
        "at": timeline.at,
        "server_time": now_ms(),
        "state": timeline.state,
        "paused": timeline.state != "playing",
        "rate": timeline.rate,
        "rev": timeline.rev,
        "epoch": timeline.epoch,
        "movie_id": timeline.movie_id,
        "duration": timeline.duration,
        "reason": timeline.reason or None,
        "waiting_for": list(timeline.waiting_for),
        "wait_until": timeline.wait_until,
    }


def roles_of(host: Host | None, *, you: Role, is_you: bool) -> dict[str, Any]:
    """Who is acting host; `you` and `you_are_host` differ from socket to socket."""
    return {
        "host": host.name if host else None,
        "verified": host.verified if host else False,
        "you_are_host": is_you,
        "you": you,
    }


def _or_unset(value: Any) -> Any:
    return UNSET if value is None else value

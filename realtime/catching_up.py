"""After a reconnect: what was missed, then `synced`. Live frames wait meanwhile and are merged by change number."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from messaging.catching_up import Absence, Changes, TooFarBehind, changed_since
from messaging.message_view import MessageView
from realtime import frames, outgoing
from realtime.wire import Frame

if TYPE_CHECKING:
    from realtime.chat import ChatConnection
    from realtime.runtime import Runtime

AT_ONCE = 64
"""Frames between two looks at whether the reader keeps up."""


async def catch_up(chat: ChatConnection, user_id: int, since: dict[str, int]) -> None:
    """Invalid for anything but {conversation id: change}; `resync` when too much was missed."""
    known = _numbers(since)
    told: dict[int, int] = {}
    chat.outbox.hold()
    try:
        rooms = [joined.conversation_id for joined in chat.rooms.values()]
        changes = await _changes(chat.runtime, Absence(user_id, known, rooms))
        # Not before: after a look that failed they ask again, and have still heard this.
        live, chat.outbox.live = chat.outbox.live or set(), None
        told = _last_told(changes)
        messages = [message for message in changes.messages if (message.conversation_id, message.change) not in live]
        await _replay(chat, user_id, messages, told)
    except TooFarBehind:
        chat.outbox.live = None
        chat.outbox.put_missed(Frame(frames.Resync(reason="too_far_behind")))
    finally:
        chat.outbox.release(told)


async def _changes(runtime: Runtime, absence: Absence) -> Changes:
    """Only the reading takes turns: a reader who does not read holds up nobody."""
    async with runtime.catching_up:
        changes = await runtime.absences.put(absence)
        if changes is None:
            changes = await runtime.workers.run(changed_since, absence.user_id, absence.since, rooms=absence.rooms)
        return changes


def _numbers(since: dict[str, int]) -> dict[int, int]:
    if not all(key.isascii() and key.isdigit() and len(key) <= 18 and 0 <= change < 2**63 for key, change in since.items()):
        raise Invalid.field("since", _("Must be an object of conversation ids and change numbers."))
    return {int(key): change for key, change in since.items()}


def _last_told(changes: Changes) -> dict[int, int]:
    """By conversation. Messages are read after the conversations, so some may be newer than these were."""
    told = dict(changes.last_change)
    for message in changes.messages:
        told[message.conversation_id] = max(message.change, told.get(message.conversation_id, 0))
    return told


async def _replay(chat: ChatConnection, user_id: int, messages: list[MessageView], told: dict[int, int]) -> None:
    for start in range(0, len(messages), AT_ONCE):
        for message in messages[start : start + AT_ONCE]:
            chat.outbox.put_missed(_frame(message, user_id))
            if message.sender_id != user_id and message.room_id is None:
                chat.runtime.receipts.delivered(user_id, message.conversation_id, message.seq)
        await asyncio.sleep(0)
        if not await chat.outbox.taken():
            chat.close(4008)
            return
    synced = {str(conversation_id): change for conversation_id, change in told.items()}
    chat.outbox.put_missed(Frame(frames.Synced(conversations=synced)))


def _frame(message: MessageView, user_id: int) -> Frame:
    """What was edited or deleted comes as it now is, whether or not the client knew it before."""
    if message.edited_at is not None or message.deleted:
        return Frame(outgoing.change_frame(message))
    return Frame(outgoing.message_frame(message, client_id=message.client_id if message.sender_id == user_id else None))

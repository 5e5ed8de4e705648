"""What the sockets read when hints may have been lost: conversations by their change numbers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from messaging.message_view import MessageView, view_of
from messaging.models import Conversation, Message
from messaging.selectors import whole

MOST = 500


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that changed lately. `user_ids` are the two people of a private one."""

    conversation_id: int
    last_change: int
    user_ids: tuple[int, ...]


def changes_after(conversation_id: int, change: int) -> list[MessageView]:
    """Messages as they now are whose last change is later, in the order of changes. One query."""
    rows = whole(Message.objects.filter(conversation_id=conversation_id, change__gt=change)).order_by("change")
    return [view_of(message) for message in rows[:MOST]]


def first_change_since(conversation_id: int, moment: datetime) -> tuple[int, int] | None:
    """Change and sequence number of the first message sent from `moment` on; None if there is none."""
    rows = Message.objects.filter(conversation_id=conversation_id, created_at__gte=moment).order_by("seq")
    return rows.values_list("change", "seq").first()


def where_they_stand(conversation_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Last change and last sequence number of each. One query."""
    rows = Conversation.objects.filter(pk__in=conversation_ids).values_list("pk", "last_change", "last_seq")
    return {pk: (change, seq) for pk, change, seq in rows}


def recently_changed(since: datetime) -> list[Changed]:
    rows = Conversation.objects.filter(changed_at__gte=since).values_list("pk", "last_change", "user_low", "user_high")
    return [
        Changed(conversation_id=pk, last_change=change, user_ids=tuple(user_id for user_id in people if user_id is not None))
        for pk, change, *people in rows
    ]

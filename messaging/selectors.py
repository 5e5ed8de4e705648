"""Reading conversations and messages. What a person may see is decided here: others' conversations do not exist for them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import F, QuerySet

from accounts.models import User
from core.errors import NotFound
from files.models import StoredFile
from messaging.models import Conversation, FileShare, Message, Participant

Pair = tuple[int, int]


def whole(messages: QuerySet[Message]) -> QuerySet[Message]:
    """With all that `view_of` reads."""
    return messages.select_related("sender", "file", "conversation__user_low", "conversation__user_high")


def conversations_of_pairs(pairs: Collection[Pair]) -> dict[Pair, int]:
    """The ids of private conversations by (lower, higher) user id. One query."""
    rows = Conversation.objects.filter(
        user_low_id__in={low for low, _high in pairs}, user_high_id__in={high for _low, high in pairs}
    )
    found = {(low, high): pk for pk, low, high in rows.values_list("pk", "user_low_id", "user_high_id") if low and high}
    return {pair: pk for pair, pk in found.items() if pair in pairs}


def private_messages(actor: User, other: User) -> QuerySet[Message]:
    """What the two have written to each other; empty without history."""
    low, high = sorted((actor.pk, other.pk))
    return whole(Message.objects.filter(conversation__user_low_id=low, conversation__user_high_id=high))


def private_cursors(conversation_id: int) -> dict[int, Participant]:
    """Both people's cursors by user id."""
    return {row.user_id: row for row in Participant.objects.filter(conversation_id=conversation_id)}


def status_of(message: Message, cursors: dict[int, Participant]) -> str:
    """`sent`, `delivered` or `read`, by the cursors of the one who did not send it."""
    theirs = next((row for user_id, row in cursors.items() if user_id != message.sender_id), None)
    if theirs is None or theirs.delivered_seq < message.seq:
        return "sent"
    return "read" if theirs.read_seq >= message.seq else "delivered"


def messages_of(conversation: Conversation, viewer: User | None) -> QuerySet[Message]:
    """What the viewer may see of it: anybody all of a public room, a participant what was said since they joined.

    NotFound for anybody else.
    """
    messages = whole(Message.objects.filter(conversation_id=conversation.pk))
    if conversation.kind == Conversation.Kind.ROOM:
        return messages
    if viewer is None:
        raise NotFound
    return messages.filter(seq__gt=access_participant(viewer, conversation.pk).joined_seq)


def message_visible_to(viewer: User, message_id: int) -> Message:
    """NotFound unless the viewer may see it."""
    message = whole(Message.objects.all()).filter(pk=message_id).first()
    if message is None:
        raise NotFound
    is_public = message.conversation.kind == Conversation.Kind.ROOM
    if not is_public and access_participant(viewer, message.conversation_id).joined_seq >= message.seq:
        raise NotFound
    return message


def access_participant(user: User, conversation_id: int) -> Participant:
    """The person's live place in a conversation, with it; NotFound for everyone else."""
    rows = Participant.objects.select_related("conversation__user_low", "conversation__user_high")
    participant = rows.filter(conversation_id=conversation_id, user=user, left_at=None).first()
    if participant is None:
        raise NotFound
    return participant


def access_conversation(user: User, conversation_id: int) -> Conversation:
    """NotFound unless the person takes part in it now."""
    return access_participant(user, conversation_id).conversation


def last_changes(conversation_ids: Collection[int]) -> dict[int, int]:
    """The last change of each. One query."""
    return dict(Conversation.objects.filter(pk__in=conversation_ids).values_list("pk", "last_change"))


def conversations_changed_since(moment: datetime) -> dict[int, int]:
    """The last change of every conversation in which something was posted, edited or deleted since. One query."""
    return dict(Conversation.objects.filter(changed_at__gte=moment).values_list("pk", "last_change"))


def readers_of(file_ids: Iterable[uuid.UUID], user_ids: Iterable[int]) -> set[tuple[uuid.UUID, int]]:
    """Which of the people may read which of the files because a message they can see shares it. One query, none for nobody.

    Only whoever takes part now: who left a group no longer sees its messages either.
    """
    files, users = set(file_ids), set(user_ids)
    if not files or not users:
        return set()
    shares = FileShare.objects.filter(
        file_id__in=files,
        conversation__participants__user_id__in=users,
        conversation__participants__left_at=None,
        conversation__participants__joined_seq__lt=F("message__seq"),
    )
    return set(shares.values_list("file_id", "conversation__participants__user_id"))


def file_shared_with(file: StoredFile, user: User) -> bool:
    """True if a message that the person can see shares the file with them: a file access policy (settings)."""
    return bool(readers_of([file.pk], [user.pk]))

"""Reading conversations and messages. What a person may see is decided here: others' conversations do not exist for them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db.models import F, Q, QuerySet

from accounts.models import User
from core.errors import NotFound
from files.models import StoredFile
from messaging.message_view import MessageView, view_of, views_in
from messaging.models import Conversation, FileShare, Message, Participant

Pair = tuple[int, int]
PER_CONVERSATION = 500


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
    """What the two have written to each other; empty without history. Asks for their conversation at once."""
    low, high = sorted((actor.pk, other.pk))
    # By the conversation's id, not through a join: only so is a page read from the index, however long the history.
    conversation_id = conversations_of_pairs([(low, high)]).get((low, high))
    return whole(Message.objects.filter(conversation_id=conversation_id)) if conversation_id else Message.objects.none()


class Cursors(NamedTuple):
    """How far somebody received and read, as the one who asks may know."""

    delivered_seq: int
    read_seq: int


def private_cursors(conversation_id: int, *, viewer_id: int) -> dict[int, Cursors]:
    """Both people's cursors by user id. How far the other one read is 0 unless both show it now: one query reads all four."""
    people = Participant.objects.filter(conversation_id=conversation_id)
    rows = list(people.values_list("user_id", "delivered_seq", "read_seq", "user__shows_receipts"))
    is_shown = all(shows for *_cursors, shows in rows)
    return {
        user_id: Cursors(delivered, read if is_shown or user_id == viewer_id else 0)
        for user_id, delivered, read, _shows in rows
    }


def status_of(message: MessageView, cursors: dict[int, Cursors]) -> str:
    """`sent`, `delivered` or `read`, by the cursors of the one who did not send it."""
    theirs = next((row for user_id, row in cursors.items() if user_id != message.sender_id), None)
    if theirs is None or theirs.delivered_seq < message.seq:
        return "sent"
    return "read" if theirs.read_seq >= message.seq else "delivered"


def messages_of(conversation: Conversation, viewer: User | None) -> QuerySet[Message]:
    """What the viewer may see of it: all of a room, whose door is the rooms' matter; a participant what was said since they
    joined.

    NotFound for anybody else.
    """
    messages = whole(Message.objects.filter(conversation_id=conversation.pk))
    if conversation.is_of_room:
        return messages
    if viewer is None:
        raise NotFound
    joined_seq = access_participant(viewer, conversation.pk).joined_seq
    if not joined_seq:
        return messages
    # Ids grow with the sequence, and pages go by id: a bound on `seq` would make SQLite sort the whole history.
    return messages.filter(id__gt=Message.objects.filter(conversation_id=conversation.pk, seq=joined_seq).values("pk"))


def message_visible_to(viewer: User, message_id: int) -> Message:
    """NotFound unless the viewer may see it."""
    message = whole(Message.objects.all()).filter(pk=message_id).first()
    if message is None:
        raise NotFound
    if message.conversation.kind == Conversation.Kind.PARTY and message.sender_id != viewer.pk:
        raise NotFound
    if not message.conversation.is_of_room and access_participant(viewer, message.conversation_id).joined_seq >= message.seq:
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


# Lists of conversations ------------------------------------------------------------------------------------------------


class Summary(msgspec.Struct, frozen=True):
    """A conversation in somebody's list. `last_message` is None as long as there is none that they may see."""

    participant: Participant
    last_message: MessageView | None

    @property
    def unread(self) -> int:
        row = self.participant
        return max(0, row.conversation.last_seq - row.read_seq - row.own_after_read)

    @property
    def other(self) -> User | None:
        """The other person of a private conversation, unless the account was deleted."""
        conversation = self.participant.conversation
        is_low = conversation.user_low_id == self.participant.user_id
        return conversation.user_high if is_low else conversation.user_low


def conversations_of(user: User, *, limit: int = 50, before: int | None = None) -> list[Summary]:
    """A person's private conversations and groups, the last changed first. `before` is the id of the last one known.

    Two queries, three with `before`.
    """
    rows = Participant.objects.filter(user=user, left_at=None).select_related(
        "conversation__user_low", "conversation__user_high"
    )
    if before is not None:
        last = access_conversation(user, before)
        rows = rows.filter(
            Q(conversation__changed_at__lt=last.changed_at)
            | Q(conversation__changed_at=last.changed_at, conversation_id__lt=last.pk)
        )
    participants = list(rows.order_by("-conversation__changed_at", "-conversation_id")[:limit])
    newest = whole(Message.objects.filter(conversation_id__in=[row.conversation_id for row in participants]))
    last_messages = {message.conversation_id: message for message in newest.filter(seq=F("conversation__last_seq"))}
    return [Summary(row, _last_seen_by(row, last_messages.get(row.conversation_id))) for row in participants]


def _last_seen_by(participant: Participant, message: Message | None) -> MessageView | None:
    return view_of(message) if message is not None and message.seq > participant.joined_seq else None


# Catching up: by change number, so that edits and deletions are part of it --------------------------------------------


class Recent(msgspec.Struct, frozen=True):
    """A conversation that changed lately. `user_ids` are its two people if it is private."""

    conversation_id: int
    last_change: int
    user_ids: tuple[int, ...]


def changes_after(conversation_id: int, change: int, limit: int = PER_CONVERSATION) -> list[MessageView]:
    """What a conversation's messages have become since, by change. Who may see it is the caller's matter. One query."""
    return views_in(Message.objects.filter(conversation_id=conversation_id, change__gt=change).order_by("change")[:limit])


def recently_changed(since: datetime) -> list[Recent]:
    """Every conversation in which something was posted, edited or deleted since. One query."""
    rows = Conversation.objects.filter(changed_at__gte=since).values_list("pk", "last_change", "user_low_id", "user_high_id")
    return [
        Recent(pk, change, tuple(user_id for user_id in (low, high) if user_id is not None)) for pk, change, low, high in rows
    ]

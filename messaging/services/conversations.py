"""Opening conversations, and who takes part in them. For the floors that own them: groups and rooms."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from core.clock import now
from messaging import selectors
from messaging.models import Conversation, Participant, Turn
from messaging.selectors import Pair


def open_conversation(*, kind: str, subject: str = "", title: str = "") -> Conversation:
    """A new, empty conversation of a group or a room. `name_conversation` gives what is not known yet."""
    at = now()
    return Conversation.objects.create(kind=kind, subject=subject, title=title, changed_at=at, created_at=at)


def name_conversation(*, conversation_id: int, subject: str, title: str) -> None:
    """`subject` is what it belongs to: a group's id or a room's public id."""
    Conversation.objects.filter(pk=conversation_id).update(subject=subject, title=title)


def close_conversation(*, conversation_id: int) -> None:
    """Delete a conversation with all that was said in it, and with it whatever belongs to it one to one."""
    with transaction.atomic():
        locked(conversation_id).delete()


def add_participant(*, conversation_id: int, user_id: int) -> Participant:
    """From the next message on the person takes part. Somebody who comes back begins anew: what was said before stays hidden.

    Idempotent. Locks the conversation; the participant's `conversation` is as it stands then.
    """
    with transaction.atomic():
        conversation = locked(conversation_id)
        seq = conversation.last_seq
        fresh = {
            "joined_seq": seq, "delivered_seq": seq, "read_seq": seq, "own_after_read": 0, "joined_at": now(), "left_at": None
        }  # fmt: skip
        participant, is_new = Participant.objects.get_or_create(
            conversation_id=conversation_id, user_id=user_id, defaults=fresh
        )
        if not is_new and participant.left_at is not None:
            Participant.objects.filter(pk=participant.pk).update(**fresh)
            participant.refresh_from_db()
        participant.conversation = conversation
        return participant


def remove_participant(*, conversation_id: int, user_id: int) -> None:
    """The person takes part no more; their cursors stay. Idempotent. Locks the conversation, so no later message is theirs."""
    with transaction.atomic():
        locked(conversation_id)
        Participant.objects.filter(conversation_id=conversation_id, user_id=user_id, left_at=None).update(left_at=now())


def forget_turns(*, conversation_id: int) -> None:
    """Nobody has to wait there any more."""
    Turn.objects.filter(conversation_id=conversation_id).delete()


def locked(conversation_id: int) -> Conversation:
    """The row under its lock; Conversation.DoesNotExist. Only inside a transaction."""
    return Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)


def make_private_conversations(pairs: Collection[Pair]) -> dict[Pair, int]:
    """Conversations for (lower, higher) user ids without one. Two who make the same one at once meet at the constraint."""
    at = now()
    # Sorted, so that two who make several wait for each other in one direction only.
    Conversation.objects.bulk_create(
        [
            Conversation(kind=Conversation.Kind.PRIVATE, user_low_id=low, user_high_id=high, changed_at=at, created_at=at)
            for low, high in sorted(pairs)
        ],
        ignore_conflicts=True,
    )
    made = selectors.conversations_of_pairs(pairs)
    Participant.objects.bulk_create(
        [Participant(conversation_id=made[pair], user_id=user, joined_at=at) for pair in sorted(pairs) for user in pair],
        ignore_conflicts=True,
    )
    return made

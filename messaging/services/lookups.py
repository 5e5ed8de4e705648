"""What a batch of messages asks the database, in plain statements (docs/decisions/0006): a few, however many drafts there are.

Pairs are looked for as rows of values, not as two lists: a list of 100 senders and one of 100 client ids are 10,000 places to
look at in an index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from accounts.models import User
from core.sql import execute, fetch, fetch_models, flat, places, row_lock, value_rows
from messaging.models import Conversation, Participant

RetryKey = tuple[int, str]
Mark = tuple[int, int, int]
"""(user id, conversation id, seq)"""
CONVERSATION = ("id", "kind", "subject", "user_low_id", "user_high_id", "last_seq", "last_change")
PARTICIPANT = ("id", "conversation_id", "user_id", "joined_seq", "delivered_seq", "read_seq", "own_after_read")
PERSON = ("id", "username", "username_key", "is_active")


class Acquaintance(NamedTuple):
    """What there is between somebody who writes and the person written to."""

    conversation_id: int | None
    is_blocked: bool


class Reader(NamedTuple):
    """Somebody's cursors in a conversation, with what an announcement of them needs.

    `shows_reading`: they show how far they read and, in a private conversation, the other person does too.
    """

    participant_id: int
    conversation_id: int
    user_id: int
    delivered_seq: int
    read_seq: int
    username: str
    shows_reading: bool
    kind: str
    user_low_id: int | None
    user_high_id: int | None
    last_seq: int


def ids_of_retries(keys: Collection[RetryKey]) -> list[int]:
    """Messages stored already under one of these (sender, client_id)."""
    rows = list(keys)
    found = fetch(
        f"""
        WITH wanted (sender_id, client_id) AS (VALUES {value_rows(rows)})
        SELECT message.id FROM wanted JOIN messaging_message AS message
            ON message.sender_id = wanted.sender_id AND message.client_id = wanted.client_id
        """,
        flat(rows),
    )
    return [pk for (pk,) in found]


def people(ids: Collection[int], keys: Collection[str]) -> list[User]:
    """By id or by the key of their name."""
    wanted = [f"{column} IN ({places(values)})" for column, values in (("id", ids), ("username_key", keys)) if values]
    return fetch_models(
        User, PERSON, f"SELECT {', '.join(PERSON)} FROM accounts_user WHERE {' OR '.join(wanted)}", [*ids, *keys]
    )


def acquaintances(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], Acquaintance]:
    """By (actor, recipient): the conversation of the two, and whether the recipient blocks the actor."""
    rows = [(actor, recipient, min(actor, recipient), max(actor, recipient)) for actor, recipient in pairs]
    found = fetch(
        f"""
        WITH wanted (actor_id, recipient_id, low_id, high_id) AS (VALUES {value_rows(rows)})
        SELECT wanted.actor_id, wanted.recipient_id, conversation.id, block.id FROM wanted
        LEFT JOIN messaging_conversation AS conversation
            ON conversation.user_low_id = wanted.low_id AND conversation.user_high_id = wanted.high_id
        LEFT JOIN accounts_block AS block
            ON block.blocker_id = wanted.recipient_id AND block.blocked_id = wanted.actor_id
        """,
        flat(rows),
    )
    return {
        (actor, recipient): Acquaintance(conversation_id, block_id is not None)
        for actor, recipient, conversation_id, block_id in found
    }


def locked_conversations(ids: Collection[int]) -> dict[int, Conversation]:
    """In id order, until the transaction ends."""
    rows = fetch_models(
        Conversation,
        CONVERSATION,
        f"""
        SELECT {", ".join(CONVERSATION)} FROM messaging_conversation
        WHERE id IN ({places(ids)}) ORDER BY id {row_lock("messaging_conversation")}
        """,
        list(ids),
    )
    return {conversation.pk: conversation for conversation in rows}


def locked_participants(wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], Participant]:
    """Those of (conversation, user) that take part now, in id order, until the transaction ends."""
    rows = list(wanted)
    found = fetch_models(
        Participant,
        PARTICIPANT,
        f"""
        WITH wanted (conversation_id, user_id) AS (VALUES {value_rows(rows)})
        SELECT {", ".join(f"participant.{column}" for column in PARTICIPANT)}
        FROM wanted JOIN messaging_participant AS participant
            ON participant.conversation_id = wanted.conversation_id AND participant.user_id = wanted.user_id
        WHERE participant.left_at IS NULL ORDER BY participant.id {row_lock("participant")}
        """,
        flat(rows),
    )
    return {(participant.conversation_id, participant.user_id): participant for participant in found}


def advance_conversations(conversations: Iterable[Conversation], at: datetime) -> None:
    """Store where they stand. Assumes their locks."""
    rows = [(row.pk, row.last_seq, row.last_change) for row in conversations]
    execute(
        f"""
        WITH moved (id, last_seq, last_change) AS (VALUES {value_rows(rows)})
        UPDATE messaging_conversation
        SET last_seq = moved.last_seq, last_change = moved.last_change, changed_at = %s
        FROM moved WHERE messaging_conversation.id = moved.id
        """,
        [*flat(rows), connection.ops.adapt_datetimefield_value(at)],
    )


def advance_cursors(participants: Iterable[Participant]) -> None:
    """Store how far they are. Assumes their locks."""
    rows = [(row.pk, row.delivered_seq, row.read_seq, row.own_after_read) for row in participants]
    execute(
        f"""
        WITH moved (id, delivered_seq, read_seq, own_after_read) AS (VALUES {value_rows(rows)})
        UPDATE messaging_participant
        SET delivered_seq = moved.delivered_seq, read_seq = moved.read_seq, own_after_read = moved.own_after_read
        FROM moved WHERE messaging_participant.id = moved.id
        """,
        flat(rows),
    )


def locked_behind(marks: Sequence[Mark]) -> list[Reader]:
    """Those who take part now and have not been noted to have received so much, in id order, until the transaction ends."""
    found = fetch(
        f"""
        WITH mark (user_id, conversation_id, seq) AS (VALUES {value_rows(marks)})
        SELECT participant.id, participant.conversation_id, participant.user_id, participant.delivered_seq,
               participant.read_seq, person.username, person.shows_receipts AND COALESCE(other.shows_receipts, TRUE),
               conversation.kind, conversation.user_low_id, conversation.user_high_id, conversation.last_seq
        FROM mark
        JOIN messaging_participant AS participant
            ON participant.conversation_id = mark.conversation_id AND participant.user_id = mark.user_id
        JOIN messaging_conversation AS conversation ON conversation.id = participant.conversation_id
        JOIN accounts_user AS person ON person.id = participant.user_id
        LEFT JOIN accounts_user AS other ON other.id = CASE participant.user_id
            WHEN conversation.user_low_id THEN conversation.user_high_id ELSE conversation.user_low_id END
        WHERE participant.left_at IS NULL AND participant.delivered_seq < mark.seq
            AND participant.delivered_seq < conversation.last_seq
        ORDER BY participant.id {row_lock("participant")}
        """,
        flat(marks),
    )
    return [Reader(*row) for row in found]


def advance_delivered(rows: Sequence[tuple[int, int]]) -> None:
    """Store what reached participants: (id, sequence number). Assumes their locks."""
    execute(
        f"""
        WITH moved (id, delivered_seq) AS (VALUES {value_rows(rows)})
        UPDATE messaging_participant SET delivered_seq = moved.delivered_seq
        FROM moved WHERE messaging_participant.id = moved.id
        """,
        flat(rows),
    )

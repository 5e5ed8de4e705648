"""What people missed while they were away: by change number, so that edits and deletions are part of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from core.sql import fetch, flat, value_rows
from messaging.message_view import MessageView, views_in
from messaging.models import OF_ROOMS, Conversation, Message, Participant
from messaging.selectors import PER_CONVERSATION

IN_ALL = 2_000
CHUNK = 200
"""Conversations per query."""
LITTLE = 100
"""Messages that somebody may have missed to be read together with others."""


class Changes(msgspec.Struct, frozen=True):
    """`messages` as they now are, by conversation and then by change; `last_change` of every conversation looked at."""

    messages: list[MessageView]
    last_change: dict[int, int]


class TooFarBehind(Exception):
    """More was missed than is worth replaying: begin anew."""


class Absence(NamedTuple):
    """Somebody, the last change they know of each conversation, and the rooms (conversation ids) that they are in."""

    user_id: int
    since: Mapping[int, int]
    rooms: Collection[int] = ()


class Gap(NamedTuple):
    """Of a conversation the messages beyond both. `most` says how many those can be."""

    conversation_id: int
    change: int
    seq: int
    most: int


class Missed(NamedTuple):
    gaps: list[Gap]
    last_change: dict[int, int]

    @property
    def is_little(self) -> bool:
        return sum(gap.most for gap in self.gaps) <= LITTLE


def changed_since(
    user_id: int,
    since: Mapping[int, int],
    *,
    rooms: Collection[int] = (),
    per_conversation: int = PER_CONVERSATION,
    in_all: int = IN_ALL,
) -> Changes:
    """What a person missed in their conversations, given the last change they know of each.

    A conversation that `since` does not name starts at its last read message; one that is not theirs is ignored, but for
    `rooms` (conversation ids) that it names: of others people are shown the end when they come in, and hear the rest.
    TooFarBehind beyond the limits. At most four queries for 200 changed conversations.
    """
    (missed,) = _missed([Absence(user_id, since, rooms)])
    messages = _messages(missed.gaps, in_all)
    counts: dict[int, int] = {}
    for message in messages:
        counts[message.conversation_id] = counts.get(message.conversation_id, 0) + 1
    if max(counts.values(), default=0) > per_conversation:
        raise TooFarBehind
    return Changes(messages, missed.last_change)


def changed_since_many(absences: Sequence[Absence]) -> list[Changes | None]:
    """The same for many people at once, as when a server restarted: what they missed together is read once.

    None for somebody who may have missed more than LITTLE, or for all when much is said at this moment: ask for them alone.
    """
    found = _missed(absences)
    together = _widest(gap for missed in found if missed.is_little for gap in missed.gaps)
    messages: dict[int, list[MessageView]] = {}
    try:
        for message in _messages(together, LITTLE * len(absences)):
            messages.setdefault(message.conversation_id, []).append(message)
    except TooFarBehind:  # Some of it was said after the gaps were measured.
        return [None] * len(absences)
    return [_share(missed, messages) if missed.is_little else None for missed in found]


def _share(missed: Missed, messages: dict[int, list[MessageView]]) -> Changes:
    theirs = [
        message
        for gap in sorted(missed.gaps)
        for message in messages.get(gap.conversation_id, ())
        if message.change > gap.change and message.seq > gap.seq
    ]
    return Changes(theirs, missed.last_change)


def _widest(gaps: Iterable[Gap]) -> list[Gap]:
    """Per conversation the gap that holds all of its gaps by change, and the one that holds all by sequence number.

    Each is as long as the longest of them; one gap for both could be as long as the conversation.
    """
    widest: dict[tuple[int, bool], Gap] = {}
    for gap in gaps:
        key = gap.conversation_id, gap.change > 0
        known = widest.get(key, gap)
        widest[key] = Gap(
            gap.conversation_id, min(gap.change, known.change), min(gap.seq, known.seq), max(gap.most, known.most)
        )
    return list(widest.values())


def _missed(absences: Sequence[Absence]) -> list[Missed]:
    """One for each, in order. Two queries, whatever their number."""
    found = [Missed([], {}) for _ in absences]
    by_person: dict[int, list[tuple[Absence, Missed]]] = {}
    for absence, missed in zip(absences, found, strict=True):
        by_person.setdefault(absence.user_id, []).append((absence, missed))
    for row in Participant.objects.filter(user_id__in=by_person, left_at=None).select_related("conversation"):
        for absence, missed in by_person[row.user_id]:
            _note(missed, row.conversation, _gap_of(row, absence.since.get(row.conversation_id)))
    rooms = {room for absence in absences for room in absence.rooms}
    if rooms:
        for conversation in Conversation.objects.filter(pk__in=rooms, kind__in=OF_ROOMS):
            for absence, missed in zip(absences, found, strict=True):
                if conversation.pk in absence.rooms and conversation.pk in absence.since:
                    _note(missed, conversation, _gap_in_room(conversation, absence.since[conversation.pk]))
    return found


def _note(missed: Missed, conversation: Conversation, gap: Gap | None) -> None:
    missed.last_change[conversation.pk] = conversation.last_change
    if gap is not None:
        missed.gaps.append(gap)


def _gap_in_room(room: Conversation, known_change: int) -> Gap | None:
    if known_change >= room.last_change:
        return None
    return Gap(room.pk, known_change, 0, room.last_change - known_change)


def _gap_of(participant: Participant, known_change: int | None) -> Gap | None:
    """None when there is nothing to ask for."""
    conversation = participant.conversation
    if known_change is not None:
        if known_change >= conversation.last_change:
            return None
        return Gap(conversation.pk, known_change, participant.joined_seq, conversation.last_change - known_change)
    if participant.read_seq >= conversation.last_seq:
        return None
    seq = max(participant.read_seq, participant.joined_seq)
    return Gap(conversation.pk, 0, seq, conversation.last_seq - seq)


def _messages(gaps: Sequence[Gap], in_all: int) -> list[MessageView]:
    """By conversation and then by change; each once. TooFarBehind beyond `in_all`."""
    # Each gap has at least one message, so more gaps than messages allowed need not be read to be refused.
    if len(gaps) > in_all:
        raise TooFarBehind
    ids: set[int] = set()
    for start in range(0, len(gaps), CHUNK):
        ids |= _ids_in(gaps[start : start + CHUNK], in_all + 1)
        if len(ids) > in_all:
            raise TooFarBehind
    messages = views_in(Message.objects.filter(pk__in=ids)) if ids else []
    return sorted(messages, key=lambda message: (message.conversation_id, message.change))


def _ids_in(gaps: Sequence[Gap], limit: int) -> set[int]:
    """Plain: as one condition for each gap this took longer to put together than to run (docs/decisions/0006)."""
    rows = [gap[:3] for gap in gaps]
    found = fetch(
        f"""
        WITH gap (conversation_id, change, seq) AS (VALUES {value_rows(rows)})
        SELECT DISTINCT message.id FROM gap JOIN messaging_message AS message
            ON message.conversation_id = gap.conversation_id AND message.change > gap.change AND message.seq > gap.seq
        LIMIT %s
        """,
        [*flat(rows), limit],
    )
    return {pk for (pk,) in found}

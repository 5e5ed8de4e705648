"""Cursors: how far somebody received and read. They only move forward.

Whoever does not show how far they read (`User.shows_receipts`) is not told how far others did: docs/decisions/0016. What is
told of a cursor follows the switches as they were read together with it: of those that moved after a switch was committed
nobody is told what it forbids. What a switch overtakes while it is on its way may still be told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import bus
from core.clock import iso_ms, now
from core.errors import Invalid, NotFound
from messaging.events import CursorMoved
from messaging.models import Conversation, Message, Participant
from messaging.services.lookups import Mark, Reader, advance_delivered, locked_behind

CHUNK = 500
SMALL_GROUP = 20
"""People. In larger groups only reading is announced, not arriving."""


def mark_delivered(*, user: User, conversation_id: int, seq: int) -> None:
    """Everything up to `seq` reached one of the person's devices. Nothing where they take no part."""
    mark_delivered_many([(user.pk, conversation_id, seq)])


def mark_delivered_many(marks: Iterable[Mark]) -> None:
    """The same for many at once. At most four queries per 500 marks.

    Marks that move nothing cost no write. One transaction per 500, so that none holds many for long; each locks participations
    in id order.
    """
    wanted: dict[tuple[int, int], int] = {}
    for user_id, conversation_id, seq in marks:
        wanted[user_id, conversation_id] = max(seq, wanted.get((user_id, conversation_id), 0))
    rest = iter(sorted((*place, seq) for place, seq in wanted.items()))
    while some := list(islice(rest, CHUNK)):
        with transaction.atomic():
            _deliver(some)


def _deliver(marks: list[Mark]) -> None:
    moved = locked_behind(marks)
    if not moved:
        return
    wanted = {(user_id, conversation_id): seq for user_id, conversation_id, seq in marks}
    reached = {row.participant_id: min(wanted[row.user_id, row.conversation_id], row.last_seq) for row in moved}
    advance_delivered(list(reached.items()))
    small = _small_groups({row.conversation_id for row in moved if row.kind == Conversation.Kind.GROUP})
    hidden = _unshown_readers(small)
    for row in moved:
        if row.kind == Conversation.Kind.PRIVATE or row.conversation_id in small:
            row = row._replace(delivered_seq=reached[row.participant_id])
            _announce(row, has_arrived=True, hidden_from=hidden.get(row.conversation_id, ()))


def _small_groups(conversation_ids: set[int]) -> set[int]:
    """Where a receipt of everyone to everyone is worth its price, which is the square of the group."""
    if not conversation_ids:
        return set()
    rows = Participant.objects.filter(conversation_id__in=conversation_ids, left_at=None).order_by()
    sizes = rows.values("conversation_id").annotate(size=Count("pk")).filter(size__lte=SMALL_GROUP)
    return set(sizes.values_list("conversation_id", flat=True))


def _tells_arrivals(conversation: Conversation) -> bool:
    """Where it does not, an arrival that is told would tell that somebody read."""
    return conversation.kind == Conversation.Kind.PRIVATE or bool(_small_groups({conversation.pk}))


def _unshown_readers(conversation_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Who takes part in these without showing how far they read, by conversation. One query, none for none."""
    found: dict[int, tuple[int, ...]] = {}
    if conversation_ids:
        rows = _in_hiding().filter(conversation_id__in=conversation_ids)
        for conversation_id, user_id in rows.values_list("conversation_id", "user_id"):
            found[conversation_id] = (*found.get(conversation_id, ()), user_id)
    return found


def _in_hiding() -> QuerySet[Participant]:
    return Participant.objects.filter(left_at=None, user__shows_receipts=False)


def mark_read(*, actor: User, conversation_id: int, seq: int) -> Participant:
    """The actor has read everything up to `seq`, which is delivered thereby. Answers the cursors as they now are.

    NotFound where they take no part, Invalid beyond the last message. Going backwards changes nothing.
    Locks the participation.
    """
    with transaction.atomic():
        rows = _locked_participants().filter(conversation_id=conversation_id, user=actor, left_at=None)
        participant = rows.first()
        if participant is None:
            raise NotFound
        if seq > participant.conversation.last_seq:
            raise Invalid.field("seq", _("There is no such message yet."))
        if seq > participant.read_seq:
            _read(participant, seq)
        return participant


def _read(participant: Participant, seq: int) -> None:
    has_arrived = seq > participant.delivered_seq and _tells_arrivals(participant.conversation)
    participant.read_seq = seq
    participant.delivered_seq = max(participant.delivered_seq, seq)
    if participant.own_after_read:
        own = Message.objects.filter(conversation_id=participant.conversation_id, seq__gt=seq, sender_id=participant.user_id)
        participant.own_after_read = own.count()
    participant.save(update_fields=["read_seq", "delivered_seq", "own_after_read"])
    reader = _reader(participant)
    asks = reader.shows_reading and participant.is_beside_hidden  # type: ignore[attr-defined]
    hidden = _unshown_readers([reader.conversation_id]) if asks else {}
    _announce(reader, has_arrived=has_arrived, hidden_from=hidden.get(reader.conversation_id, ()))


def _locked_participants() -> QuerySet[Participant]:
    """With `is_beside_hidden`: whether anybody there hides how far they read."""
    rows = Participant.objects.select_for_update(of=("self",), no_key=True)
    hidden = Exists(_in_hiding().filter(conversation_id=OuterRef("conversation_id")))
    return rows.select_related("user", "conversation__user_low", "conversation__user_high").annotate(is_beside_hidden=hidden)


def _reader(participant: Participant) -> Reader:
    conversation = participant.conversation
    people = (participant.user, conversation.user_low, conversation.user_high)
    return Reader(
        participant_id=participant.pk,
        conversation_id=conversation.pk,
        user_id=participant.user_id,
        delivered_seq=participant.delivered_seq,
        read_seq=participant.read_seq,
        username=participant.user.username,
        shows_reading=all(person.shows_receipts for person in people if person),
        kind=conversation.kind,
        user_low_id=conversation.user_low_id,
        user_high_id=conversation.user_high_id,
        last_seq=conversation.last_seq,
    )


def _announce(reader: Reader, *, has_arrived: bool, hidden_from: tuple[int, ...]) -> None:
    """To both people of a private conversation, the reader's other devices included; to a group's listeners. To the reader's
    devices alone if others may not even know that something moved.
    """
    event = CursorMoved(
        conversation_id=reader.conversation_id,
        user_id=reader.user_id,
        username=reader.username,
        delivered_seq=reader.delivered_seq,
        read_seq=reader.read_seq,
        at=iso_ms(now()),
        has_arrived=has_arrived,
        shows_reading=bool(reader.shows_reading),
        hidden_from=hidden_from,
    )
    if not (has_arrived or reader.shows_reading):
        bus.publish(bus.user_address(reader.user_id), event)
        return
    if reader.kind != Conversation.Kind.PRIVATE:
        bus.publish(bus.conversation_address(reader.conversation_id), event)
        return
    for user_id in (reader.user_low_id, reader.user_high_id):
        if user_id is not None:
            bus.publish(bus.user_address(user_id), event)

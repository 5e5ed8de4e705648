"""Cursors move forward only, and announce when they move."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.errors import Invalid, NotFound
from messaging import selectors, services
from messaging.events import CursorMoved
from messaging.models import Participant
from messaging.services import receipts
from messaging.services.lookups import Mark
from tests.conftest import make_user
from tests.messaging.sending import group_of, into, room, say

pytestmark = pytest.mark.django_db


def cursors(user: User, conversation_id: int) -> tuple[int, int]:
    row = Participant.objects.get(user=user, conversation_id=conversation_id)
    return row.delivered_seq, row.read_seq


def status(message: Any) -> str:
    """As its sender sees it."""
    return selectors.status_of(message, selectors.private_cursors(message.conversation_id, viewer_id=message.sender_id))


def unread(user: User) -> list[int]:
    return [summary.unread for summary in selectors.conversations_of(user)]


def test_a_message_is_sent_then_delivered_then_read(alice: User, bob: User, captured_events: Any) -> None:
    message = say(bob, alice)
    assert status(message) == "sent"
    with captured_events() as heard:
        services.mark_delivered(user=bob, conversation_id=message.conversation_id, seq=1)
        assert status(message) == "delivered"
        services.mark_read(actor=bob, conversation_id=message.conversation_id, seq=1)
    assert status(message) == "read"
    assert {address for address, _event in heard} == {f"user.{alice.pk}", f"user.{bob.pk}"}
    moves = [event for address, event in heard if address == f"user.{alice.pk}"]
    assert all(isinstance(event, CursorMoved) and event.username == "bob" for event in moves)
    assert [(event.delivered_seq, event.read_seq) for event in moves] == [(1, 0), (1, 1)]


def test_what_was_noted_stays_noted_when_a_later_portion_fails(
    alice: User, bob: User, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages, deliver = [say(bob, alice), say(charlie, alice)], receipts._deliver

    def fail_on_second(marks: list[Mark]) -> None:
        deliver(marks)
        if marks[0][1] == messages[1].conversation_id:
            raise OperationalError

    monkeypatch.setattr(receipts, "CHUNK", 1)
    monkeypatch.setattr(receipts, "_deliver", fail_on_second)
    marks = [(person.pk, message.conversation_id, 1) for person, message in zip((bob, charlie), messages, strict=True)]
    with pytest.raises(OperationalError):
        services.mark_delivered_many(marks)
    assert [status(message) for message in messages] == ["delivered", "sent"]


def test_cursors_never_move_back_and_then_say_nothing(alice: User, bob: User, captured_events: Any) -> None:
    for _n in range(3):
        message = say(bob, alice)
    pk = message.conversation_id
    services.mark_read(actor=bob, conversation_id=pk, seq=2)
    with captured_events() as heard:
        row = services.mark_read(actor=bob, conversation_id=pk, seq=1)
        services.mark_delivered(user=bob, conversation_id=pk, seq=2)
    assert (row.delivered_seq, row.read_seq) == cursors(bob, pk) == (2, 2)
    assert heard == []


def test_nothing_is_read_that_was_not_said(alice: User, bob: User) -> None:
    pk = say(bob, alice).conversation_id
    with pytest.raises(Invalid):
        services.mark_read(actor=bob, conversation_id=pk, seq=2)
    services.mark_delivered(user=bob, conversation_id=pk, seq=10**12)
    assert cursors(bob, pk) == (1, 0)


def test_only_participants_have_cursors(alice: User, bob: User, charlie: User) -> None:
    pk = say(bob, alice).conversation_id
    for conversation_id in (pk, 10**9, room().pk):
        with pytest.raises(NotFound):
            services.mark_read(actor=charlie, conversation_id=conversation_id, seq=0)
        services.mark_delivered(user=charlie, conversation_id=conversation_id, seq=1)
    assert not Participant.objects.filter(user=charlie).exists()


def test_unread_counts_what_others_said_after_the_last_read(alice: User, bob: User) -> None:
    pk = say(bob, alice).conversation_id
    say(bob, alice)
    assert (unread(alice), unread(bob)) == ([0], [2])
    say(alice, bob)
    assert (unread(alice), unread(bob)) == ([1], [2]), "answering is not reading, and one's own is never unread"
    services.mark_read(actor=bob, conversation_id=pk, seq=1)
    assert unread(bob) == [1]
    services.mark_read(actor=bob, conversation_id=pk, seq=2)
    assert unread(bob) == [0]
    say(alice, bob)
    assert (unread(alice), unread(bob)) == ([2], [0])
    assert cursors(alice, pk) == (2, 2)
    services.mark_read(actor=alice, conversation_id=pk, seq=4)
    say(alice, bob)
    assert (unread(alice), unread(bob)) == ([1], [0])


def test_reading_in_a_group_is_told_to_the_group(alice: User, bob: User, captured_events: Any) -> None:
    group = group_of(alice, bob)
    services.post_message(into(group.conversation, alice))
    with captured_events() as heard:
        services.mark_delivered(user=bob, conversation_id=group.conversation_id, seq=1)
        services.mark_read(actor=bob, conversation_id=group.conversation_id, seq=1)
    assert [address for address, _event in heard] == [f"conversation.{group.conversation_id}"] * 2


def test_arriving_in_a_large_group_is_stored_and_not_told(
    alice: User, bob: User, captured_events: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("messaging.services.receipts.SMALL_GROUP", 1)
    group = group_of(alice, bob)
    services.post_message(into(group.conversation, alice))
    with captured_events() as heard:
        services.mark_delivered(user=bob, conversation_id=group.conversation_id, seq=1)
    assert heard == []
    assert cursors(bob, group.conversation_id) == (1, 0)


def test_many_marks_cost_as_few_queries_as_one(alice: User, bob: User) -> None:
    people = [make_user(f"m{n}") for n in range(12)]
    marks = [(person.pk, say(person, alice).conversation_id, 1) for person in people]

    def queries(some: list[tuple[int, int, int]]) -> int:
        with CaptureQueriesContext(connection) as captured:
            services.mark_delivered_many(some)
        return len(captured)

    assert queries(marks[:1]) == queries(marks[1:] + marks[1:])
    assert {cursors(person, pk) for person, (_user, pk, _seq) in zip(people, marks, strict=True)} == {(1, 0)}

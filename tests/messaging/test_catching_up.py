"""What somebody missed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.clock import now
from groups import services as groups
from messaging import catching_up, services
from messaging.catching_up import LITTLE, Absence, Changes, TooFarBehind, changed_since, changed_since_many
from messaging.message_view import view_of, views_in
from messaging.models import Message
from messaging.selectors import changes_after, recently_changed, whole
from tests.conftest import make_user
from tests.messaging.sending import group_of, into, room, say

pytestmark = pytest.mark.django_db


def test_what_changed_since_a_change_edits_and_deletions_included(alice: User, bob: User) -> None:
    first, second, third = (say(bob, alice, text) for text in ("one", "two", "three"))
    pk = first.conversation_id
    services.edit_message(actor=alice, message_id=first.id, content="uno")
    services.delete_message(actor=alice, message_id=third.id)
    changes = changed_since(bob.pk, {pk: 1})
    assert [(message.seq, message.change, message.content) for message in changes.messages] == [
        (2, 2, "two"),
        (1, 4, "uno"),
        (3, 5, ""),
    ]
    assert changes.last_change == {pk: 5}
    assert changes_after(pk, 1) == changes.messages
    assert changed_since(bob.pk, {pk: 5}).messages == changes_after(pk, 5) == []
    assert second.change == 2


def test_a_conversation_not_named_starts_at_the_last_read_message(alice: User, bob: User) -> None:
    message = say(bob, alice, "read")
    services.mark_read(actor=bob, conversation_id=message.conversation_id, seq=1)
    say(bob, alice, "missed")
    assert [missed.content for missed in changed_since(bob.pk, {}).messages] == ["missed"]


def test_only_what_one_may_see(alice: User, bob: User, charlie: User) -> None:
    private, public = say(bob, alice), room()
    services.post_message(into(public, alice, "in the room"))
    group = group_of(alice, bob)
    services.post_message(into(group.conversation, alice, "before charlie"))
    groups.add_member(actor=alice, group_id=group.pk, username="charlie")
    services.post_message(into(group.conversation, alice, "after charlie"))
    groups.remove_member(actor=alice, group_id=group.pk, username="bob")
    since = {private.conversation_id: 0, public.pk: 0, group.conversation_id: 0, 10**9: 0}
    assert [message.content for message in changed_since(charlie.pk, since).messages] == ["after charlie"]
    assert [message.content for message in changed_since(bob.pk, since).messages] == ["hi"]
    in_room = changed_since(charlie.pk, since, rooms=[public.pk, private.conversation_id])
    assert [message.content for message in in_room.messages] == ["in the room", "after charlie"]


def test_of_a_room_not_named_nothing_is_said(alice: User) -> None:
    """Whoever is in it hears it: what is heard at this moment must not pass for told already."""
    public = room()
    services.post_message(into(public, alice, "heard"))
    (together,) = changed_since_many([Absence(alice.pk, {}, [public.pk])])
    assert together == changed_since(alice.pk, {}, rooms=[public.pk]) == Changes([], {})
    assert changed_since(alice.pk, {public.pk: 1}, rooms=[public.pk]) == Changes([], {public.pk: 1})


def test_what_is_said_between_the_two_looks_fails_nobody(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    look = catching_up._missed

    def look_and_say(absences: Sequence[Absence]) -> list[catching_up.Missed]:
        found = look(absences)
        say(bob, alice, "at this moment")
        return found

    monkeypatch.setattr(catching_up, "LITTLE", 2)
    say(bob, alice)
    pk = say(bob, alice).conversation_id
    monkeypatch.setattr(catching_up, "_missed", look_and_say)
    assert changed_since_many([Absence(bob.pk, {pk: 0})]) == [None]


def test_too_far_behind(alice: User, bob: User, charlie: User) -> None:
    for _n in range(3):
        pk = say(bob, alice).conversation_id
    say(bob, charlie)
    assert len(changed_since(bob.pk, {pk: 0}, per_conversation=3, in_all=4).messages) == 4
    with pytest.raises(TooFarBehind):
        changed_since(bob.pk, {pk: 0}, per_conversation=2)
    with pytest.raises(TooFarBehind):
        changed_since(bob.pk, {pk: 0}, in_all=3)
    with pytest.raises(TooFarBehind):
        changed_since(bob.pk, {}, in_all=1)


def test_fifty_conversations_cost_what_one_costs(alice: User, bob: User) -> None:
    say(alice, bob)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            changed_since(alice.pk, {})
        return len(captured)

    one = queries()
    for n in range(50):
        say(alice, make_user(f"m{n}"))
    assert len(changed_since(alice.pk, {}).messages) == 51
    assert queries() == one


def test_what_changed_lately(alice: User, bob: User) -> None:
    before = now() - timedelta(minutes=1)
    message = say(bob, alice)
    public = room()
    rows = {row.conversation_id: row for row in recently_changed(before)}
    assert set(rows[message.conversation_id].user_ids) == {alice.pk, bob.pk}
    assert rows[message.conversation_id].last_change == 1
    assert rows[public.pk].user_ids == ()
    assert recently_changed(now() + timedelta(minutes=1)) == []


def test_many_at_once_hear_what_each_alone_would(alice: User, bob: User, charlie: User) -> None:
    """Of one conversation some know more than others, some by change and some only by what they read."""
    group, public = group_of(alice, bob, charlie), room()
    said = [services.post_message(into(group.conversation, alice, text)).message for text in ("one", "two", "three")]
    services.mark_read(actor=charlie, conversation_id=group.conversation.pk, seq=2)
    services.edit_message(actor=alice, message_id=said[0].id, content="uno")
    services.post_message(into(public, alice, "in the room"))
    say(bob, alice, "to bob alone")
    pk = group.conversation.pk
    absences = [
        Absence(bob.pk, {pk: 2}),
        Absence(bob.pk, {pk: 4}),
        Absence(bob.pk, {}),
        Absence(charlie.pk, {}),
        Absence(charlie.pk, {pk: 0, public.pk: 0}, [public.pk]),
        Absence(alice.pk, {pk: 10**9, 10**9: 1}),
    ]
    alone = [changed_since(absence.user_id, absence.since, rooms=absence.rooms) for absence in absences]
    assert changed_since_many(absences) == alone
    assert [message.content for message in alone[0].messages] == ["three", "uno", "to bob alone"]
    assert [message.content for message in alone[3].messages] == ["three"], "the edit is of what charlie has read"
    assert [message.content for message in alone[4].messages][-1:] == ["in the room"]


def test_who_may_have_missed_a_lot_is_asked_for_alone(alice: User, bob: User, charlie: User) -> None:
    for _n in range(LITTLE + 1):
        pk = say(bob, alice).conversation_id
    say(charlie, alice, "little")
    much, little = changed_since_many([Absence(bob.pk, {pk: 0}), Absence(charlie.pk, {})])
    assert much is None
    assert isinstance(little, Changes)
    assert [message.content for message in little.messages] == ["little"]
    (near,) = changed_since_many([Absence(bob.pk, {pk: LITTLE})])
    assert isinstance(near, Changes)
    assert len(near.messages) == 1


def test_many_at_once_cost_what_one_costs(alice: User, bob: User) -> None:
    people = [make_user(f"m{n}") for n in range(20)]
    for person in people:
        say(person, alice)

    def queries(number: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            changed_since_many([Absence(person.pk, {}) for person in people[:number]])
        return len(captured)

    assert queries(1) == queries(20)


def test_a_view_is_the_same_however_the_message_was_read(alice: User, bob: User, charlie: User) -> None:
    gone = make_user("gone")
    say(bob, alice, "private")
    say(gone, alice, "to somebody who left")
    say(alice, gone, "from somebody who left")
    services.post_message(into(group_of(alice, bob).conversation, bob, "in a group"))
    services.post_message(into(room(), charlie, "in a room"))
    services.delete_message(actor=alice, message_id=say(bob, alice).id)
    gone.delete()
    messages = Message.objects.order_by("pk")
    assert views_in(messages) == [view_of(message) for message in whole(messages)]

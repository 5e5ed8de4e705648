"""What somebody missed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.clock import now
from groups import services as groups
from messaging import services
from messaging.catching_up import TooFarBehind, changed_since
from messaging.selectors import changes_after, recently_changed
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

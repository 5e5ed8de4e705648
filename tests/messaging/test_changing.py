"""Editing and taking back."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import services as accounts
from accounts.models import User
from core.errors import Conflict, Forbidden, Invalid, NotFound
from groups import services as groups
from messaging import services
from messaging.events import MessageChanged
from messaging.models import Conversation, Message
from tests.messaging.sending import group_of, into, room, say

pytestmark = pytest.mark.django_db


def test_an_edit_keeps_the_place_and_moves_the_change(alice: User, bob: User, captured_events: Any) -> None:
    first, second = say(bob, alice, "one"), say(alice, bob, "two")
    with captured_events() as heard:
        edited = services.edit_message(actor=alice, message_id=first.id, content="uno", origin="socket-1")
    assert (edited.content, edited.seq, edited.change) == ("uno", 1, 3)
    assert edited.edited_at
    assert sorted(heard, key=lambda told: told[0]) == [
        (f"user.{person.pk}", MessageChanged(message=edited, origin="socket-1")) for person in (alice, bob)
    ]
    conversation = Conversation.objects.get()
    assert (conversation.last_seq, conversation.last_change) == (second.seq, 3)


def test_the_same_text_again_changes_nothing(alice: User, bob: User, captured_events: Any) -> None:
    message = say(bob, alice, "one")
    with captured_events() as heard:
        assert services.edit_message(actor=alice, message_id=message.id, content="one") == message
    assert heard == []


def test_a_deleted_message_keeps_only_its_place(alice: User, bob: User, captured_events: Any) -> None:
    message = say(bob, alice, "secret")
    with captured_events() as heard:
        deleted = services.delete_message(actor=alice, message_id=message.id)
        again = services.delete_message(actor=alice, message_id=message.id)
    assert (deleted.content, deleted.deleted, deleted.seq, deleted.change) == ("", True, 1, 2)
    assert again == deleted
    assert len(heard) == 2, "one change, told to both people"
    assert "secret" not in str(Message.objects.values().get())
    with pytest.raises(Conflict):
        services.edit_message(actor=alice, message_id=message.id, content="back")


def test_who_is_blocked_changes_nothing_of_what_they_wrote_but_may_take_it_back(
    alice: User, bob: User, charlie: User, captured_events: Any
) -> None:
    blocked, own, elsewhere = say(bob, alice, "hello"), say(alice, bob, "no"), say(charlie, alice, "hi")
    together = services.post_message(into(group_of(bob, alice).conversation, alice, "all of you")).message
    accounts.block(actor=bob, username="alice")
    with captured_events() as heard, pytest.raises(NotFound):
        services.edit_message(actor=alice, message_id=blocked.id, content="you cannot get rid of me")
    assert heard == []
    for actor, message in ((bob, own), (alice, elsewhere), (alice, together)):
        assert services.edit_message(actor=actor, message_id=message.id, content="edited").content == "edited"
    assert services.delete_message(actor=alice, message_id=blocked.id).deleted


def test_only_ones_own_and_only_what_one_sees(alice: User, bob: User, charlie: User) -> None:
    message = say(bob, alice)
    for act in (services.delete_message, lambda **who: services.edit_message(content="x", **who)):
        with pytest.raises(Forbidden):
            act(actor=bob, message_id=message.id)
        with pytest.raises(NotFound):
            act(actor=charlie, message_id=message.id)
        with pytest.raises(NotFound):
            act(actor=alice, message_id=10**9)
    assert Message.objects.get().content == "hi"


@pytest.mark.parametrize("content", ["", "  ", "x" * 8001, "\x00"])
def test_a_bad_edit(alice: User, bob: User, content: str) -> None:
    message = say(bob, alice)
    with pytest.raises(Invalid):
        services.edit_message(actor=alice, message_id=message.id, content=content)
    assert Message.objects.get().edited_at is None


def test_who_left_a_group_changes_nothing_there(alice: User, bob: User) -> None:
    group = group_of(alice, bob)
    message = services.post_message(into(group.conversation, bob)).message
    groups.leave(actor=bob, group_id=group.pk)
    with pytest.raises(NotFound):
        services.delete_message(actor=bob, message_id=message.id)


def test_staff_take_out_of_rooms_and_of_nowhere_else(alice: User, bob: User, staff: User, captured_events: Any) -> None:
    public = room()
    said = services.post_message(into(public, None, "spam")).message
    private = say(bob, alice)
    with captured_events() as heard:
        assert services.remove_room_message(actor=staff, message_id=said.id).deleted
    assert [address for address, _event in heard] == [f"conversation.{public.pk}"]
    with pytest.raises(NotFound):
        services.remove_room_message(actor=staff, message_id=private.id)
    with pytest.raises(Forbidden):
        services.remove_room_message(actor=alice, message_id=said.id)

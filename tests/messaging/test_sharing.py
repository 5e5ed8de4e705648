"""Who may read a file because of a message."""

from __future__ import annotations

import pytest

from accounts.models import User
from core.errors import Invalid
from groups import services as groups
from messaging import services
from messaging.models import FileShare
from messaging.selectors import file_shared_with
from tests.messaging.sending import file_of, group_of, into, room, say

pytestmark = pytest.mark.django_db


def test_an_attached_file_is_shared_and_described(alice: User, bob: User, charlie: User) -> None:
    file = file_of(alice)
    message = say(bob, alice, "", file_id=str(file.pk))
    assert message.file is not None
    assert (message.file.file_id, message.file.filename, message.file.size) == (str(file.pk), "notes.txt", 10)
    assert message.file.url.endswith(f"/files/{file.pk}")
    assert [file_shared_with(file, person) for person in (bob, charlie)] == [True, False]


@pytest.mark.parametrize("text", ["{id}", "see http://testserver/files/{id}!", "{ID}"])
def test_a_file_named_in_the_text_is_shared_by_its_owner(alice: User, bob: User, charlie: User, text: str) -> None:
    file = file_of(alice)
    content = text.format(id=file.pk, ID=str(file.pk).upper())
    say(charlie, bob, content)
    assert not file_shared_with(file, charlie), "naming another's file shares nothing"
    say(bob, alice, content)
    assert file_shared_with(file, bob)


def test_a_file_one_may_not_read_cannot_be_sent(alice: User, bob: User, charlie: User) -> None:
    file = file_of(alice)
    with pytest.raises(Invalid):
        say(charlie, bob, file_id=str(file.pk))
    with pytest.raises(Invalid):
        services.post_message(into(room(), None, file_id=str(file.pk)))
    assert not FileShare.objects.exists()


def test_a_file_one_was_given_can_be_passed_on(alice: User, bob: User, charlie: User) -> None:
    file = file_of(alice)
    say(bob, alice, "", file_id=str(file.pk))
    say(charlie, bob, "", file_id=str(file.pk))
    assert file_shared_with(file, charlie)


def test_in_a_group_only_who_sees_the_message_reads_the_file(alice: User, bob: User, charlie: User) -> None:
    group, file = group_of(alice, bob), file_of(alice)
    services.post_message(into(group.conversation, alice, "", file_id=str(file.pk)))
    groups.add_member(actor=alice, group_id=group.pk, username="charlie")
    assert [file_shared_with(file, person) for person in (bob, charlie)] == [True, False]
    groups.remove_member(actor=alice, group_id=group.pk, username="bob")
    assert not file_shared_with(file, bob)


def test_a_public_room_shares_with_nobody(alice: User, bob: User) -> None:
    file = file_of(alice)
    message = services.post_message(into(room(), alice, str(file.pk), file_id=str(file.pk))).message
    assert message.file is not None
    assert not FileShare.objects.exists()


def test_taking_a_message_back_takes_its_file_back(alice: User, bob: User) -> None:
    attached, named = file_of(alice), file_of(alice)
    message = say(bob, alice, "look", file_id=str(attached.pk))
    services.edit_message(actor=alice, message_id=message.id, content=f"also {named.pk}")
    assert [file_shared_with(file, bob) for file in (attached, named)] == [True, True]
    services.edit_message(actor=alice, message_id=message.id, content="only the first")
    assert [file_shared_with(file, bob) for file in (attached, named)] == [True, False]
    services.delete_message(actor=alice, message_id=message.id)
    assert not file_shared_with(attached, bob)


def test_many_names_in_one_text_are_bounded(alice: User, bob: User) -> None:
    file = file_of(alice)
    noise = " ".join(f"00000000-0000-4000-8000-{n:012d}" for n in range(100))
    say(bob, alice, f"{noise} {file.pk}")
    assert not file_shared_with(file, bob), "only the first fifty are looked at"


def test_a_deleted_file_leaves_the_message(alice: User, bob: User) -> None:
    file = file_of(alice)
    message = say(bob, alice, "look", file_id=str(file.pk))
    file.delete()
    assert services.edit_message(actor=alice, message_id=message.id, content="gone").file is None

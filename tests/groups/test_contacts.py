"""Who may see whether somebody is here."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import services as accounts
from accounts.models import User
from core.clock import now
from groups.contacts import LARGEST_GROUP, contacts_of, contacts_of_people, may_see
from groups.models import ChatGroup, Membership
from messaging.drafts import PrivateDraft
from messaging.models import Conversation
from messaging.services import post_message

pytestmark = pytest.mark.django_db


def write(sender: User, recipient: User) -> None:
    post_message(PrivateDraft(actor_id=sender.pk, actor_name=sender.username, recipient=recipient.username, content="hi"))


def make_group(*people: User) -> None:
    conversation = Conversation.objects.create(kind="group", changed_at=now(), created_at=now())
    group = ChatGroup.objects.create(name="film club", conversation=conversation, created_at=now())
    Membership.objects.bulk_create(Membership(group=group, user=person, joined_at=now()) for person in people)


def make_crowd(number: int) -> list[User]:
    return User.objects.bulk_create(
        User(username=f"fan{n}", username_key=f"fan{n}", email=f"fan{n}@example.com", email_key=f"fan{n}@example.com")
        for n in range(number)
    )


def test_people_who_wrote_to_each_other_see_each_other(alice: User, bob: User, charlie: User) -> None:
    assert contacts_of(alice.pk) == {}
    write(alice, bob)
    assert contacts_of(alice.pk) == {bob.pk: "bob"}
    assert contacts_of(bob.pk) == {alice.pk: "alice"}
    assert contacts_of(charlie.pk) == {}


def test_people_of_a_small_group_do_too_but_not_of_a_large_one(alice: User, bob: User) -> None:
    crowd = make_crowd(LARGEST_GROUP)
    make_group(alice, *crowd[: LARGEST_GROUP - 1])
    make_group(bob, *crowd)
    assert len(contacts_of(alice.pk)) == LARGEST_GROUP - 1
    assert contacts_of(bob.pk) == {}


def test_people_who_block_each_other_never_do(alice: User, bob: User) -> None:
    write(alice, bob)
    accounts.block(actor=bob, username="alice")
    assert contacts_of(alice.pk) == contacts_of(bob.pk) == {}


def test_the_deactivated_are_nobodys_contacts(alice: User, bob: User) -> None:
    write(alice, bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert contacts_of(alice.pk) == {}


def test_many_peoples_contacts_are_those_of_each(
    alice: User, bob: User, charlie: User, staff: User, django_assert_num_queries: Any
) -> None:
    crowd = make_crowd(LARGEST_GROUP + 5)
    make_group(*crowd[:LARGEST_GROUP], alice)
    make_group(*crowd[:3], charlie, bob)
    make_group(*crowd[2:6], bob, staff)
    for sender, recipient in ((alice, bob), (charlie, alice), (crowd[0], crowd[50]), (crowd[1], crowd[51])):
        write(sender, recipient)
    accounts.block(actor=bob, username="charlie")
    accounts.block(actor=crowd[3], username="fan4")
    for gone in (crowd[2], crowd[50]):
        User.objects.filter(pk=gone.pk).update(is_active=False)
    everybody = [alice, bob, charlie, staff, *crowd[:2], *crowd[3:50], *crowd[51:]]
    with django_assert_num_queries(3):
        found = contacts_of_people([person.pk for person in everybody])
    assert found == {person.pk: frozenset(contacts_of(person.pk)) for person in everybody}
    assert len(found[bob.pk]) == 7
    assert contacts_of_people([]) == {}


def test_names_are_taken_as_people_write_them(alice: User, bob: User, charlie: User, django_assert_num_queries: Any) -> None:
    write(alice, bob)
    with django_assert_num_queries(1):
        assert may_see(alice.pk, ["BOB", "charlie", "nobody", "Alice"]) == {"BOB": bob.pk, "Alice": alice.pk}
    assert may_see(alice.pk, ["Bob", "bob"]) == {"Bob": bob.pk, "bob": bob.pk}, "one person in two spellings"
    assert may_see(alice.pk, []) == {}

"""Who comes in, who goes, who decides."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from accounts.models import Block, User
from core.errors import Conflict, Forbidden, Invalid, NotFound
from groups import selectors, services
from groups.events import MembershipChanged
from groups.models import ChatGroup, Membership
from messaging.models import Conversation, Message, Participant
from messaging.services import post_message
from tests.conftest import make_user
from tests.messaging.sending import group_of, in_threads, into

pytestmark = pytest.mark.django_db


def roles(group: ChatGroup) -> dict[str, str]:
    return {member.user.username: member.role for member in selectors.members_of(group)}


def make_admin(group: ChatGroup, person: User) -> None:
    Membership.objects.filter(group=group, user=person).update(role="admin")


def test_the_maker_owns_the_group(alice: User, captured_events: Any) -> None:
    with captured_events() as heard:
        membership = services.create_group(actor=alice, name="  film club ", description="films")
    group = membership.group
    assert (group.name, group.description, group.created_by, roles(group)) == ("film club", "films", alice, {"alice": "owner"})
    event = MembershipChanged(
        group_id=group.pk, conversation_id=group.conversation_id, user_id=alice.pk, username="alice", is_member=True,
        joined_change=0,
    )  # fmt: skip
    assert heard == [(f"user.{alice.pk}", event), (f"conversation.{group.conversation_id}", event)]
    assert (group.conversation.subject, group.conversation.kind) == (str(group.pk), "group")


@pytest.mark.parametrize(
    ("name", "description", "field"),
    [
        ("", "", "name"),
        ("  ", "", "name"),
        ("x" * 101, "", "name"),
        ("\x00", "", "name"),
        ("x", "x" * 501, "description"),
        ("x", "\ud800", "description"),
    ],
)
def test_bad_names(alice: User, name: str, description: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.create_group(actor=alice, name=name, description=description)
    assert list(refused.value.errors or {}) == [field]
    assert not Conversation.objects.exists()


def test_who_cannot_be_added(alice: User, bob: User, charlie: User) -> None:
    group = group_of(alice, bob)
    Block.objects.create(blocker=charlie, blocked=alice)
    make_user("sleeper", is_active=False)
    refusals = []
    for name in ("nobody", "charlie", "sleeper", "\x00"):
        with pytest.raises(NotFound) as refused:
            services.add_member(actor=alice, group_id=group.pk, username=name)
        refusals.append(str(refused.value.detail))
    assert len(set(refusals)) == 1
    with pytest.raises(Conflict):
        services.add_member(actor=alice, group_id=group.pk, username="BOB")


def test_a_newcomer_begins_with_the_next_message(alice: User, bob: User, captured_events: Any) -> None:
    group = group_of(alice)
    post_message(into(group.conversation, alice, "before"))
    with captured_events() as heard:
        services.add_member(actor=alice, group_id=group.pk, username="bob")
    assert [address for address, _event in heard] == [f"user.{bob.pk}", f"conversation.{group.conversation_id}"]
    row = Participant.objects.get(user=bob)
    assert (row.joined_seq, row.delivered_seq, row.read_seq) == (1, 1, 1)


def test_who_comes_back_begins_anew(alice: User, bob: User) -> None:
    group = group_of(alice, bob)
    post_message(into(group.conversation, alice, "while bob was here"))
    services.leave(actor=bob, group_id=group.pk)
    post_message(into(group.conversation, alice, "while bob was away"))
    services.add_member(actor=alice, group_id=group.pk, username="bob")
    row = Participant.objects.get(user=bob)
    assert (row.joined_seq, row.read_seq, row.left_at) == (2, 2, None)


def test_who_may_remove_whom(alice: User, bob: User, charlie: User) -> None:
    dora, stranger = make_user("dora"), make_user("stranger")
    group = group_of(alice, bob, charlie, dora)
    make_admin(group, bob)
    make_admin(group, dora)

    def remove(actor: User, username: str) -> None:
        services.remove_member(actor=actor, group_id=group.pk, username=username)

    for actor, username in ((bob, "alice"), (bob, "dora"), (charlie, "bob"), (charlie, "alice")):
        with pytest.raises(Forbidden):
            remove(actor, username)
    for actor, username in ((stranger, "bob"), (alice, "stranger"), (alice, "nobody"), (alice, "\ud800")):
        with pytest.raises(NotFound):
            remove(actor, username)
    with pytest.raises(Forbidden):
        services.add_member(actor=charlie, group_id=group.pk, username="stranger")
    services.add_member(actor=bob, group_id=group.pk, username="stranger")
    remove(bob, "Stranger")
    remove(charlie, "charlie")
    remove(alice, "dora")
    assert roles(group) == {"alice": "owner", "bob": "admin"}


def test_a_leaving_owner_hands_over_to_the_longest_standing_admin_first(alice: User, bob: User, charlie: User) -> None:
    group = group_of(alice, bob, charlie)
    make_admin(group, charlie)
    services.leave(actor=alice, group_id=group.pk)
    assert roles(group) == {"bob": "member", "charlie": "owner"}
    services.leave(actor=charlie, group_id=group.pk)
    assert roles(group) == {"bob": "owner"}
    services.leave(actor=bob, group_id=group.pk)
    assert roles(group) == {}
    with pytest.raises(NotFound):
        services.leave(actor=bob, group_id=group.pk)


def test_a_deleted_owner_is_followed_by_the_longest_standing(alice: User, bob: User, charlie: User) -> None:
    group = group_of(alice, bob, charlie)
    alice.delete()
    with pytest.raises(Forbidden):
        services.remove_member(actor=charlie, group_id=group.pk, username="bob")
    services.remove_member(actor=bob, group_id=group.pk, username="charlie")
    assert roles(group) == {"bob": "owner"}


def test_going_is_told_and_ends_posting(alice: User, bob: User, captured_events: Any) -> None:
    group = group_of(alice, bob)
    with captured_events() as heard:
        services.remove_member(actor=alice, group_id=group.pk, username="bob")
    assert {event.is_member for _address, event in heard} == {False}
    assert [address for address, _event in heard] == [f"user.{bob.pk}", f"conversation.{group.conversation_id}"]
    with pytest.raises(NotFound):
        services.post_to_group(actor=bob, group_id=group.pk, content="still here")
    with pytest.raises(NotFound):
        selectors.group_conversation(bob.pk, group.pk)
    assert Participant.objects.get(user=bob).left_at is not None


def test_posting_by_group_id(alice: User, bob: User, charlie: User) -> None:
    group = group_of(alice, bob)
    posted = services.post_to_group(actor=bob, group_id=group.pk, content="hi", client_id="c1", origin="socket-1")
    assert (posted.message.group_id, posted.message.sender) == (group.pk, "bob")
    for group_id in (group.pk, 10**9):
        with pytest.raises(NotFound):
            services.post_to_group(actor=charlie, group_id=group_id, content="hi")


def test_which_conversations_people_follow(alice: User, bob: User, charlie: User) -> None:
    one, two = group_of(alice, bob), group_of(alice)
    assert selectors.conversations_of_people([alice.pk, bob.pk, charlie.pk]) == {
        alice.pk: {one.conversation_id: (one.pk, 0), two.conversation_id: (two.pk, 0)},
        bob.pk: {one.conversation_id: (one.pk, 0)},
    }


def test_staff_may_empty_and_delete(alice: User, bob: User, staff: User, captured_events: Any) -> None:
    group = group_of(alice, bob)
    theirs = Membership.objects.get(user=bob)
    for refused in (
        lambda: services.expel(actor=alice, membership_id=theirs.pk),
        lambda: services.delete_group(actor=alice, group_id=group.pk),
    ):
        with pytest.raises(Forbidden):
            refused()
    services.expel(actor=staff, membership_id=theirs.pk)
    assert roles(group) == {"alice": "owner"}
    with captured_events() as heard:
        services.delete_group(actor=staff, group_id=group.pk)
    assert f"user.{alice.pk}" in [address for address, _event in heard]
    assert not Conversation.objects.exists()
    assert not ChatGroup.objects.exists()
    with pytest.raises(NotFound):
        services.expel(actor=staff, membership_id=theirs.pk)


@pytest.mark.django_db(transaction=True)
def test_adding_the_same_person_in_eight_threads_adds_them_once(alice: User, bob: User) -> None:
    group = group_of(alice)

    def add() -> str:
        try:
            services.add_member(actor=alice, group_id=group.pk, username="bob")
        except Conflict:
            return "conflict"
        return "added"

    assert sorted(in_threads([add] * 8)) == ["added"] + ["conflict"] * 7
    assert roles(group) == {"alice": "owner", "bob": "member"}


@pytest.mark.django_db(transaction=True)
def test_while_everyone_leaves_at_once_there_is_one_owner_at_a_time(alice: User) -> None:
    people = [make_user(f"m{n}") for n in range(5)]
    group = group_of(alice, *people)
    in_threads([partial(services.leave, actor=person, group_id=group.pk) for person in (alice, *people[:4])])
    assert roles(group) == {"m4": "owner"}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_said_after_being_put_out(alice: User, bob: User) -> None:
    """However posting and removal interleave, what bob said comes before his going."""
    group = group_of(alice, bob)

    def post() -> None:
        with suppress(NotFound):
            services.post_to_group(actor=bob, group_id=group.pk, content="hi")

    jobs: list[Any] = [post] * 6
    jobs.insert(3, partial(services.remove_member, actor=alice, group_id=group.pk, username="bob"))
    in_threads(jobs)
    left_at = Participant.objects.get(user=bob).left_at
    assert left_at is not None
    stored = list(Message.objects.filter(conversation=group.conversation).order_by("id").values_list("seq", flat=True))
    assert stored == list(range(1, len(stored) + 1))
    with pytest.raises(NotFound):
        services.post_to_group(actor=bob, group_id=group.pk, content="too late")

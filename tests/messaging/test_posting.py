"""The write primitive: sequence, change, batches, retries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Block, User
from core.errors import ApiError, BadToken, Conflict, Invalid, NotFound
from groups import services as groups
from messaging import services
from messaging.events import MessagePosted
from messaging.message_view import Posted
from messaging.models import Conversation, Message, Participant
from messaging.services.batch import Batch
from tests.conftest import make_user
from tests.messaging.sending import group_of, in_threads, into, room, say, to

pytestmark = pytest.mark.django_db


def refusals(answers: list[Posted | ApiError]) -> list[str]:
    return [answer.error if isinstance(answer, ApiError) else "" for answer in answers]


def test_a_first_message_makes_the_conversation_and_both_people_hear(alice: User, bob: User, captured_events: Any) -> None:
    with captured_events() as heard:
        posted = services.post_message(to("BOB", alice, "hello", origin="socket-1", message_type="greeting"))
    message = posted.message
    assert (message.sender, message.recipient, message.content) == ("alice", "bob", "hello")
    assert (message.seq, message.change, message.kind, message.verified) == (1, 1, "private", True)
    assert message.message_type == "greeting"
    assert sorted(heard) == sorted(
        (f"user.{person.pk}", MessagePosted(message=message, origin="socket-1")) for person in (alice, bob)
    )
    assert Participant.objects.filter(conversation_id=message.conversation_id).count() == 2


def test_both_directions_are_one_conversation(alice: User, bob: User) -> None:
    messages = [say(bob, alice), say(alice, bob), say(bob, alice)]
    assert [message.seq for message in messages] == [1, 2, 3]
    assert Conversation.objects.count() == 1


def test_a_message_of_a_failed_transaction_is_not_announced(alice: User, bob: User, monkeypatch: Any) -> None:
    announced: list[Any] = []
    monkeypatch.setattr("core.announcer.announce", lambda *args: announced.append(args))
    with transaction.atomic():
        say(bob, alice)
        transaction.set_rollback(True)
    assert announced == []
    assert not Message.objects.exists()


def test_who_cannot_be_written_to(alice: User, bob: User, charlie: User) -> None:
    gone = make_user("gone")
    gone.delete()
    make_user("sleeper", is_active=False)
    Block.objects.create(blocker=charlie, blocked=alice)
    drafts = [to(name, alice) for name in ("nobody", "gone", "sleeper", "charlie", "alice", "ALICE", "bob")]
    answers = services.post_messages(drafts)
    assert refusals(answers) == ["not_found"] * 4 + ["invalid"] * 2 + [""]
    texts = {str(answer.detail) for answer in answers[:4] if isinstance(answer, ApiError)}
    assert len(texts) == 1, "unknown, deleted, deactivated and blocking people look alike"
    assert Conversation.objects.count() == 1


def test_one_may_write_to_whom_one_blocks_not_the_other_way_round(alice: User, bob: User) -> None:
    Block.objects.create(blocker=alice, blocked=bob)
    say(bob, alice)
    with pytest.raises(NotFound):
        say(alice, bob)


def test_a_gone_or_deactivated_sender_is_refused(alice: User, bob: User, charlie: User) -> None:
    gone = to("bob", charlie)
    charlie.delete()
    User.objects.filter(pk=alice.pk).update(is_active=False)
    answers = services.post_messages([gone, to("bob", alice), to("alice", bob)])
    assert [type(answer) for answer in answers] == [BadToken, BadToken, NotFound]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"content": ""}, "content"),
        ({"content": " \n\t "}, "content"),
        ({"content": "x" * 8001}, "content"),
        ({"content": "a\x00b"}, "content"),
        ({"content": "a\ud800b"}, "content"),
        ({"message_type": "x" * 33}, "message_type"),
        ({"message_type": ""}, "message_type"),
        ({"content_type": "x" * 101}, "content_type"),
        ({"content_type": "a\x00"}, "content_type"),
        ({"client_id": "x" * 65}, "client_id"),
        ({"client_id": ""}, "client_id"),
        ({"file_id": "no-uuid"}, "file_id"),
        ({"file_id": "00000000-0000-4000-8000-000000000000"}, "file_id"),
        ({"reply_to": 2**70}, "reply_to"),
        ({"reply_to": 0}, "reply_to"),
        ({"reply_to": 99_999}, "reply_to"),
        ({"movie_time": float("nan")}, "movie_time"),
        ({"movie_time": -1.0}, "movie_time"),
    ],
)
def test_bad_fields_are_named_and_store_nothing(alice: User, bob: User, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        say(bob, alice, **{"content": "hi", **more})
    assert list(refused.value.errors or {}) == [field]
    assert not Message.objects.exists()
    assert not Conversation.objects.exists(), "what is refused leaves no empty conversation behind"


def test_a_recipient_who_cannot_be_a_name(alice: User) -> None:
    answers = services.post_messages([to(name, alice) for name in ("", "a\x00b", "\ud800", "x" * 5000)])
    assert refusals(answers) == ["invalid", "invalid", "invalid", "not_found"]


def test_content_is_stored_as_it_came(alice: User, bob: User, settings: Any) -> None:
    text = "  <script>alert(1)</script> 你好 👩‍👩‍👧 \u202eabc\n"
    assert say(bob, alice, text).content == text
    settings.LIMIT_CONTENT_CHARS = 0
    assert len(say(bob, alice, "x" * 20_000).content) == 20_000


def test_a_bad_draft_never_fails_the_others(alice: User, bob: User) -> None:
    group, public = group_of(bob), room()
    answers = services.post_messages(
        [
            to("bob", alice, "one"),
            to("nobody", alice),
            into(group.conversation, alice),
            into(public, None, "from a guest"),
            to("bob", alice, ""),
            into(Conversation(pk=10**9), alice),
            to("bob", alice, "two"),
            into(public, alice, "three"),
        ]
    )
    assert refusals(answers) == ["", "not_found", "not_found", "", "invalid", "not_found", "", ""]
    stored = [answer.message for answer in answers if isinstance(answer, Posted)]
    assert [(message.kind, message.seq) for message in stored] == [
        ("private", 1),
        ("room", 1),
        ("private", 2),
        ("room", 2),
    ]
    assert stored[1].room_id == "movie-1"
    assert (stored[1].sender, stored[1].sender_id, stored[1].verified) == ("guest", None, False)
    assert stored[3].verified


def test_nobody_posts_into_a_private_conversation_by_its_id(alice: User, bob: User) -> None:
    conversation = Conversation.objects.get(pk=say(bob, alice).conversation_id)
    with pytest.raises(NotFound):
        services.post_message(into(conversation, alice))


def test_group_messages_go_to_the_conversation_and_need_membership(
    alice: User, bob: User, charlie: User, captured_events: Any
) -> None:
    group = group_of(alice, bob)
    with captured_events() as heard:
        answers = services.post_messages(
            [into(group.conversation, bob), into(group.conversation, charlie), into(group.conversation, None)]
        )
    assert refusals(answers) == ["", "not_found", "not_found"]
    assert [address for address, _event in heard] == [f"conversation.{group.conversation_id}"]
    assert heard[0][1].message.group_id == group.pk


def test_a_reply_stays_in_its_conversation_and_after_ones_joining(alice: User, bob: User, charlie: User) -> None:
    group = group_of(alice)
    early = services.post_message(into(group.conversation, alice)).message
    groups.add_member(actor=alice, group_id=group.pk, username="bob")
    late = services.post_message(into(group.conversation, alice)).message
    elsewhere = say(charlie, bob)
    assert services.post_message(into(group.conversation, bob, reply_to=late.id)).message.reply_to == late.id
    answers = services.post_messages([into(group.conversation, bob, reply_to=pk) for pk in (early.id, elsewhere.id)])
    assert refusals(answers) == ["invalid", "invalid"]
    assert services.post_message(into(group.conversation, alice, reply_to=early.id)).message.reply_to == early.id


def test_an_empty_batch() -> None:
    assert services.post_messages([]) == []


# Retries --------------------------------------------------------------------------------------------------------------


def test_a_retry_answers_the_first_message_and_announces_nothing(alice: User, bob: User, captured_events: Any) -> None:
    first = services.post_message(to("bob", alice, "once", client_id="c1"))
    services.edit_message(actor=alice, message_id=first.message.id, content="edited")
    with captured_events() as heard:
        again = services.post_message(to("Bob", alice, "once", client_id="c1"))
    assert (first.duplicate, again.duplicate) == (False, True)
    assert (again.message.id, again.message.content) == (first.message.id, "edited")
    assert heard == []
    assert Message.objects.count() == 1


def test_a_retry_is_answered_even_when_the_send_would_be_refused_by_now(alice: User, bob: User) -> None:
    first = services.post_message(to("bob", alice, client_id="c1"))
    Block.objects.create(blocker=bob, blocked=alice)
    assert services.post_message(to("bob", alice, client_id="c1")).message.id == first.message.id


@pytest.mark.parametrize("change", [{"content": "other"}, {"message_type": "other"}, {"recipient": "charlie"}])
def test_the_same_client_id_with_another_body_conflicts(alice: User, bob: User, charlie: User, change: dict[str, Any]) -> None:
    services.post_message(to("bob", alice, client_id="c1"))
    body = {"recipient": "bob", "content": "hi", **change}
    with pytest.raises(Conflict):
        services.post_message(to(body.pop("recipient"), alice, client_id="c1", **body))
    assert Message.objects.count() == Conversation.objects.count() == 1


def test_client_ids_belong_to_their_sender(alice: User, bob: User) -> None:
    public = room()
    services.post_message(to("bob", alice, client_id="c1"))
    services.post_message(to("alice", bob, client_id="c1"))
    for _time in range(2):
        services.post_message(into(public, None, client_id="c1"))
    assert Message.objects.count() == 4


def test_a_client_id_twice_in_one_batch(alice: User, bob: User) -> None:
    answers = services.post_messages(
        [
            to("nobody", alice, client_id="c1"),
            to("bob", alice, "one", client_id="c1"),
            to("bob", alice, "two", client_id="c2"),
            to("bob", alice, "one", client_id="c1"),
            to("bob", alice, "another", client_id="c1"),
        ]
    )
    assert refusals(answers) == ["not_found", "", "", "", "conflict"]
    one, again = answers[1], answers[3]
    assert isinstance(one, Posted)
    assert isinstance(again, Posted)
    assert (one.message.id, again.duplicate) == (again.message.id, True)
    assert Message.objects.count() == 2


def test_a_race_that_only_the_constraint_sees_is_settled_item_by_item(alice: User, bob: User, monkeypatch: Any) -> None:
    """Another process stored the same client_id after this batch had looked for it."""
    first = services.post_message(to("bob", alice, client_id="c1"))
    look, looked = Batch._answer_retries, []

    def look_too_early(batch: Batch) -> None:
        looked.append(len(batch.items))
        if len(looked) > 1:
            look(batch)

    monkeypatch.setattr(Batch, "_answer_retries", look_too_early)
    answers = services.post_messages([to("bob", alice, client_id="c1"), to("bob", alice, "two", client_id="c2")])
    assert looked == [2, 1, 1]
    assert [answer.duplicate for answer in answers if isinstance(answer, Posted)] == [True, False]
    assert isinstance(answers[0], Posted)
    assert answers[0].message.id == first.message.id
    assert Message.objects.count() == 2


# Order, at once -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_eight_writers_leave_no_gap_and_no_double(alice: User, bob: User, charlie: User) -> None:
    """The first messages make the conversation too: all eight meet at its constraint."""
    group = group_of(charlie, alice, bob)

    def writer(number: int) -> Any:
        actor, other = ((alice, "bob"), (bob, "alice"))[number % 2]

        def write() -> None:
            for n in range(10):
                answers = services.post_messages(
                    [to(other, actor, client_id=f"p{number}.{n}"), into(group.conversation, actor, f"{number}.{n}")]
                )
                assert refusals(answers) == ["", ""]

        return write

    in_threads([writer(number) for number in range(8)])
    assert Conversation.objects.filter(kind="private").count() == 1
    for conversation in Conversation.objects.all():
        rows = list(Message.objects.filter(conversation=conversation).order_by("id").values_list("seq", "change"))
        assert rows == [(n, n) for n in range(1, 81)], "sequence order is commit order, without gaps"
        assert (conversation.last_seq, conversation.last_change) == (80, 80)


@pytest.mark.django_db(transaction=True)
def test_the_same_send_in_eight_threads_is_stored_once(alice: User, bob: User) -> None:
    draft = to("bob", alice, "once", client_id="c1")
    answers = in_threads([lambda: services.post_message(draft)] * 8)
    assert len({answer.message.id for answer in answers}) == 1
    assert sorted(answer.duplicate for answer in answers) == [False] + [True] * 7
    assert Message.objects.count() == 1


# Cost -----------------------------------------------------------------------------------------------------------------


def queries_of(drafts: list[Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert set(refusals(services.post_messages(drafts))) == {""}
    return len(captured)


def test_the_number_of_queries_depends_neither_on_listeners_nor_on_the_size_of_the_batch(alice: User, bob: User) -> None:
    small, large = group_of(alice, name="small"), group_of(alice, name="large")
    crowd = User.objects.bulk_create(
        User(username=f"m{n}", username_key=f"m{n}", email=f"m{n}@x.org", email_key=f"m{n}@x.org") for n in range(1000)
    )
    for group, people in ((small, crowd[:10]), (large, crowd)):
        at = group.created_at
        Participant.objects.bulk_create(
            Participant(conversation=group.conversation, user=user, joined_at=at) for user in people
        )
    assert queries_of([into(small.conversation, alice)]) == queries_of([into(large.conversation, alice)])
    assert queries_of([into(small.conversation, alice)]) == queries_of([into(small.conversation, alice)] * 30)
    assert queries_of([to("bob", alice)]) >= queries_of([to("bob", alice)] * 30), "the first makes the conversation"
    assert queries_of([to(user.username, alice) for user in crowd[:2]]) == queries_of(
        [to(user.username, alice) for user in crowd[2:14]]
    )

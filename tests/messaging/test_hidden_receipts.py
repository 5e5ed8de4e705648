"""Who does not show how far they read: nobody is told of it, and they are not told of others. Arriving is told as ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import update_profile
from groups import services as groups
from messaging import selectors, services
from messaging.events import CursorMoved
from messaging.message_view import MessageView
from tests.conftest import make_user
from tests.messaging.sending import group_of, into, say

pytestmark = pytest.mark.django_db

Api = Callable[..., APIClient]
Heard = list[tuple[str, Any]]


def hide(user: User) -> None:
    update_profile(actor=user, shows_receipts=False)


def show(user: User) -> None:
    update_profile(actor=user, shows_receipts=True)


def status(message: MessageView, viewer: User) -> str:
    return selectors.status_of(message, selectors.private_cursors(message.conversation_id, viewer_id=viewer.pk))


def read(reader: User, message: MessageView) -> None:
    services.mark_read(actor=reader, conversation_id=message.conversation_id, seq=message.seq)


def deliver(reader: User, message: MessageView) -> None:
    services.mark_delivered(user=reader, conversation_id=message.conversation_id, seq=message.seq)


def told_to(user: User, heard: Heard) -> list[CursorMoved]:
    return [event for address, event in heard if address == f"user.{user.pk}"]


@pytest.fixture(params=["reader", "writer"])
def who_hides(request: pytest.FixtureRequest, alice: User, bob: User) -> User:
    """bob reads what alice writes, and one of them does not show receipts: it is the same."""
    user = {"reader": bob, "writer": alice}[request.param]
    hide(user)
    return user


# Announced ------------------------------------------------------------------------------------------------------------


def test_reading_is_announced_to_ones_own_devices_alone(alice: User, bob: User, who_hides: User, captured_events: Any) -> None:
    message = say(bob, alice)
    with captured_events() as heard:
        deliver(bob, message)
    assert [(event.has_arrived, event.may_be_seen_by(alice.pk)) for event in told_to(alice, heard)] == [(True, False)]
    with captured_events() as heard:
        read(bob, message)
    assert [(event.delivered_seq, event.read_seq) for event in told_to(bob, heard)] == [(1, 1)]
    assert told_to(alice, heard) == []
    show(who_hides)
    message = say(bob, alice)
    with captured_events() as heard:
        read(bob, message)
    assert [(event.read_seq, event.may_be_seen_by(alice.pk)) for event in told_to(alice, heard)] == [(2, True)]


def test_what_is_read_before_it_arrived_is_told_to_have_arrived(
    alice: User, bob: User, who_hides: User, captured_events: Any
) -> None:
    message = say(bob, alice)
    with captured_events() as heard:
        read(bob, message)
    (event,) = told_to(alice, heard)
    assert (event.delivered_seq, event.has_arrived, event.may_be_seen_by(alice.pk)) == (1, True, False)


def test_a_deleted_person_hides_nothing(alice: User, bob: User, captured_events: Any) -> None:
    message = say(bob, alice)
    hide(alice)
    alice.delete()
    with captured_events() as heard:
        deliver(bob, message)
        read(bob, message)
    assert [event.shows_reading for event in told_to(bob, heard)] == [True, True]


# Asked for ------------------------------------------------------------------------------------------------------------


def test_the_status_of_a_message_follows_the_switches_as_they_are(alice: User, bob: User, who_hides: User) -> None:
    message = say(bob, alice)
    assert status(message, alice) == "sent"
    read(bob, message)
    assert status(message, alice) == "delivered"
    assert status(message, bob) == "read", "to bob it is his own"
    show(who_hides)
    assert status(message, alice) == "read"
    hide(who_hides)
    assert status(message, alice) == "delivered", "what was read before is hidden too"


def test_rest_shows_no_more_than_one_may_know(api: Api, alice: User, bob: User, who_hides: User) -> None:
    sent = {"recipient": "bob", "content": "hi", "client_id": "a"}
    made = api(alice).post("/messages/private", sent, format="json").json()
    reading = api(bob).post(f"/conversations/{made['conversation_id']}/read", {"seq": 1}, format="json").json()
    assert (reading["delivered_seq"], reading["read_seq"]) == (1, 1)

    def statuses(viewer: User, other: str) -> list[str]:
        return [item["status"] for item in api(viewer).get(f"/messages/private/{other}").json()]

    assert statuses(alice, "bob") == ["delivered"]
    assert statuses(bob, "alice") == ["read"]
    assert api(alice).post("/messages/private", sent, format="json").json()["status"] == "delivered", "to a retry too"
    (mine,), (theirs,) = (api(person).get("/conversations").json() for person in (bob, alice))
    assert (mine["read_seq"], mine["unread"]) == (1, 0), "one's own devices agree"
    assert (theirs["read_seq"], theirs["unread"]) == (1, 0), "the writer's own cursor, not bob's"
    assert "status" not in theirs["last_message"]


# Groups ---------------------------------------------------------------------------------------------------------------


def test_reading_in_a_group_is_told_to_those_who_show_it_themselves(
    alice: User, bob: User, charlie: User, captured_events: Any
) -> None:
    group = group_of(alice, bob, charlie, make_user("gone"))
    gone = User.objects.get(username="gone")
    hide(bob)
    hide(gone)
    groups.remove_member(actor=alice, group_id=group.pk, username="gone")
    message = services.post_message(into(group.conversation, alice)).message
    with captured_events() as heard:
        for person in (bob, charlie):
            deliver(person, message)
            read(person, message)
    everyone = f"conversation.{group.conversation_id}"
    told = [(address, event.username, event.has_arrived, event.shows_reading) for address, event in heard]
    assert told == [
        (everyone, "bob", True, False),
        (f"user.{bob.pk}", "bob", False, False),
        (everyone, "charlie", True, True),
        (everyone, "charlie", False, True),
    ]
    assert {event.hidden_from for _address, event in heard if event.username == "charlie"} == {(bob.pk,)}


# What it costs --------------------------------------------------------------------------------------------------------


def test_reading_at_once_in_a_large_group_tells_no_arrival_that_would_give_it_away(
    alice: User, bob: User, charlie: User, captured_events: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.services.receipts.SMALL_GROUP", 2)
    group = group_of(alice, bob, charlie)
    hide(bob)
    message = services.post_message(into(group.conversation, alice)).message
    with captured_events() as heard:
        read(bob, message)
    assert [address for address, _event in heard] == [f"user.{bob.pk}"], "for his own devices"
    with captured_events() as heard:
        read(charlie, message)
    ((_address, event),) = heard
    assert (event.has_arrived, event.may_be_seen_by(alice.pk), event.may_be_seen_by(bob.pk)) == (False, True, False)


def test_who_hides_is_asked_for_only_where_somebody_does(alice: User, bob: User, charlie: User) -> None:
    hide(charlie)
    open_group, other = group_of(alice, bob), group_of(alice, bob, charlie)

    def queries(group: Any) -> int:
        message = services.post_message(into(group.conversation, alice)).message
        with CaptureQueriesContext(connection) as captured:
            read(bob, message)
        return len(captured)

    assert queries(other) == queries(open_group) + 1


def test_arriving_in_many_groups_costs_as_few_queries_as_in_one(alice: User, bob: User, charlie: User) -> None:
    said = [services.post_message(into(group_of(alice, bob, charlie).conversation, alice)).message for _n in range(6)]
    hide(charlie)

    def queries(messages: list[MessageView]) -> int:
        with CaptureQueriesContext(connection) as captured:
            services.mark_delivered_many([(bob.pk, message.conversation_id, message.seq) for message in messages])
        return len(captured)

    assert queries(said[:1]) == queries(said[1:])

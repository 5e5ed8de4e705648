"""What staff see of groups and room messages, and that their actions go through the services."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from groups.models import ChatGroup, Membership
from messaging.models import Message
from messaging.services import post_message
from tests.conftest import PASSWORD, make_user
from tests.messaging.sending import group_of, into, room, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def back_office(client: Client, staff: User) -> Client:
    assert client.login(username="staff", password=PASSWORD)
    return client


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def act(client: Client, path: str, action: str, pks: list[int]) -> Any:
    return client.post(path, {"action": action, "_selected_action": pks, "post": "yes"}, follow=True)


def test_lists_open_with_as_many_queries_for_ten_rows_as_for_three(back_office: Client, alice: User) -> None:
    public = room()

    def grow(names: range) -> None:
        for n in names:
            person = make_user(f"m{n}")
            group_of(person, alice)
            post_message(into(public, person))

    paths = ["/admin/groups/chatgroup/", "/admin/groups/membership/", "/admin/messaging/message/"]
    grow(range(3))
    for path in paths:
        back_office.get(path)
    few = [queries(back_office, path) for path in paths]
    grow(range(3, 10))
    assert [queries(back_office, path) for path in paths] == few
    for path in paths:
        assert back_office.get(f"{path}?q=m1").status_code == 200


def test_a_group_page_shows_members_and_not_messages(back_office: Client, alice: User, bob: User) -> None:
    group = group_of(alice, bob)
    post_message(into(group.conversation, bob, "between us"))
    page = back_office.get(f"/admin/groups/chatgroup/{group.pk}/change/").content.decode()
    assert "alice" in page
    assert "bob" in page
    assert "between us" not in page


def test_putting_somebody_out(back_office: Client, alice: User, bob: User, captured_events: Any) -> None:
    group = group_of(alice, bob)
    theirs = Membership.objects.get(user=bob)
    with captured_events() as heard:
        act(back_office, "/admin/groups/membership/", "expel", [theirs.pk])
    assert f"user.{bob.pk}" in [address for address, _event in heard]
    assert list(Membership.objects.filter(group=group).values_list("user", flat=True)) == [alice.pk]


def test_deleting_groups_tells_their_members(back_office: Client, alice: User, captured_events: Any) -> None:
    one, two = group_of(alice), group_of(alice)
    with captured_events() as heard:
        back_office.post(f"/admin/groups/chatgroup/{one.pk}/delete/", {"post": "yes"})
        act(back_office, "/admin/groups/chatgroup/", "delete_selected", [two.pk])
    assert not ChatGroup.objects.exists()
    assert len([event for address, event in heard if address == f"user.{alice.pk}"]) == 2


def test_only_room_messages_are_listed_and_taken_out(
    back_office: Client, alice: User, bob: User, captured_events: Any
) -> None:
    private = say(bob, alice, "between us")
    public = post_message(into(room(), bob, "spam")).message
    page = back_office.get("/admin/messaging/message/").content.decode()
    assert "spam" in page
    assert "between us" not in page
    assert back_office.get(f"/admin/messaging/message/{private.id}/change/").status_code == 302
    with captured_events() as heard:
        act(back_office, "/admin/messaging/message/", "take_out", [public.id, private.id])
    assert [event.message.deleted for _address, event in heard] == [True]
    assert Message.objects.get(pk=private.id).deleted_at is None


def test_nobody_else_gets_in(client: Client, alice: User) -> None:
    client.login(username="alice", password=PASSWORD)
    for path in ("/admin/groups/chatgroup/", "/admin/messaging/message/"):
        assert client.get(path).status_code == 302

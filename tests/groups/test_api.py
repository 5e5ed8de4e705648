"""Groups over REST: shapes, and what each kind of person may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from groups import services
from groups.models import ChatGroup
from messaging.models import Message
from messaging.services import post_message
from tests.assertions import TIME_MS, assert_error
from tests.conftest import make_user
from tests.messaging.sending import group_of, into

pytestmark = pytest.mark.django_db

Api = Callable[..., APIClient]


def test_making_a_group(api: Api, alice: User) -> None:
    response = api(alice).post("/groups", {"name": "film club", "description": "films"}, format="json")
    assert response.status_code == 200
    item = response.json()
    assert {key: type(item[key]) for key in ("id", "name", "description", "created_at", "created_by")} == {
        "id": int,
        "name": str,
        "description": str,
        "created_at": str,
        "created_by": str,
    }
    assert (item["name"], item["description"], item["created_by"]) == ("film club", "films", "alice")
    assert (item["role"], item["member_count"]) == ("owner", 1)
    assert TIME_MS.match(item["created_at"])
    assert api(alice).get("/groups").json() == [item]
    assert api(alice).get(f"/groups/{item['id']}").json() == item
    assert api(alice).post("/groups", {"name": "no words"}, format="json").json()["description"] == ""


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\x00"}, "name"),
        ({"name": "x", "description": []}, "description"),
        ({"name": "x", "description": "x" * 501}, "description"),
    ],
)
def test_bad_groups(api: Api, alice: User, body: dict[str, Any], field: str) -> None:
    assert_error(api(alice).post("/groups", body, format="json"), 400, "invalid", field=field)
    assert not ChatGroup.objects.exists()


def test_messages_of_a_group(api: Api, alice: User, bob: User) -> None:
    group = group_of(alice, bob)
    path = f"/groups/{group.pk}/messages"
    assert api(alice).get(path).json() == []
    body = {"content": "hello", "message_type": "greeting", "client_id": "c1"}
    said = api(bob).post(path, body, format="json")
    assert said.status_code == 200
    item = said.json()
    assert {key: type(item[key]) for key in ("id", "content", "sender", "timestamp", "message_type")} == {
        "id": int,
        "content": str,
        "sender": str,
        "timestamp": str,
        "message_type": str,
    }
    assert (item["content"], item["sender"], item["message_type"], item["group_id"]) == (
        "hello",
        "bob",
        "greeting",
        group.pk,
    )
    assert TIME_MS.match(item["timestamp"])
    assert api(bob).get(path).json() == [item]
    assert api(alice).get(path).json() == [{**item, "client_id": None}]
    assert api(bob).post(path, body, format="json").json()["id"] == item["id"]
    assert_error(api(bob).post(path, {**body, "content": "other"}, format="json"), 409, "conflict")


def test_history_begins_with_joining_and_comes_in_pages(api: Api, alice: User, bob: User) -> None:
    group = group_of(alice)
    post_message(into(group.conversation, alice, "before"))
    services.add_member(actor=alice, group_id=group.pk, username="bob")
    ids = [post_message(into(group.conversation, alice, str(n))).message.id for n in range(55)]
    path = f"/groups/{group.pk}/messages"
    page = api(bob).get(path)
    assert [item["content"] for item in page.json()] == [str(n) for n in range(5, 55)]
    assert f"before={ids[5]}" in page.headers["Link"]
    older = api(bob).get(f"{path}?before={ids[5]}")
    assert [item["content"] for item in older.json()] == [str(n) for n in range(5)]
    assert_error(api(bob).get(f"{path}?limit=x"), 400, "invalid")


def test_members(api: Api, alice: User, bob: User, charlie: User) -> None:
    group = group_of(alice)
    path = f"/groups/{group.pk}/members"
    added = api(alice).post(path, {"username": "BOB"}, format="json")
    assert added.status_code == 200
    assert {key: added.json()[key] for key in ("username", "role", "user_id")} == {
        "username": "bob",
        "role": "member",
        "user_id": bob.pk,
    }
    assert TIME_MS.match(added.json()["joined_at"])
    assert [item["username"] for item in api(bob).get(path).json()] == ["alice", "bob"]
    assert_error(api(alice).post(path, {"username": "bob"}, format="json"), 409, "conflict")
    assert_error(api(alice).post(path, {"username": "nobody"}, format="json"), 404, "not_found")
    for body in ({}, {"username": ""}, {"username": 4}, {"username": None}):
        assert_error(api(alice).post(path, body, format="json"), 400, "invalid", field="username")
    assert_error(api(bob).post(path, {"username": "charlie"}, format="json"), 403, "forbidden")
    assert_error(api(bob).delete(f"{path}/alice"), 403, "forbidden")
    removed = api(alice).delete(f"{path}/bob")
    assert (removed.status_code, removed.json()) == (200, added.json())
    assert_error(api(alice).delete(f"{path}/bob"), 404, "not_found")
    assert_error(api(bob).get(f"/groups/{group.pk}"), 404, "not_found")


def test_leaving(api: Api, alice: User, bob: User) -> None:
    group = group_of(alice, bob)
    left = api(alice).post(f"/groups/{group.pk}/leave")
    assert (left.status_code, left.json()["username"]) == (200, "alice")
    assert api(alice).get("/groups").json() == []
    assert api(bob).get(f"/groups/{group.pk}").json()["role"] == "owner"
    assert_error(api(alice).post(f"/groups/{group.pk}/leave"), 404, "not_found")


def test_a_group_one_is_not_in_does_not_exist(api: Api, alice: User, bob: User, charlie: User, staff: User) -> None:
    """The same for a stranger, for staff and for somebody who was in it once."""
    group = group_of(alice, bob, charlie)
    services.leave(actor=charlie, group_id=group.pk)
    post_message(into(group.conversation, alice))
    outside = [api(person) for person in (charlie, staff, make_user("stranger"))]
    calls: list[tuple[str, str, dict[str, str]]] = [
        ("get", "", {}),
        ("get", "/messages", {}),
        ("post", "/messages", {"content": "hi"}),
        ("get", "/members", {}),
        ("post", "/members", {"username": "staff"}),
        ("delete", "/members/bob", {}),
        ("delete", "/members/charlie", {}),
        ("post", "/leave", {}),
    ]
    for method, path, body in calls:
        for client in outside:
            for group_id in (group.pk, 10**9):
                assert_error(getattr(client, method)(f"/groups/{group_id}{path}", body, format="json"), 404, "not_found")
        response = getattr(api(), method)(f"/groups/{group.pk}{path}", body, format="json")
        assert_error(response, 401, "not_authenticated")
    assert Message.objects.count() == 1


def test_lists_cost_a_constant_number_of_queries(api: Api, alice: User, bob: User) -> None:
    group = group_of(alice, bob)
    post_message(into(group.conversation, bob))
    client = api(alice)
    paths = ["/groups", f"/groups/{group.pk}/messages", f"/groups/{group.pk}/members"]

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    for path in paths:
        client.get(path)
    few = [queries(path) for path in paths]
    for n in range(10):
        person = make_user(f"m{n}")
        services.add_member(actor=alice, group_id=group.pk, username=person.username)
        group_of(person, alice)
        post_message(into(group.conversation, alice))
    assert [queries(path) for path in paths] == few

"""Private messages, conversations and one's own messages over REST."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import services as accounts
from accounts.models import Block, User
from messaging import services
from messaging.models import Message
from tests.assertions import TIME_MS, assert_error
from tests.conftest import PASSWORD, make_user
from tests.messaging.sending import file_of, group_of, into, room, say

pytestmark = pytest.mark.django_db

Api = Callable[..., APIClient]
CONTRACT = {"id": int, "content": str, "sender": str, "recipient": str, "timestamp": str, "status": str}


def assert_private(item: dict[str, Any], **expected: Any) -> None:
    for key, kind in CONTRACT.items():
        assert type(item[key]) is kind, key
    assert TIME_MS.match(item["timestamp"])
    assert {key: item[key] for key in expected} == expected


def send(client: APIClient, **body: Any) -> Any:
    return client.post("/messages/private", {"recipient": "bob", "content": "hi", **body}, format="json")


def next_page(response: Any) -> str:
    """The first address of the Link header, without the server."""
    address: str = response.headers["Link"].partition(">")[0].removeprefix("<")
    return address.removeprefix(settings.PUBLIC_URL)


def contents(response: Any) -> list[str]:
    assert response.status_code == 200
    return [item["content"] for item in response.json()]


def test_sending_answers_the_message(api: Api, alice: User, bob: User) -> None:
    response = send(api(alice), content="hello", message_type="greeting", content_type="text/markdown")
    assert response.status_code == 200
    assert_private(
        response.json(),
        content="hello",
        sender="alice",
        recipient="bob",
        status="sent",
        message_type="greeting",
        content_type="text/markdown",
        seq=1,
        change=1,
        file=None,
        reply_to=None,
        client_id=None,
        edited_at=None,
        deleted=False,
    )
    assert (Message.objects.get().message_type, response.json()["conversation_id"] > 0) == ("greeting", True)


def test_defaults(api: Api, alice: User, bob: User) -> None:
    item = send(api(alice), file_id=None, reply_to=None, client_id=None, sender="charlie", nonsense=[1]).json()
    assert_private(item, message_type="text", content_type="text/plain", sender="alice")


def test_a_reply_with_a_file(api: Api, alice: User, bob: User) -> None:
    file = file_of(alice)
    first = say(bob, alice)
    body = {"recipient": "bob", "file_id": str(file.pk), "reply_to": first.id}
    item = api(alice).post("/messages/private", body, format="json").json()
    assert item["content"] == ""
    assert item["reply_to"] == first.id
    assert {key: item["file"][key] for key in ("file_id", "filename", "size")} == {
        "file_id": str(file.pk),
        "filename": "notes.txt",
        "size": 10,
    }
    assert item["file"]["url"].startswith("http")
    assert api(bob).get("/messages/private/alice").json()[-1]["file"] == item["file"]


def test_both_see_what_was_written_oldest_first(api: Api, alice: User, bob: User, charlie: User) -> None:
    say(bob, alice, "one")
    say(alice, bob, "two")
    say(charlie, alice, "not for bob")
    mine, theirs = api(alice).get("/messages/private/bob"), api(bob).get("/messages/private/ALICE")
    assert contents(mine) == contents(theirs) == ["one", "two"]
    assert_private(mine.json()[1], sender="bob", recipient="alice")
    assert contents(api(charlie).get("/messages/private/bob")) == []


def test_listing_makes_a_message_delivered_and_reading_makes_it_read(api: Api, alice: User, bob: User) -> None:
    def status() -> str:
        status: str = api(alice).get("/messages/private/bob").json()[0]["status"]
        return status

    item = send(api(alice)).json()
    assert status() == "sent"
    assert api(bob).get("/messages/private/alice").json()[0]["status"] == "delivered"
    assert status() == "delivered"
    read = api(bob).post(f"/conversations/{item['conversation_id']}/read", {"seq": 1}, format="json")
    assert read.status_code == 200
    assert read.json() == {"conversation_id": item["conversation_id"], "delivered_seq": 1, "read_seq": 1}
    assert status() == "read"


def test_listing_again_announces_nothing(api: Api, alice: User, bob: User, captured_events: Any) -> None:
    say(bob, alice)
    client = api(bob)
    with captured_events() as heard:
        client.get("/messages/private/alice")
    assert len(heard) == 2
    with captured_events() as heard:
        client.get("/messages/private/alice")
    assert heard == []


def test_pages(api: Api, alice: User, bob: User) -> None:
    ids = [say(bob, alice, str(n)).id for n in range(60)]
    client = api(alice)
    newest = client.get("/messages/private/bob")
    assert contents(newest) == [str(n) for n in range(10, 60)]
    assert f"before={ids[10]}" in newest.headers["Link"]
    assert contents(client.get(f"/messages/private/bob?before={ids[10]}")) == [str(n) for n in range(10)]
    assert contents(client.get(f"/messages/private/bob?after={ids[57]}&limit=5")) == ["58", "59"]
    assert contents(client.get("/messages/private/bob?limit=2")) == ["58", "59"]
    assert len(contents(client.get("/messages/private/bob?limit=1000"))) == 60
    for query in ("limit=0", "limit=x", "before=-1", "after=1.5", f"before={2**70}", "before=1&after=2"):
        assert_error(client.get(f"/messages/private/bob?{query}"), 400, "invalid")


def test_link_addresses_survive_any_script(api: Api, alice: User) -> None:
    eva = accounts.register(username="Éva观众", email="eva@example.com", password=PASSWORD)
    for _n in range(2):
        say(eva, alice)
    response = api(alice).get("/messages/private/éva观众?limit=1")
    assert contents(api(alice).get(next_page(response))) == ["hi"]


def test_whose_history_there_is(api: Api, alice: User, bob: User) -> None:
    sleeper, blocker = make_user("sleeper"), make_user("blocker")
    say(sleeper, alice)
    User.objects.filter(pk=sleeper.pk).update(is_active=False)
    Block.objects.create(blocker=blocker, blocked=alice)
    client = api(alice)
    assert contents(client.get("/messages/private/bob")) == []
    assert contents(client.get("/messages/private/blocker")) == []
    assert contents(client.get("/messages/private/alice")) == []
    assert contents(client.get("/messages/private/sleeper")) == ["hi"]
    for name in ("nobody", "%00", "a%2Fb", "%20"):
        assert_error(client.get(f"/messages/private/{name}"), 404, "not_found")


def test_refused_recipients(api: Api, alice: User, bob: User) -> None:
    Block.objects.create(blocker=bob, blocked=alice)
    client = api(alice)
    unknown, blocking = send(client, recipient="nobody"), send(client)
    assert_error(unknown, 404, "not_found")
    assert_error(blocking, 404, "not_found")
    assert unknown.json()["detail"] == blocking.json()["detail"]
    assert_error(send(client, recipient="alice"), 400, "invalid", field="recipient")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"recipient": None}, "recipient"),
        ({"recipient": 7}, "recipient"),
        ({"recipient": ""}, "recipient"),
        ({"recipient": "a\x00"}, "recipient"),
        ({"content": None}, "content"),
        ({"content": ["hi"]}, "content"),
        ({"content": 5}, "content"),
        ({"content": True}, "content"),
        ({"content": "   "}, "content"),
        ({"content": "x" * 8001}, "content"),
        ({"content": "a\x00b"}, "content"),
        ({"message_type": {}}, "message_type"),
        ({"message_type": "x" * 33}, "message_type"),
        ({"content_type": "x" * 101}, "content_type"),
        ({"file_id": 5}, "file_id"),
        ({"file_id": "../../etc/passwd"}, "file_id"),
        ({"reply_to": "first"}, "reply_to"),
        ({"reply_to": 2**70}, "reply_to"),
        ({"reply_to": -1}, "reply_to"),
        ({"client_id": "x" * 65}, "client_id"),
    ],
)
def test_bad_fields(api: Api, alice: User, bob: User, body: dict[str, Any], field: str) -> None:
    assert_error(send(api(alice), **body), 400, "invalid", field=field)
    assert not Message.objects.exists()


def test_bodies_that_are_no_json_object(api: Api, alice: User, bob: User) -> None:
    client = api(alice)
    for data in (b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"[" * 5000, b'{"recipient": "bob", "content": NaN}'):
        response = client.generic("POST", "/messages/private", data, content_type="application/json")
        assert_error(response, 400)
    for body, field in (({}, "recipient"), ({"content": "hi"}, "recipient"), ({"recipient": "bob"}, "content")):
        assert_error(client.post("/messages/private", body, format="json"), 400, "invalid", field=field)
    form = client.generic("POST", "/messages/private", b"recipient=bob&content=hi", "application/x-www-form-urlencoded")
    assert_error(form, 415, "unsupported_media_type")
    assert_error(client.put("/messages/private", {}, format="json"), 405, "method_not_allowed")
    assert not Message.objects.exists()


def test_nobody_without_a_token(api: Api, alice: User, bob: User) -> None:
    message = say(bob, alice)
    for method, path in (
        ("POST", "/messages/private"),
        ("GET", "/messages/private/bob"),
        ("PATCH", f"/messages/{message.id}"),
        ("DELETE", f"/messages/{message.id}"),
        ("GET", "/conversations"),
        ("POST", f"/conversations/{message.conversation_id}/read"),
    ):
        assert_error(api().generic(method, path, b"{}", content_type="application/json"), 401, "not_authenticated")


def test_a_retry_by_key(api: Api, alice: User, bob: User) -> None:
    client = api(alice)
    first, again = send(client, client_id="k1"), send(client, client_id="k1")
    assert first.json() == again.json()
    assert first.json()["client_id"] == "k1"
    assert_error(send(client, client_id="k1", content="other"), 409, "conflict")
    body = json.dumps({"recipient": "bob", "content": "by header"})
    by_header = [
        client.generic("POST", "/messages/private", body, "application/json", headers={"Idempotency-Key": "k2"})
        for _time in range(2)
    ]
    assert by_header[0].json()["id"] == by_header[1].json()["id"]
    assert Message.objects.count() == 2
    assert [item["client_id"] for item in api(bob).get("/messages/private/alice").json()] == [None, None]


def test_sending_too_much_is_429_and_then_possible_again(api: Api, alice: User, bob: User, settings: Any) -> None:
    settings.LIMIT_MESSAGES_PER_SECOND, settings.LIMIT_MESSAGE_BURST = 0.001, 3
    client = api(alice)
    assert [send(client).status_code for _time in range(4)] == [200, 200, 200, 429]
    refused = send(client)
    assert_error(refused, 429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) > 0
    group = group_of(alice)
    assert_error(client.post(f"/groups/{group.pk}/messages", {"content": "hi"}, format="json"), 429)
    assert send(api(bob), recipient="alice").status_code == 200
    settings.LIMIT_MESSAGES_PER_SECOND = 0
    assert send(client).status_code == 200


def test_editing_and_deleting(api: Api, alice: User, bob: User, charlie: User) -> None:
    message = say(bob, alice, "one")
    path = f"/messages/{message.id}"
    edited = api(alice).patch(path, {"content": "uno"}, format="json")
    assert edited.status_code == 200
    assert (edited.json()["content"], edited.json()["recipient"], edited.json()["change"]) == ("uno", "bob", 2)
    assert TIME_MS.match(edited.json()["edited_at"])
    assert_error(api(bob).patch(path, {"content": "x"}, format="json"), 403, "forbidden")
    assert_error(api(bob).delete(path), 403, "forbidden")
    assert_error(api(charlie).delete(path), 404, "not_found")
    for body in ({}, {"content": ""}, {"content": 3}, {"content": None}):
        assert_error(api(alice).patch(path, body, format="json"), 400, "invalid", field="content")
    deleted = api(alice).delete(path).json()
    assert (deleted["content"], deleted["deleted"]) == ("", True)
    assert_error(api(alice).patch(path, {"content": "back"}, format="json"), 409, "conflict")
    assert api(bob).get("/messages/private/alice").json()[0]["deleted"]


def test_a_room_message_can_be_taken_back(api: Api, alice: User) -> None:
    message = services.post_message(into(room(), alice)).message
    assert api(alice).delete(f"/messages/{message.id}").json()["room_id"] == "movie-1"


def test_paths_that_no_id_fits(api: Api, alice: User) -> None:
    client = api(alice)
    for number in ("0", "-1", "1.5", str(2**63), str(2**70), "x", "٣"):
        assert_error(client.delete(f"/messages/{number}"), 404 if number != "private" else 405)
        assert_error(client.post(f"/conversations/{number}/read", {"seq": 0}, format="json"), 404, "not_found")
        assert_error(client.get(f"/groups/{number}"), 404, "not_found")


def test_reading_needs_a_place_and_a_sequence_number(api: Api, alice: User, bob: User, charlie: User) -> None:
    path = f"/conversations/{say(bob, alice).conversation_id}/read"
    for seq in (None, "x", -1, 2, 2**70, 1.5, [1]):
        assert_error(api(bob).post(path, {"seq": seq}, format="json"), 400, "invalid", field="seq")
    assert_error(api(bob).post(path, {}, format="json"), 400, "invalid", field="seq")
    assert_error(api(charlie).post(path, {"seq": 1}, format="json"), 404, "not_found")


def test_the_list_of_conversations(api: Api, alice: User, bob: User, charlie: User) -> None:
    say(alice, bob, "from bob")
    say(alice, bob, "again")
    group = group_of(charlie, alice, name="film club")
    services.post_message(into(group.conversation, charlie, "to the club"))
    quiet = group_of(alice, name="quiet")
    say(charlie, bob, "not alice's")
    items = {item["title"]: item for item in api(alice).get("/conversations").json()}
    assert set(items) == {"bob", "film club", "quiet"}
    private, club = items["bob"], items["film club"]
    assert (private["kind"], private["username"], private["group_id"], private["unread"]) == ("private", "bob", None, 2)
    assert (private["last_message"]["content"], private["last_seq"], private["read_seq"]) == ("again", 2, 0)
    assert (club["kind"], club["username"], club["group_id"], club["unread"]) == ("group", None, group.pk, 1)
    assert (club["id"], club["last_message"]["content"]) == (group.conversation_id, "to the club")
    assert (items["quiet"]["group_id"], items["quiet"]["last_message"]) == (quiet.pk, None)
    assert TIME_MS.match(private["changed_at"])


def test_the_last_changed_conversation_comes_first_and_pages_follow(api: Api, alice: User) -> None:
    people = [make_user(f"m{n}") for n in range(5)]
    for person in people:
        say(alice, person)
    say(people[1], alice)
    client, seen, path = api(alice), [], "/conversations?limit=2"
    while path:
        response = client.get(path)
        seen += [item["username"] for item in response.json()]
        path = next_page(response) if "Link" in response.headers else ""
    assert seen == ["m1", "m4", "m3", "m2", "m0"]
    assert_error(client.get("/conversations?before=999999999"), 404, "not_found")
    assert_error(client.get("/conversations?limit=-1"), 400, "invalid")


def test_a_conversation_outlives_the_other_account(api: Api, alice: User, bob: User) -> None:
    say(alice, bob, "remember me")
    bob.delete()
    (item,) = api(alice).get("/conversations").json()
    assert (item["username"], item["title"]) == (None, "")
    assert (item["last_message"]["sender"], item["last_message"]["content"]) == ("bob", "remember me")


def test_lists_cost_a_constant_number_of_queries(api: Api, alice: User, bob: User) -> None:
    client = api(alice)

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    paths = ["/messages/private/bob", "/conversations"]
    for _n in range(2):
        say(alice, bob)
        client.get(paths[0])
    few = [queries(path) for path in paths]
    for n in range(12):
        say(bob, alice, "", file_id=str(file_of(alice).pk))
        say(alice, make_user(f"m{n}"))
    assert [queries(path) for path in paths] == few

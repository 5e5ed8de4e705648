"""GET /api/rooms/{room_id} and its messages: shapes, paging, what does not exist."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from movies.models import Movie
from rooms import services
from rooms.data import RoomPost
from rooms.models import Room
from tests.assertions import TIME_MS, assert_error
from tests.rooms.conftest import ComeIn

pytestmark = pytest.mark.django_db


def say(room: Room, content: str, who: User | None = None) -> None:
    post = RoomPost(
        room_id=room.room_id,
        user_id=who.pk if who else None,
        username=who.username if who else "",
        guest_name="" if who else "Gast",
        content=content,
        movie_time=1.5,
    )
    services.post_messages([post])


def test_a_room_as_it_is(api: Any, alice: User, movie: Movie, room: Room, come_in: ComeIn) -> None:
    come_in(alice).report(12.5)
    come_in("Gast")
    body = api().get(f"/api/rooms/{room.room_id}").json()
    assert body["status"] == "success"
    told = body["room"]
    timeline, server_time = told.pop("timeline"), told.pop("server_time")
    assert told == {
        "room_id": f"movie-{movie.pk}",
        "kind": "public",
        "name": "",
        "movie_id": movie.pk,
        "title": "Lantern Street",
        "people_count": 2,
        "needs_password": False,
        "starts_at": None,
        "owner": None,
        "control": "hosts",
        "wait": "soft",
        "capacity": None,
        "slow_seconds": 0,
        "role": "guest",
        "may_enter": True,
        "host": {"username": "alice", "verified": True},
        "conversation_id": room.conversation_id,
        "invite_link": None,
        "blocked_words": None,
    }
    assert (timeline["state"], timeline["position"], timeline["set_by"], timeline["rate"]) == ("playing", 12.5, "alice", 1.0)
    assert timeline["at"] <= server_time
    assert timeline["wait_until"] is None


def test_a_room_that_nobody_used_yet(api: Any, movie: Movie, django_assert_max_num_queries: Any) -> None:
    client = api()
    told = client.get(f"/api/rooms/movie-{movie.pk}").json()["room"]
    assert (told["people_count"], told["host"], told["timeline"]["state"]) == (0, None, "idle")
    assert client.get(f"/api/rooms/movie-{movie.pk}/messages").json() == {
        "status": "success", "messages": [], "prev": None, "next": None,
    }  # fmt: skip
    with django_assert_max_num_queries(2):
        assert client.get(f"/api/rooms/movie-{movie.pk}/").status_code == 200


def test_messages_come_oldest_first_with_pages(api: Any, alice: User, room: Room) -> None:
    for number in range(5):
        say(room, f"line {number}", alice if number % 2 else None)
    client, address = api(), f"/api/rooms/{room.room_id}/messages"
    newest = client.get(address, {"limit": 2})
    first = newest.json()
    assert [message["content"] for message in first["messages"]] == ["line 3", "line 4"]
    assert 'rel="prev"' in newest.headers["Link"]
    older = client.get(first["prev"].split("8000", 1)[-1]).json()
    assert [message["content"] for message in older["messages"]] == ["line 1", "line 2"]
    member, guest = first["messages"]
    assert (member["username"], member["verified"], guest["username"], guest["verified"]) == ("alice", True, "Gast", False)
    assert (member["room_id"], member["conversation_id"], member["seq"]) == (room.room_id, room.conversation_id, 4)
    assert (member["message_type"], member["content_type"], member["movie_time"]) == ("text", "text/plain", 1.5)
    assert (member["file"], member["reply_to"], member["edited_at"]) == (None, None, None)
    assert TIME_MS.match(member["timestamp"])


def test_a_long_history_costs_no_more_queries(api: Any, alice: User, room: Room, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        say(room, f"line {number}", alice)
    with django_assert_max_num_queries(2):
        assert len(api().get(f"/api/rooms/{room.room_id}/messages").json()["messages"]) == 12


@pytest.mark.parametrize("suffix", ["", "/messages"])
@pytest.mark.parametrize("room_id", ["movie-0", "movie-999", f"movie-{2**70}", "movie-1%00", "lobby", "电影-1", "movie-%2e"])
def test_unknown_rooms(api: Any, room_id: str, suffix: str) -> None:
    assert_error(api().get(f"/api/rooms/{room_id}{suffix}"), 404, "not_found")


def test_the_room_of_an_unpublished_film(api: Any, staff: User, room: Room) -> None:
    Movie.objects.update(is_published=False)
    for client in (api(), api(staff)):
        for suffix in ("", "/messages"):
            assert_error(client.get(f"/api/rooms/{room.room_id}{suffix}"), 404, "not_found")


def test_nobody_but_staff_changes_a_public_room(api: Any, alice: User, staff: User, room: Room) -> None:
    address = f"/api/rooms/{room.room_id}"
    assert_error(api(alice).patch(address, {"slow_seconds": 5}, format="json"), 403, "forbidden")
    assert api(staff).patch(address, {"slow_seconds": 5}, format="json").json()["room"]["slow_seconds"] == 5
    for of_a_party in ({"password": "sesame"}, {"capacity": 2}, {"name": "mine"}, {"starts_at": "2027-01-01T00:00:00Z"}):
        (field,) = of_a_party
        assert_error(api(staff).patch(address, of_a_party, format="json"), 400, "invalid", field=field)
    for method in ("post", "put"):
        assert_error(getattr(api(alice), method)(address), 405, "method_not_allowed")
    assert_error(api(staff).delete(address), 404, "not_found")


def test_bad_paging(api: Any, room: Room) -> None:
    for query in ({"limit": "0"}, {"before": "x"}, {"before": "1", "after": "1"}):
        assert_error(api().get(f"/api/rooms/{room.room_id}/messages", query), 400, "invalid")


def test_a_stale_token_keeps_nobody_out(api: Any, room: Room) -> None:
    client = api(HTTP_AUTHORIZATION="Bearer nonsense")
    assert client.get(f"/api/rooms/{room.room_id}").status_code == 200

"""What was said, in the order of the film: what a replay of flying comments asks for."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.errors import Invalid
from messaging.message_view import Posted
from messaging.models import Message
from messaging.services import delete_message
from movies.models import Movie
from rooms import services
from rooms.data import RoomPost
from rooms.models import Room
from tests.assertions import assert_error
from tests.rooms.conftest import make_movie

pytestmark = pytest.mark.django_db


def say(room: Room, content: str, movie_time: float | None, who: User, **more: Any) -> int:
    (answer,) = services.post_messages([post_of(room, content, movie_time, who, **more)])
    assert isinstance(answer, Posted)
    return answer.message.id


def post_of(room: Room, content: str, movie_time: float | None, who: User, **more: Any) -> RoomPost:
    return RoomPost(
        room_id=room.room_id, user_id=who.pk, username=who.username, content=content, movie_time=movie_time, **more
    )


def replay(api: Any, room: Room, **query: Any) -> list[str]:
    """All pages, contents only."""
    client, address, found = api(), f"/api/rooms/{room.room_id}/messages", []
    page = client.get(address, {"from_time": 0, **query}).json()
    while True:
        found += [message["content"] for message in page["messages"]]
        if page["next"] is None:
            return found
        page = client.get(page["next"].split("8000", 1)[-1]).json()


def test_messages_come_in_the_films_order(api: Any, alice: User, room: Room) -> None:
    for content, movie_time in (("end", 99.5), ("start", 0.0), ("middle", 50.25), ("nowhere", None), ("also start", 0.0)):
        say(room, content, movie_time, alice)
    assert replay(api, room) == ["start", "also start", "middle", "end"]
    first = api().get(f"/api/rooms/{room.room_id}/messages", {"from_time": "50", "to_time": "60"}).json()
    (middle,) = first["messages"]
    assert (middle["content"], middle["movie_time"], middle["movie_id"]) == ("middle", 50.25, room.movie_id)


def test_stretches_meet_without_overlapping(api: Any, alice: User, room: Room) -> None:
    for second in (0.0, 9.999, 10.0, 10.001, 20.0):
        say(room, str(second), second, alice)
    stretches = [replay(api, room, from_time=start, to_time=start + 10) for start in (0, 10, 20)]
    assert stretches == [["0.0", "9.999"], ["10.0", "10.001"], ["20.0"]]
    assert replay(api, room, from_time=10, to_time=10) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_lose_and_repeat_nothing(api: Any, alice: User, room: Room, limit: int) -> None:
    seconds = [1 / 3, 1 / 3, 1 / 3, 0.1 + 0.2, 0.30000000000000004, 5.0, 2.0]
    for number, second in enumerate(seconds):
        say(room, str(number), second, alice)
    expected = [str(number) for _second, number in sorted((second, number) for number, second in enumerate(seconds))]
    assert replay(api, room, limit=limit) == expected


def test_what_was_deleted_does_not_fly(api: Any, alice: User, room: Room) -> None:
    gone = say(room, "gone", 1.0, alice)
    say(room, "stays", 1.0, alice)
    delete_message(actor=alice, message_id=gone)
    assert replay(api, room) == ["stays"]


def test_messages_remember_the_film_they_were_said_at(api: Any, alice: User, movie: Movie) -> None:
    party = services.open_party(actor=alice, movie_id=movie.pk)
    say(party, "at the first", 5.0, alice)
    other = make_movie("Second")
    Room.objects.filter(pk=party.pk).update(movie=other)
    say(party, "at the second", 5.0, alice)
    assert replay(api, party) == ["at the second"]
    assert replay(api, party, movie_id=movie.pk) == ["at the first"]
    assert Message.objects.filter(movie_time=None, movie_id__isnull=False).count() == 0


def test_what_is_on_its_way_while_another_film_is_loaded_stays_with_its_own(alice: User, movie: Movie) -> None:
    party = services.open_party(actor=alice, movie_id=movie.pk)
    heard = say(party, "heard", 5.0, alice, movie_id=movie.pk, client_id="heard")
    Room.objects.filter(pk=party.pk).update(movie=make_movie("Second"))
    late = say(party, "late", 5.0, alice, movie_id=movie.pk)
    assert say(party, "heard", 5.0, alice, movie_id=movie.pk, client_id="heard") == heard, "a retry is no other message"
    rows = Message.objects.filter(pk__in=[heard, late]).order_by("pk")
    assert list(rows.values_list("movie_time", "movie_id")) == [(5.0, movie.pk)] * 2


@pytest.mark.parametrize("movie_id", [0, -1, 2**63])
def test_a_film_that_cannot_be(alice: User, room: Room, movie_id: int) -> None:
    (refusal,) = services.post_messages([post_of(room, "hi", 1.0, alice, movie_id=movie_id)])
    assert isinstance(refusal, Invalid)
    assert list(refusal.errors or {}) == ["movie_id"]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        {"from_time": "NaN"}, {"from_time": "inf"}, {"from_time": "-inf"}, {"from_time": "-1"}, {"from_time": "1e308"},
        {"from_time": "x"}, {"from_time": ""}, {"to_time": "nan"}, {"to_time": "-0.5"}, {"from_time": "2", "to_time": "1"},
        {"from_time": "0", "limit": "0"}, {"from_time": "0", "before": "1"}, {"to_time": "9", "after": "1"},
        {"from_time": "0", "cursor": "x"}, {"from_time": "0", "cursor": "nan~1"}, {"from_time": "0", "cursor": "1~-1"},
        {"from_time": "0", "cursor": "1~" + "9" * 30}, {"from_time": "0", "movie_id": "x"},
        {"from_time": "0", "movie_id": "0"},
    ],
)  # fmt: skip
def test_times_that_cannot_be(api: Any, room: Room, query: dict[str, str]) -> None:
    assert_error(api().get(f"/api/rooms/{room.room_id}/messages", query), 400, "invalid")


def test_a_page_costs_the_same_however_much_was_said(api: Any, alice: User, room: Room) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api().get(f"/api/rooms/{room.room_id}/messages", {"from_time": 0, "limit": 2}).status_code == 200
        return len(queries)

    say(room, "one", 1.0, alice)
    few = cost()
    for number in range(10):
        say(room, str(number), float(number), alice)
    assert cost() == few == 2


def test_a_replay_is_read_from_the_index(alice: User, room: Room) -> None:
    """Neither the whole room nor the whole stretch is sorted for one page."""
    say(room, "one", 1.0, alice)
    rows = Message.objects.filter(
        conversation_id=room.conversation_id, movie_id=room.movie_id, movie_time__gte=0, movie_time__lt=9
    ).order_by("movie_time", "seq")[:5]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = rows.explain()
    assert "message_movie_time" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan

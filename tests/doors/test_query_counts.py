"""What a thing costs in queries does not grow with what there is: groups, conversations, rows of a list."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import services as accounts
from accounts.models import User
from comments import services as comments
from core.clock import now
from devices import services as devices
from groups.models import ChatGroup, Membership
from messaging.catching_up import changed_since
from messaging.message_view import Posted
from messaging.models import Participant
from messaging.services import mark_delivered_many, post_message, post_messages
from presence.rows import SocketRow
from presence.services import open_sockets, start_process
from realtime.writer import prepare_and_post
from rooms.data import RoomPost
from rooms.models import Room
from rooms.services import enter, join_party, mute, open_party, open_room
from rooms.services import post_messages as post_in_rooms
from tests.conftest import make_user
from tests.doors.rows import a_film, someone
from tests.messaging.sending import file_of, group_of, into, say, to

pytestmark = pytest.mark.django_db


def queries_of(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    assert queries.captured_queries
    return len(queries)


def fill(group: ChatGroup, people: int) -> None:
    """More members, in three statements."""
    start = User.objects.count()
    names = [f"member{number}" for number in range(start, start + people)]
    made = User.objects.bulk_create(
        User(username=name, username_key=name, email=f"{name}@example.com", email_key=f"{name}@example.com") for name in names
    )
    Membership.objects.bulk_create(Membership(group=group, user=user, joined_at=now()) for user in made)
    Participant.objects.bulk_create(
        Participant(conversation_id=group.conversation_id, user=user, joined_at=now()) for user in made
    )


# Sending and catching up ----------------------------------------------------------------------------------------------
def test_a_send_costs_the_same_in_a_group_of_10_and_of_200(alice: User, api: Callable[..., APIClient]) -> None:
    client = api(alice)
    group = group_of(alice)

    def costs() -> tuple[int, int]:
        service = queries_of(lambda: post_message(into(group.conversation, alice)))
        path = f"/groups/{group.pk}/messages"
        return service, queries_of(lambda: client.post(path, {"content": "hi"}, format="json"))

    fill(group, 9)
    few = costs()
    fill(group, 190)
    assert group.memberships.count() == 200
    assert costs() == few


def test_a_batch_costs_the_same_for_12_messages_as_for_2(alice: User, bob: User) -> None:
    group = group_of(alice, bob)
    room = open_room(f"movie-{a_film().pk}")
    say(bob, alice)

    def post(size: int) -> None:
        """As the sockets' writer has them: of every kind so many."""
        posts: list[Any] = [to("bob", alice) for _ in range(size)]
        posts += [RoomPost(room_id=room.room_id, user_id=alice.pk, username="alice", content="hi") for _ in range(size)]
        posts += [lambda: into(group.conversation, alice) for _ in range(size)]
        assert all(isinstance(answer, Posted) for answer in prepare_and_post(posts))

    # SQLite takes some 50 rows per insert.
    assert queries_of(lambda: post(12)) == queries_of(lambda: post(2))


def test_delivering_to_200_people_costs_what_it_costs_for_10(alice: User) -> None:
    group = group_of(alice)
    fill(group, 199)
    people = list(group.memberships.exclude(user=alice).values_list("user_id", flat=True))
    seqs = [post_message(into(group.conversation, alice)).message.seq for _ in range(2)]
    few = queries_of(lambda: mark_delivered_many([(pk, group.conversation_id, seqs[0]) for pk in people[:10]]))
    assert queries_of(lambda: mark_delivered_many([(pk, group.conversation_id, seqs[1]) for pk in people])) == few


def test_catching_up_costs_the_same_for_50_conversations_as_for_1(alice: User) -> None:
    def missed() -> int:
        return len(changed_since(alice.pk, {}).messages)

    say(alice, someone())
    one = queries_of(lambda: changed_since(alice.pk, {}))
    assert missed() == 1
    post_messages([to("alice", someone()) for _ in range(49)])
    assert missed() == 50
    assert queries_of(lambda: changed_since(alice.pk, {})) == one


# Lists: same for 2 and for 20 rows ------------------------------------------------------------------------------------
class Shelf:
    """alice's things; `grow` makes one more of each."""

    def __init__(self, alice: User, bob: User) -> None:
        self.alice, self.bob = alice, bob
        self.film = a_film()
        self.group = group_of(alice, bob)
        self.room = open_room(f"movie-{self.film.pk}")
        self.party = open_party(actor=alice, movie_id=self.film.pk)
        self.paths = [
            "/api/movies", "/api/movies?page=1", f"/api/movies/{self.film.pk}/comments", "/api/blocks", "/conversations",
            "/groups", f"/groups/{self.group.pk}/members", f"/groups/{self.group.pk}/messages", "/devices", "/files",
            "/messages/private/bob", f"/api/rooms/{self.room.room_id}/messages",
            "/api/rooms", "/api/rooms?mine=1", f"/api/rooms/{self.party.room_id}/members",
            f"/api/rooms/{self.party.room_id}/sanctions", f"/api/rooms/{self.party.room_id}/messages?from_time=0",
        ]  # fmt: skip

    def someone_watches(self, room: Room) -> None:
        process, socket_id = start_process(), uuid.uuid4()
        open_sockets(process_id=process.pk, rows=[SocketRow(id=socket_id, user_id=None, door="chat")])
        enter(room_id=room.room_id, socket_id=socket_id, door="chat", guest_name="visitor")

    def grow(self) -> None:
        alice, person = self.alice, someone()
        a_film()
        comments.post_comment(actor=person, movie_id=self.film.pk, content="good")
        accounts.block(actor=alice, username=someone().username)
        say(alice, person)
        group_of(alice, person)
        fill(self.group, 1)
        file = file_of(alice)
        for draft in (to("bob", alice, file_id=str(file.pk)), into(self.group.conversation, alice, file_id=str(file.pk))):
            post_message(draft)
        post_message(to("alice", self.bob))
        post_message(into(self.group.conversation, self.bob))
        post_message(into(self.room.conversation, person, room_id=self.room.room_id))
        open_party(actor=alice, movie_id=a_film().pk)
        join_party(actor=person, room=self.party)
        mute(actor=alice, room=self.party, user=person)
        said = RoomPost(room_id=self.party.room_id, user_id=alice.pk, username="alice", content="hi", movie_time=1.0)
        post_in_rooms([said])
        self.someone_watches(open_room(f"movie-{a_film().pk}"))
        name = f"device{file.pk}"
        login = accounts.log_in(user=alice).login
        devices.register_device(actor=alice, device_id=name, device_name=name, device_type="phone", login=login)


def test_lists_cost_the_same_for_20_rows_as_for_2(alice: User, bob: User, api: Callable[..., APIClient]) -> None:
    shelf, client = Shelf(alice, bob), api(alice)

    def costs() -> dict[str, int]:
        found = {}
        for path in shelf.paths:
            assert client.get(path).status_code == 200  # The first time, what is listed becomes delivered.
            found[path] = queries_of(lambda path=path: client.get(path))  # type: ignore[misc]
        return found

    for _ in range(2):
        shelf.grow()
    few = costs()
    assert max(few.values()) < 12, few
    for _ in range(18):
        shelf.grow()
    assert costs() == few


def test_nobody_pays_for_a_crowd_of_strangers(alice: User, bob: User, api: Callable[..., APIClient]) -> None:
    """Ten more people with rows of their own change nothing about what alice asks."""
    shelf, client = Shelf(alice, bob), api(alice)
    shelf.grow()
    for path in shelf.paths:
        client.get(path)
    before = [client.get(path).json() for path in shelf.paths[3:11]]
    for number in range(5):
        Shelf(make_user(f"other{number}"), make_user(f"friend{number}"))
    assert [client.get(path).json() for path in shelf.paths[3:11]] == before

"""A crowd that comes into a room is shown one look at it, each what they would have been shown alone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.errors import NotFound
from realtime import frames, outgoing
from realtime.chat_views import Shown, shown
from realtime.wire import Frame
from rooms import services
from rooms.data import RoomPost
from rooms.facts import chat_view
from rooms.models import Room
from tests.conftest import make_user
from tests.rooms.conftest import ADDRESS, make_movie

pytestmark = [pytest.mark.django_db, pytest.mark.embedded_only]


@pytest.fixture
def room() -> Room:
    """With an account's words and a guest's, of a moment of the film, and an answer."""
    alice = make_user("alice")
    room = services.open_room(f"movie-{make_movie().pk}")
    said: dict[str, Any] = {"room_id": room.room_id}
    (first, _) = services.post_messages(
        [
            RoomPost(**said, user_id=alice.pk, username="alice", content='灯笼 \u2028 <b>"</b>\\ 🎬', movie_time=1 / 3),
            RoomPost(**said, user_id=None, guest_name="Gäst", address=ADDRESS, content="hm"),
        ]
    )
    reply = RoomPost(**said, user_id=alice.pk, username="alice", content="yes", reply_to=first.message.id)  # type: ignore[union-attr]
    services.post_messages([reply])
    return room


@pytest.fixture
def empty() -> Room:
    return services.open_room(f"movie-{make_movie('Empty').pk}")


def alone(room: Room, theirs: dict[str, Any], members: dict[str, Any]) -> Frame:
    """What one who comes alone is shown, made of all its parts."""
    view = chat_view(room.pk)
    messages = [outgoing.message_frame(message) for message in view.messages]
    return Frame(
        frames.ChatSnapshot(
            room_id=room.room_id,
            room={**view.facts, **theirs},
            members=members,
            messages=messages,  # type: ignore[arg-type]
        )
    )


def test_everybody_is_told_what_they_would_be_told_alone(room: Room, empty: Room) -> None:
    for place, last_change in ((room, 3), (empty, 0)):
        (view,) = shown([place.pk])
        assert isinstance(view, Shown)
        assert view.change == last_change
        for name, role in (("alice", "host"), ("Gäst", "guest")):
            theirs = {"conversation_id": place.conversation_id, "you": name, "role": role}
            members = {"users": ["alice", name], "count": 2}
            frame = Frame(view.snapshot(place.room_id, theirs, members))
            assert frame.payload == alone(place, theirs, members).payload
            assert len(msgspec.json.decode(frame.payload)["messages"]) == last_change


def test_a_crowd_shares_one_look(room: Room, empty: Room, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(5):
        first, other, again, nowhere = shown([room.pk, empty.pk, room.pk, 999_999])
    assert first is again
    assert first is not other
    assert isinstance(nowhere, NotFound)

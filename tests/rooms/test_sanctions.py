"""Mutes and bans: whom they hit, where, until when, who may, and who is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from core.clock import now
from core.errors import ApiError, Banned, Forbidden, Invalid, Muted, NotFound
from core.events import decode, encode
from messaging.message_view import Posted
from messaging.models import Message
from rooms import services
from rooms.data import RoomPost
from rooms.events import Sanctioned
from rooms.models import Room, Sanction
from rooms.rosters import names_in
from rooms.selectors import newest_in
from tests.rooms.conftest import ADDRESS, ComeIn, make_movie

pytestmark = pytest.mark.django_db


def says(room: Room, who: User | str, content: str = "hello", address: str = ADDRESS, **more: Any) -> RoomPost:
    if isinstance(who, User):
        return RoomPost(room_id=room.room_id, user_id=who.pk, username=who.username, content=content, **more)
    return RoomPost(room_id=room.room_id, user_id=None, guest_name=who, address=address, content=content, **more)


def outcome(room: Room, who: User | str, **more: Any) -> type | str:
    (answer,) = services.post_messages([says(room, who, **more)])
    return "said" if isinstance(answer, Posted) else type(answer)


def test_what_is_said_is_stored_and_announced(alice: User, room: Room, captured_events: Any) -> None:
    with captured_events() as heard:
        answers = services.post_messages([says(room, alice, "first"), says(room, "alice", "second", origin="socket")])
    assert all(isinstance(answer, Posted) for answer in answers)
    assert [(message.content, message.sender, message.verified, message.room_id) for message in newest_in(room)] == [
        ("first", "alice", True, room.room_id),
        ("second", "alice", False, room.room_id),
    ]
    assert {address for address, _event in heard} == {f"conversation.{room.conversation_id}"}
    assert Message.objects.get(content="second").sender is None


def test_a_message_makes_the_room(alice: User, movie: Any) -> None:
    draft = services.draft_for(RoomPost(room_id=f"movie-{movie.pk}", user_id=alice.pk, username="alice", content="hi"))
    assert draft.conversation_id == Room.objects.get().conversation_id
    for unknown in ("movie-424242", "movie-1\x00", "lobby", ""):
        with pytest.raises(NotFound):
            services.draft_for(RoomPost(room_id=unknown, user_id=alice.pk, username="alice", content="hi"))


def test_one_refusal_fails_no_other_and_a_batch_costs_the_same(
    staff: User, alice: User, bob: User, room: Room, django_assert_num_queries: Any
) -> None:
    services.mute(actor=staff, room=room, user=bob)
    posts = [says(room, alice), says(room, bob), says(room, "Gast"), says(room, "")] * 5
    with django_assert_num_queries(2):
        drafts = services.drafts_for(posts)
    assert [type(draft).__name__ for draft in drafts[:4]] == ["ConversationDraft", "Muted", "ConversationDraft", "Invalid"]
    answers = services.post_messages(posts)
    assert [isinstance(answer, ApiError) for answer in answers] == [False, True, False, True] * 5


def test_a_mute_silences_in_its_room_only_and_until_it_is_lifted(staff: User, alice: User, room: Room) -> None:
    other = services.open_room(f"movie-{make_movie('Other').pk}")
    mute = services.mute(actor=staff, room=room, user=alice, reason="spoilers")
    assert outcome(room, alice) is Muted
    assert outcome(other, alice) == "said"
    assert outcome(room, "alice") == "said", "a guest by that name is not alice"
    services.lift(actor=staff, sanction=mute)
    assert outcome(room, alice) == "said"


def test_everywhere_is_everywhere(staff: User, alice: User, room: Room) -> None:
    services.ban(actor=staff, user=alice)
    other = services.open_room(f"movie-{make_movie('Other').pk}")
    assert outcome(room, alice) is outcome(other, alice) is Banned


def test_guests_are_hit_by_address_or_by_name(staff: User, alice: User, room: Room) -> None:
    services.mute(actor=staff, room=room, address=ADDRESS, guest_name="Gast")
    services.mute(actor=staff, room=room, guest_name="Troll")
    assert outcome(room, "Another name", address=ADDRESS) is Muted
    assert outcome(room, "Gast", address="203.0.113.5") == "said"
    assert outcome(room, "Troll", address="203.0.113.5") is Muted
    assert outcome(room, alice) == "said", "a signed-in person behind the same address"


def test_an_address_is_one_however_it_is_written(staff: User, room: Room) -> None:
    services.mute(actor=staff, room=room, address="::ffff:203.0.113.5")
    services.mute(actor=staff, room=room, address="2001:DB8:0:0::1")
    assert outcome(room, "Gast", address="203.0.113.5") is Muted
    assert outcome(room, "Gast", address="2001:db8::1") is Muted
    assert outcome(room, "Gast", address="") == "said", "a local socket has none"


def test_it_ends_by_itself(staff: User, alice: User, room: Room) -> None:
    mute = services.mute(actor=staff, room=room, user=alice, until=now() + timedelta(hours=1))
    assert outcome(room, alice) is Muted
    Sanction.objects.filter(pk=mute.pk).update(until=now() - timedelta(seconds=1))
    assert outcome(room, alice) == "said"


def test_a_ban_weighs_more_than_a_mute(staff: User, alice: User, room: Room) -> None:
    services.ban(actor=staff, room=room, user=alice)
    services.mute(actor=staff, room=room, user=alice)
    assert outcome(room, alice) is Banned


def test_who_is_told(staff: User, alice: User, room: Room, captured_events: Any) -> None:
    with captured_events() as heard:
        ban = services.ban(actor=staff, room=room, user=alice, until=now() + timedelta(hours=1))
        services.mute(actor=staff, user=alice)
        services.ban(actor=staff, address=ADDRESS)
        services.lift(actor=staff, sanction=ban)
        services.lift(actor=staff, sanction=ban)
    assert [(address, event.kind, event.lifted) for address, event in heard if isinstance(event, Sanctioned)] == [
        (f"room.{room.pk}", "ban", False),
        (f"user.{alice.pk}", "mute", False),
        ("everyone", "ban", False),
        (f"room.{room.pk}", "ban", True),
    ]
    for _address, event in heard:
        assert decode(encode(event)) == event
    of_guest = heard[2][1]
    assert of_guest.concerns(user_id=None, address=ADDRESS, guest_name="x")
    assert not of_guest.concerns(user_id=None, address="203.0.113.5", guest_name="x")
    assert not of_guest.concerns(user_id=alice.pk, address=ADDRESS, guest_name="")


def test_a_ban_sends_out(staff: User, alice: User, bob: User, room: Room, come_in: ComeIn) -> None:
    come_in(alice)
    come_in(bob)
    services.ban(actor=staff, room=room, user=alice)
    assert names_in(room.pk, "sync") == ["bob"]


def test_only_staff_may(alice: User, bob: User, staff: User, room: Room) -> None:
    for sanction in (services.mute, services.ban):
        with pytest.raises(Forbidden):
            sanction(actor=alice, room=room, user=bob)
    mute = services.mute(actor=staff, room=room, user=bob)
    with pytest.raises(Forbidden):
        services.lift(actor=alice, sanction=mute)


def test_it_must_name_one(alice: User, staff: User, room: Room) -> None:
    for wrong in (
        {},
        {"user": alice, "guest_name": "Gast"},
        {"user": staff},
        {"user": alice, "until": now() - timedelta(seconds=1)},
        {"address": "not an address"},
    ):
        with pytest.raises(Invalid):
            services.ban(actor=staff, room=room, **wrong)  # type: ignore[arg-type]
    assert not Sanction.objects.exists()

"""Opening a party, its settings, its people, its end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from accounts import services as accounts
from accounts.models import User
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound, WrongPassword
from messaging.models import Message
from movies.models import Movie
from presence.models import Attendance
from rooms import services
from rooms.events import RoleChanged, RoomChanged, RoomClosed, TimelineMoved
from rooms.models import Room, RoomRole
from rooms.playback import settled
from rooms.selectors import ROOM_ID, current_timeline, role_of
from rooms.services.parties import MOST_PARTIES
from tests.rooms.conftest import Viewer, make_movie

pytestmark = pytest.mark.django_db


def roles(party: Room) -> dict[str, str]:
    return dict(RoomRole.objects.filter(room=party).values_list("user__username", "role"))


def kinds(heard: list[tuple[str, Any]], kind: type[Any]) -> list[Any]:
    return [event for _address, event in heard if isinstance(event, kind)]


@pytest.fixture
def party(movie: Movie, alice: User) -> Room:
    return services.open_party(actor=alice, movie_id=movie.pk, name="Film night", password="sesame")


@pytest.fixture
def with_bob(party: Room, bob: User) -> Room:
    return services.join_party(actor=bob, room=party, invite=party.invite_key)


# Opening --------------------------------------------------------------------------------------------------------------
def test_a_party_is_its_owners(movie: Movie, alice: User) -> None:
    party = services.open_party(actor=alice, movie_id=movie.pk)
    assert (party.kind, party.owner, party.movie, roles(party)) == ("party", alice, movie, {"alice": "owner"})
    assert (party.control, party.wait, party.capacity, party.password) == ("hosts", "soft", None, "")
    assert services.open_room(party.room_id) == party
    assert role_of(party, alice.pk) == "owner"


def test_nobody_guesses_an_id_or_a_link(movie: Movie, alice: User) -> None:
    parties = [services.open_party(actor=alice, movie_id=movie.pk) for _ in range(20)]
    for party in parties:
        assert ROOM_ID.fullmatch(party.room_id)
        # 24 letters of an alphabet of 32: 120 bits.
        assert re.fullmatch(r"party-[a-z2-7]{24}", party.room_id)
        assert len(party.invite_key) >= 22
    assert len({party.room_id for party in parties} | {party.invite_key for party in parties}) == 40


def test_a_password_is_kept_as_a_hash(party: Room) -> None:
    assert "sesame" not in party.password
    assert party.password


@pytest.mark.parametrize("film", ["unknown", "unpublished"])
def test_no_party_without_a_film(film: str, movie: Movie, alice: User) -> None:
    pk = make_movie(is_published=False).pk if film == "unpublished" else 2**70
    with pytest.raises(NotFound):
        services.open_party(actor=alice, movie_id=pk)
    assert not Room.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x" * 101}, {"name": "a\x00"}, {"password": "x" * 129}, {"password": "\ud800"}, {"control": "nobody"},
        {"wait": "long"}, {"capacity": 1}, {"capacity": 10_001}, {"capacity": -1}, {"slow_seconds": -1},
        {"slow_seconds": 3601}, {"blocked_words": [""]}, {"blocked_words": ["x" * 51]}, {"blocked_words": [" "] * 2},
        {"blocked_words": ["w\x00"]}, {"blocked_words": [str(number) for number in range(201)]},
        {"starts_at": now() - timedelta(seconds=1)}, {"starts_at": now() + timedelta(days=400)},
    ],
)  # fmt: skip
def test_settings_that_cannot_be(wrong: dict[str, Any], movie: Movie, alice: User) -> None:
    with pytest.raises(Invalid) as refused:
        services.open_party(actor=alice, movie_id=movie.pk, **wrong)
    assert list(refused.value.errors or {}) == list(wrong)
    assert not Room.objects.exists()


def test_nobody_opens_parties_without_end(movie: Movie, alice: User, bob: User) -> None:
    opened = [services.open_party(actor=alice, movie_id=movie.pk) for _ in range(MOST_PARTIES)]
    with pytest.raises(Conflict) as refused:
        services.open_party(actor=alice, movie_id=movie.pk)
    assert refused.value.error == "too_many_parties"
    services.close_party(actor=alice, room=opened[0])
    services.open_party(actor=alice, movie_id=movie.pk)
    services.open_party(actor=bob, movie_id=movie.pk)


# Changing -------------------------------------------------------------------------------------------------------------
def test_everyone_in_the_room_hears_of_new_settings(party: Room, alice: User, captured_events: Any) -> None:
    with captured_events() as heard:
        services.change_room(actor=alice, room=party, name="Later", slow_seconds=5, blocked_words=["Ｓpoiler", "spoiler"])
    (event,) = kinds(heard, RoomChanged)
    assert (event.room["name"], event.room["slow_seconds"], event.room["needs_password"]) == ("Later", 5, True)
    assert "blocked_words" not in event.room
    assert Room.objects.get(pk=party.pk).blocked_words == ["spoiler"]


def test_the_same_again_tells_nobody(party: Room, alice: User, captured_events: Any) -> None:
    with captured_events() as heard:
        services.change_room(actor=alice, room=party, name="Film night", control="hosts")
    assert heard == []


def test_who_may_change_a_party(with_bob: Room, alice: User, bob: User, charlie: User, staff: User) -> None:
    for somebody in (bob, charlie):
        with pytest.raises(Forbidden):
            services.change_room(actor=somebody, room=with_bob, name="mine")
    services.change_room(actor=staff, room=with_bob, name="tidy")
    services.set_role(actor=alice, room=with_bob, username="bob", role="host")
    assert services.change_room(actor=bob, room=with_bob, name="ours").name == "ours"


def test_an_empty_password_opens_the_party(party: Room, alice: User, charlie: User) -> None:
    services.change_room(actor=alice, room=party, password=None)
    services.join_party(actor=charlie, room=Room.objects.get(pk=party.pk))
    assert roles(party)["charlie"] == "member"


def test_a_renewed_link_opens_and_the_old_one_does_not(party: Room, alice: User, bob: User) -> None:
    old = party.invite_key
    services.renew_invite(actor=alice, room=party)
    with pytest.raises(WrongPassword):
        services.join_party(actor=bob, room=party, invite=old)
    services.join_party(actor=bob, room=party, invite=Room.objects.get(pk=party.pk).invite_key)
    with pytest.raises(Forbidden):
        services.renew_invite(actor=bob, room=party)


# A scheduled start ----------------------------------------------------------------------------------------------------
def test_a_scheduled_film_waits_and_then_plays(movie: Movie, alice: User, captured_events: Any) -> None:
    starts_at = now().replace(microsecond=0) + timedelta(hours=1)
    with captured_events() as heard:
        party = services.open_party(actor=alice, movie_id=movie.pk, starts_at=starts_at)
    starts_ms = round(starts_at.timestamp() * 1000)
    timeline = current_timeline(party)
    assert (timeline.state, timeline.wait_until, timeline.rev) == ("waiting", starts_ms, 1)
    assert settled(timeline, starts_ms + 2000).state == "playing"
    assert len(kinds(heard, TimelineMoved)) == 1


def test_a_start_is_moved_and_called_off(party: Room, alice: User) -> None:
    revs = []
    for hours in (1, 2, None):
        starts_at = now() + timedelta(hours=hours) if hours else None
        changed = services.change_room(actor=alice, room=party, starts_at=starts_at)
        timeline = current_timeline(services.open_room(changed.room_id))
        revs.append(timeline.rev)
        assert timeline.state == ("waiting" if hours else "idle")
    assert revs == [1, 2, 3]


def test_a_film_that_has_begun_is_not_held_up(party: Room, alice: User) -> None:
    party.timeline_row.state, party.timeline_row.position = "playing", 100.0
    party.timeline_row.save()
    services.change_room(actor=alice, room=party, starts_at=now() + timedelta(hours=1))
    assert Room.objects.get(pk=party.pk).timeline_row.state == "playing"


# Roles ----------------------------------------------------------------------------------------------------------------
def test_the_owner_makes_and_unmakes_hosts(with_bob: Room, alice: User, bob: User, captured_events: Any) -> None:
    with captured_events() as heard:
        for role in ("host", "host", "member"):
            services.set_role(actor=alice, room=with_bob, username="BOB", role=role)
    assert [(event.username, event.role) for event in kinds(heard, RoleChanged)] == [("bob", "host"), ("bob", "member")]


def test_who_may_not_make_hosts(with_bob: Room, alice: User, bob: User, charlie: User) -> None:
    services.set_role(actor=alice, room=with_bob, username="bob", role="host")
    for somebody in (bob, charlie):
        with pytest.raises(Forbidden):
            services.set_role(actor=somebody, room=with_bob, username="bob", role="owner")
    for name in ("charlie", "nobody", "\x00"):
        with pytest.raises(NotFound):
            services.set_role(actor=alice, room=with_bob, username=name, role="host")
    for name, role in (("bob", "king"), ("alice", "member")):
        with pytest.raises(Invalid):
            services.set_role(actor=alice, room=with_bob, username=name, role=role)


def test_a_party_is_handed_over(with_bob: Room, alice: User, bob: User, captured_events: Any) -> None:
    with captured_events() as heard:
        services.set_role(actor=alice, room=with_bob, username="bob", role="owner")
    assert roles(with_bob) == {"alice": "host", "bob": "owner"}
    assert Room.objects.get(pk=with_bob.pk).owner == bob
    assert [(event.username, event.role) for event in kinds(heard, RoleChanged)] == [("alice", "host"), ("bob", "owner")]
    assert kinds(heard, RoomChanged)[0].room["owner"] == "bob"
    with pytest.raises(Forbidden):
        services.close_party(actor=alice, room=with_bob)


def test_a_deleted_owner_is_succeeded(with_bob: Room, alice: User, bob: User, charlie: User) -> None:
    services.join_party(actor=charlie, room=with_bob, invite=with_bob.invite_key)
    services.set_role(actor=alice, room=with_bob, username="charlie", role="host")
    accounts.delete_account(actor=None, user=alice)
    services.leave_party(actor=bob, room=with_bob)
    assert roles(with_bob) == {"charlie": "owner"}
    assert Room.objects.get(pk=with_bob.pk).owner == charlie


def test_an_owner_who_leaves_is_succeeded_and_the_last_one_closes(
    with_bob: Room, alice: User, bob: User, captured_events: Any
) -> None:
    services.leave_party(actor=alice, room=with_bob)
    assert roles(with_bob) == {"bob": "owner"}
    with captured_events() as heard:
        services.leave_party(actor=bob, room=with_bob)
    assert len(kinds(heard, RoomClosed)) == 1
    with pytest.raises(NotFound):
        services.open_room(with_bob.room_id)


def test_who_left_needs_the_password_again(with_bob: Room, bob: User) -> None:
    services.leave_party(actor=bob, room=with_bob)
    with pytest.raises(WrongPassword) as refused:
        services.join_party(actor=bob, room=with_bob)
    assert refused.value.error == "password_required"
    with pytest.raises(NotFound):
        services.leave_party(actor=bob, room=with_bob)


# Closing --------------------------------------------------------------------------------------------------------------
def test_a_closed_party_is_not_there(with_bob: Room, alice: User, bob: User, server: Any, captured_events: Any) -> None:
    viewer = Viewer(server, with_bob.room_id, bob, "sync")
    with captured_events() as heard:
        services.close_party(actor=alice, room=with_bob)
    assert len(kinds(heard, RoomClosed)) == 1
    assert not Attendance.objects.exists()
    for attempt in (
        viewer.enter,
        lambda: services.join_party(actor=bob, room=with_bob),
        lambda: services.change_room(actor=alice, room=with_bob, name="again"),
        lambda: services.close_party(actor=alice, room=with_bob),
        lambda: services.set_role(actor=alice, room=with_bob, username="bob", role="host"),
        lambda: services.open_room(with_bob.room_id),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_only_owner_and_staff_close(with_bob: Room, alice: User, bob: User, staff: User, room: Room) -> None:
    services.set_role(actor=alice, room=with_bob, username="bob", role="host")
    with pytest.raises(Forbidden):
        services.close_party(actor=bob, room=with_bob)
    with pytest.raises(NotFound):
        services.close_party(actor=staff, room=room)
    services.close_party(actor=staff, room=with_bob)


# Inviting -------------------------------------------------------------------------------------------------------------
def test_people_are_invited_by_a_message_of_ones_own(with_bob: Room, bob: User, charlie: User, settings: Any) -> None:
    invited = services.invite_people(actor=bob, room=with_bob, usernames=["charlie", "nobody", "bob"])
    assert invited.usernames == ["charlie"]
    assert {name: refusal.error for name, refusal in invited.refused.items()} == {"nobody": "not_found", "bob": "invalid"}
    said = Message.objects.get(conversation__kind="private")
    link = f"{settings.PUBLIC_URL}/watch/{with_bob.room_id}?invite={with_bob.invite_key}"
    assert (said.sender, said.message_type) == (bob, "invitation")
    assert said.content.endswith(link)
    assert "Film night" in said.content


def test_a_stranger_invites_nobody(with_bob: Room, charlie: User) -> None:
    with pytest.raises(Forbidden):
        services.invite_people(actor=charlie, room=with_bob, usernames=["alice"])


@pytest.mark.parametrize("named", [{}, {"usernames": ["charlie"], "group_id": 1}, {"usernames": [str(n) for n in range(21)]}])
def test_either_people_or_a_group_is_invited(named: dict[str, Any], with_bob: Room, bob: User) -> None:
    with pytest.raises(Invalid):
        services.invite_people(actor=bob, room=with_bob, **named)

"""What staff can do about rooms, and that lists cost the same however long they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.clock import now
from movies.models import Movie
from rooms import services
from rooms.events import Sanctioned
from rooms.models import Room, Sanction
from tests.rooms.conftest import ComeIn, make_movie

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(staff: User, client: Client) -> Client:
    client.force_login(staff)
    return client


def sanctioned(heard: list[tuple[str, Any]]) -> list[tuple[str, bool]]:
    return [(event.kind, event.lifted) for _address, event in heard if isinstance(event, Sanctioned)]


def queries_of(desk: Client, address: str) -> int:
    assert desk.get(address).status_code == 200
    with CaptureQueriesContext(connection) as counted:
        assert desk.get(address).status_code == 200
    return len(counted)


def make_rows(staff: User, user: User, number: int) -> None:
    for count in range(number):
        room = services.open_room(f"movie-{make_movie(f'Film {count}').pk}")
        services.mute(actor=staff, room=room, user=user)


def test_lists_cost_the_same_for_3_and_10_rows(desk: Client, staff: User, alice: User, room: Room) -> None:
    make_rows(staff, alice, 3)
    before = [queries_of(desk, address) for address in ("/admin/rooms/room/", "/admin/rooms/sanction/")]
    make_rows(staff, alice, 7)
    after = [queries_of(desk, address) for address in ("/admin/rooms/room/", "/admin/rooms/sanction/")]
    assert after == before


def test_rooms_are_found_with_how_many_are_there(desk: Client, alice: User, bob: User, room: Room, come_in: ComeIn) -> None:
    services.open_room(f"movie-{make_movie('Other film').pk}")
    for who in (alice, bob, "Gast"):
        come_in(who)
    come_in(alice, "chat")
    page = desk.get("/admin/rooms/room/", {"q": "Lantern"})
    (found,) = page.context["cl"].queryset
    assert (found, found.people, found.host_name) == (room, 3, "alice")
    assert desk.get("/admin/rooms/room/", {"q": room.room_id, "movie__is_published__exact": "1"}).status_code == 200
    idle = desk.get("/admin/rooms/room/", {"timeline_row__state__exact": "idle"}, headers={"accept-language": "zh-hans"})
    assert idle.context["cl"].result_count == 2
    assert ">idle<" not in idle.content.decode()


def inline_form(**fields: Any) -> dict[str, Any]:
    """What the page sends: nothing for those that are only read, then the new one."""
    management = {
        "roles-TOTAL_FORMS": 0, "roles-INITIAL_FORMS": 0,
        "sanctions-TOTAL_FORMS": 0, "sanctions-INITIAL_FORMS": 0, "sanctions-2-TOTAL_FORMS": 1, "sanctions-2-INITIAL_FORMS": 0
    }  # fmt: skip
    return management | {f"sanctions-2-0-{name}": value for name, value in fields.items()}


def test_muting_on_the_rooms_page(desk: Client, alice: User, room: Room, captured_events: Any) -> None:
    with captured_events() as heard:
        sent = desk.post(f"/admin/rooms/room/{room.pk}/change/", inline_form(kind="mute", user=alice.pk, reason="spoilers"))
    assert sent.status_code == 302
    made = Sanction.objects.get()
    assert (made.kind, made.room, made.user, made.reason) == ("mute", room, alice, "spoilers")
    assert made.created_by is not None
    assert made.created_by.username == "staff"
    assert sanctioned(heard) == [("mute", False)]
    assert LogEntry.objects.get().object_repr == room.room_id
    page = desk.get(f"/admin/rooms/room/{room.pk}/change/")
    assert "spoilers" in page.content.decode()
    _roles, read, new = page.context["inline_admin_formsets"]
    assert [len(read.formset.initial_forms), len(read.formset.extra_forms)] == [1, 0]
    assert [len(new.formset.initial_forms), len(new.formset.extra_forms)] == [0, 1]


def test_a_partys_people_are_read_but_not_written_on_its_page(desk: Client, alice: User, bob: User, movie: Movie) -> None:
    party = services.open_party(actor=alice, movie_id=movie.pk, name="Film night", password="sesame")
    page = desk.get(f"/admin/rooms/room/{party.pk}/change/").content.decode()
    assert "Film night" in page
    assert "alice" in page
    assert party.password not in page
    assert party.invite_key not in page
    forged = inline_form(kind="") | {
        "roles-TOTAL_FORMS": 2, "roles-INITIAL_FORMS": 1, "roles-0-id": party.roles.get().pk, "roles-0-room": party.pk,
        "roles-0-role": "member", "roles-0-DELETE": "on", "roles-1-room": party.pk, "roles-1-user": bob.pk,
        "roles-1-role": "owner",
    }  # fmt: skip
    desk.post(f"/admin/rooms/room/{party.pk}/change/", forged)
    assert list(party.roles.values_list("user__username", "role")) == [("alice", "owner")]


def test_parties_are_found_by_kind_owner_and_end(desk: Client, alice: User, room: Room, movie: Movie) -> None:
    open_one, closed = (services.open_party(actor=alice, movie_id=movie.pk) for _ in range(2))
    services.close_party(actor=alice, room=closed)
    for query, found in (
        ({"kind__exact": "public"}, {room}),
        ({"kind__exact": "party", "closed": "no"}, {open_one}),
        ({"closed": "yes"}, {closed}),
        ({"q": "alice", "closed": "no"}, {open_one}),
    ):
        assert set(desk.get("/admin/rooms/room/", query).context["cl"].queryset) == found, query


def test_a_public_room_is_neither_closed_nor_handed_on(desk: Client, room: Room) -> None:
    for action in ("close", "hand_on", "lift_sanctions"):
        desk.post("/admin/rooms/room/", {"action": action, "_selected_action": [room.pk]})
    assert services.open_room(room.room_id) == room
    assert not LogEntry.objects.exists()


def test_what_is_only_read_on_the_rooms_page_stays_as_it_is(desk: Client, staff: User, alice: User, room: Room) -> None:
    mute = services.mute(actor=staff, room=room, user=alice)
    forged = inline_form(kind="") | {
        "sanctions-TOTAL_FORMS": 1, "sanctions-INITIAL_FORMS": 1, "sanctions-0-id": mute.pk, "sanctions-0-room": room.pk,
        "sanctions-0-reason": "other",
    }  # fmt: skip
    for form in (forged, {name: value for name, value in forged.items() if name != "sanctions-0-id"}):
        desk.post(f"/admin/rooms/room/{room.pk}/change/", form)
    assert list(Sanction.objects.values_list("pk", "reason")) == [(mute.pk, "")]


def test_a_person_is_chosen_by_name(desk: Client, alice: User, room: Room) -> None:
    asked = {"term": "ali", "app_label": "rooms", "model_name": "sanction", "field_name": "user"}
    found = desk.get("/admin/autocomplete/", asked).json()["results"]
    assert found == [{"id": str(alice.pk), "text": "alice"}]
    for path in (f"/admin/rooms/room/{room.pk}/change/", "/admin/rooms/sanction/add/"):
        assert 'data-field-name="user"' in desk.get(path).content.decode()


def test_banning_a_guests_address_everywhere(desk: Client, captured_events: Any) -> None:
    until = now() + timedelta(days=1)
    fields = {
        "kind": "ban", "address": "198.51.100.7", "guest_name": "", "reason": "spam",
        "until_0": until.strftime("%Y-%m-%d"), "until_1": until.strftime("%H:%M:%S"),
    }  # fmt: skip
    with captured_events() as heard:
        assert desk.post("/admin/rooms/sanction/add/", fields).status_code == 302
    made = Sanction.objects.get()
    assert (made.kind, made.room, made.address) == ("ban", None, "198.51.100.7")
    assert made.until is not None
    assert heard[0][0] == "everyone"
    assert sanctioned(heard) == [("ban", False)]


@pytest.mark.parametrize("nobody", [{}, {"guest_name": "Gast", "user": "self"}, {"user": "self"}])
def test_a_wrong_target_is_said_in_the_form(desk: Client, staff: User, nobody: dict[str, Any]) -> None:
    fields = {name: staff.pk if value == "self" else value for name, value in nobody.items()}
    answer = desk.post("/admin/rooms/sanction/add/", {"kind": "ban", **fields})
    assert answer.status_code == 200
    assert "user" in answer.context["adminform"].form.errors
    assert not Sanction.objects.exists()


def test_lifting_from_the_list(desk: Client, staff: User, alice: User, room: Room, captured_events: Any) -> None:
    mute = services.mute(actor=staff, room=room, user=alice)
    with captured_events() as heard:
        desk.post("/admin/rooms/sanction/", {"action": "lift", "_selected_action": [mute.pk]})
    mute.refresh_from_db()
    assert not mute.is_in_force
    assert sanctioned(heard) == [("mute", True)]
    assert desk.get("/admin/rooms/sanction/", {"in_force": "yes"}).context["cl"].result_count == 0
    assert desk.get("/admin/rooms/sanction/", {"in_force": "no", "q": "alice"}).context["cl"].result_count == 1


def test_nothing_is_deleted_past_the_services_but_a_film_takes_its_room_along(
    desk: Client, staff: User, alice: User, room: Room, movie: Movie
) -> None:
    mute = services.mute(actor=staff, room=room, user=alice)
    for address in (
        f"/admin/rooms/room/{room.pk}/delete/",
        f"/admin/rooms/sanction/{mute.pk}/delete/",
        "/admin/rooms/room/add/",
    ):
        assert desk.post(address, {"post": "yes"}).status_code == 403
    assert desk.post(f"/admin/movies/movie/{movie.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Room.objects.exists()


def test_people_of_the_house_only(client: Client, alice: User, room: Room) -> None:
    client.force_login(alice)
    assert client.get("/admin/rooms/room/").status_code == 302
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert client.get("/admin/rooms/room/").status_code == 403

"""REST for parties: shapes, who sees what, bad input."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from core.clock import iso_ms, now
from core.errors import NotFound
from messaging.message_view import Posted
from messaging.models import Message
from messaging.services import remove_room_message
from movies.models import Movie
from rooms import services
from rooms.data import RoomPost
from rooms.models import Room, RoomRole, Sanction
from tests.assertions import TIME_MS, assert_error
from tests.messaging.sending import group_of
from tests.rooms.conftest import Viewer, make_movie

pytestmark = pytest.mark.django_db


@pytest.fixture
def party(movie: Movie, alice: User) -> Room:
    return services.open_party(actor=alice, movie_id=movie.pk, name="Film night", password="sesame", blocked_words=["meh"])


@pytest.fixture
def with_bob(party: Room, bob: User) -> Room:
    return services.join_party(actor=bob, room=party, invite=party.invite_key)


# Opening and reading --------------------------------------------------------------------------------------------------
def test_opening_a_party(api: Any, alice: User, movie: Movie, settings: Any) -> None:
    starts_at = iso_ms(now() + timedelta(hours=1))
    sent = {
        "movie_id": movie.pk, "name": " Film  night ", "password": "sesame", "control": "pause", "wait": "off",
        "capacity": 8, "starts_at": starts_at,
    }  # fmt: skip
    body = api(alice).post("/api/rooms", sent, format="json").json()
    assert body["status"] == "success"
    room = body["room"]
    assert {name: room[name] for name in ("kind", "name", "control", "wait", "capacity", "starts_at", "owner", "role")} == {
        "kind": "party", "name": "Film night", "control": "pause", "wait": "off", "capacity": 8, "starts_at": starts_at,
        "owner": "alice", "role": "owner",
    }  # fmt: skip
    assert (room["needs_password"], room["may_enter"], room["title"]) == (True, True, movie.title)
    appointed = round(datetime.fromisoformat(starts_at).timestamp() * 1000)
    assert (room["timeline"]["state"], room["timeline"]["wait_until"]) == ("waiting", appointed)
    assert room["invite_link"].startswith(f"{settings.PUBLIC_URL}/watch/{room['room_id']}?invite=")
    assert "password" not in room


def test_a_form_opens_one_too(api: Any, alice: User, movie: Movie) -> None:
    body = api(alice).post("/api/rooms", {"movie_id": str(movie.pk), "blocked_words": ["one", "two"]}).json()
    assert body["room"]["blocked_words"] == ["one", "two"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("movie_id", None), ("movie_id", "x"), ("movie_id", 1.5), ("movie_id", True), ("name", 7), ("name", "a\x00"),
        ("password", 7), ("control", "mine"), ("wait", None), ("capacity", "many"), ("capacity", 1), ("capacity", 10**30),
        ("capacity", -(10**30)), ("slow_seconds", None), ("slow_seconds", 1e308), ("slow_seconds", -1),
        ("blocked_words", "word"), ("blocked_words", [7]), ("blocked_words", ["x" * 51]), ("blocked_words", [[]]),
        ("starts_at", "soon"), ("starts_at", "2020-01-01T00:00:00Z"), ("starts_at", "9999-12-31T23:59:59Z"),
        ("starts_at", 12),
    ],
)  # fmt: skip
def test_bad_settings_are_named_and_change_nothing(
    api: Any, alice: User, movie: Movie, party: Room, field: str, value: Any
) -> None:
    client, before = api(alice), Room.objects.filter(pk=party.pk).values().get()
    assert_error(client.post("/api/rooms", {"movie_id": movie.pk, field: value}, format="json"), 400, "invalid", field=field)
    if field != "movie_id":
        address = f"/api/rooms/{party.room_id}"
        assert_error(client.patch(address, {field: value}, format="json"), 400, "invalid", field=field)
    assert Room.objects.get() == party
    assert Room.objects.filter(pk=party.pk).values().get() == before


@pytest.mark.parametrize("body", [b'{"movie_id": NaN}', b'{"movie_id": 1, "capacity": Infinity}', b"[]", b"{", b"\xff"])
def test_what_is_not_json(api: Any, alice: User, movie: Movie, body: bytes) -> None:
    answer = api(alice).generic("POST", "/api/rooms", body, content_type="application/json")
    assert_error(answer, 400)
    assert not Room.objects.exists()


@pytest.mark.parametrize("film", [0, -1, 999_999, 2**63])
def test_unknown_films(api: Any, alice: User, film: int) -> None:
    assert_error(api(alice).post("/api/rooms", {"movie_id": film}, format="json"), 404, "not_found")


def test_an_unpublished_film(api: Any, alice: User, db: None) -> None:
    film = make_movie(is_published=False)
    assert_error(api(alice).post("/api/rooms", {"movie_id": film.pk}, format="json"), 404, "not_found")


def test_a_stranger_reads_what_an_invitation_would_say(api: Any, alice: User, charlie: User, party: Room, server: Any) -> None:
    Viewer(server, party.room_id, alice, "sync")
    for client in (api(), api(charlie), api(HTTP_AUTHORIZATION="Bearer nonsense")):
        room = client.get(f"/api/rooms/{party.room_id}").json()["room"]
        told = {name: value for name, value in room.items() if value is None}
        assert told.keys() == {
            "conversation_id", "host", "timeline", "invite_link", "blocked_words", "capacity", "starts_at"
        }  # fmt: skip
        assert (room["name"], room["title"], room["needs_password"], room["people_count"]) == (
            "Film night", "Lantern Street", True, 1,
        )  # fmt: skip
        assert (room["role"], room["may_enter"]) == ("guest", False)


def test_the_key_of_the_link_shows_the_rest(api: Any, party: Room, with_bob: Room, bob: User) -> None:
    address = f"/api/rooms/{party.room_id}"
    for client, query in ((api(), {"invite": party.invite_key}), (api(bob), {})):
        room = client.get(address, query).json()["room"]
        assert room["may_enter"]
        assert room["invite_link"].endswith(party.invite_key)
        assert room["blocked_words"] is None
        assert client.get(f"{address}/messages", query).status_code == 200
    for query in ({}, {"invite": "x"}, {"invite": ""}, {"invite": "\x00é"}):
        for suffix in ("messages", "members"):
            assert_error(api().get(f"{address}/{suffix}", query), 403, "password_required")


def test_without_a_password_the_id_is_enough(api: Any, alice: User, movie: Movie) -> None:
    bare = services.open_party(actor=alice, movie_id=movie.pk)
    room = api().get(f"/api/rooms/{bare.room_id}").json()["room"]
    assert (room["needs_password"], room["may_enter"], room["timeline"]["state"]) == (False, True, "idle")
    assert api().get(f"/api/rooms/{bare.room_id}/messages").json()["messages"] == []


def test_who_was_banned_reads_nothing_more(api: Any, alice: User, bob: User, movie: Movie) -> None:
    bare = services.open_party(actor=alice, movie_id=movie.pk)
    services.ban(actor=alice, room=bare, user=bob)
    address = f"/api/rooms/{bare.room_id}"
    assert_error(api(bob).get(f"{address}/messages"), 403, "banned")
    assert_error(api(bob).get(f"{address}/members", {"invite": bare.invite_key}), 403, "banned")
    assert not api(bob).get(address).json()["room"]["may_enter"]


def test_what_is_said_in_a_party_is_nobody_elses(
    api: Any, client: Client, alice: User, charlie: User, staff: User, party: Room
) -> None:
    post = RoomPost(room_id=party.room_id, user_id=alice.pk, username="alice", content="only for us")
    (said,) = services.post_messages([post])
    assert isinstance(said, Posted)
    for stranger in (charlie, staff):
        for method in ("patch", "delete"):
            answer = getattr(api(stranger), method)(f"/messages/{said.message.id}", {"content": "x"}, format="json")
            assert_error(answer, 404, "not_found")
    client.force_login(staff)
    assert "only for us" not in client.get("/admin/messaging/message/").content.decode()
    with pytest.raises(NotFound):
        remove_room_message(actor=staff, message_id=said.message.id)
    edited = api(alice).patch(f"/messages/{said.message.id}", {"content": "for us alone"}, format="json")
    assert edited.json()["content"] == "for us alone"


def test_new_passwords_are_not_made_without_end(api: Any, alice: User, party: Room, settings: Any) -> None:
    settings.LIMIT_LOGINS_PER_MINUTE = 1
    address = f"/api/rooms/{party.room_id}"
    assert_error(api(alice).patch(address, {"password": "another"}, format="json"), 429, "too_many_requests")
    assert api(alice).patch(address, {"password": ""}, format="json").status_code == 200


def test_reading_costs_few_queries(api: Any, bob: User, with_bob: Room, django_assert_max_num_queries: Any) -> None:
    client = api(bob)
    address = f"/api/rooms/{with_bob.room_id}"
    client.get(address)
    for suffix in ("", "/messages", "/members", "/messages?from_time=0"):
        with django_assert_max_num_queries(8):
            assert client.get(address + suffix).status_code == 200


# Changing and closing -------------------------------------------------------------------------------------------------
def test_settings_are_changed_one_by_one(api: Any, alice: User, party: Room) -> None:
    client, address = api(alice), f"/api/rooms/{party.room_id}"
    room = client.patch(address, {"slow_seconds": 10}, format="json").json()["room"]
    assert (room["slow_seconds"], room["name"], room["needs_password"]) == (10, "Film night", True)
    assert client.patch(address, {"password": ""}, format="json").json()["room"]["needs_password"] is False
    assert client.patch(address, {}, format="json").json()["room"]["slow_seconds"] == 10
    assert client.patch(address, {"capacity": 5}, format="json").json()["room"]["capacity"] == 5
    assert client.patch(address, {"capacity": None}, format="json").json()["room"]["capacity"] is None


def test_closing(api: Any, alice: User, party: Room) -> None:
    client, address = api(alice), f"/api/rooms/{party.room_id}"
    assert client.delete(address).json()["room"]["room_id"] == party.room_id
    for method, suffix in (
        ("get", ""), ("get", "/messages"), ("get", "/members"), ("patch", ""), ("delete", ""), ("post", "/invite"),
        ("post", "/entries"), ("get", "/sanctions"),
    ):  # fmt: skip
        assert_error(getattr(client, method)(address + suffix, {}), 404, "not_found")
    assert client.get("/api/rooms", {"mine": 1}).json()["rooms"] == []


# Lists ----------------------------------------------------------------------------------------------------------------
def test_live_public_rooms_the_fullest_first(
    api: Any, alice: User, bob: User, charlie: User, party: Room, server: Any
) -> None:
    films = [make_movie(f"Film {number}") for number in range(4)]
    rooms = [services.open_room(f"movie-{film.pk}") for film in films]
    for room, people in ((rooms[1], [alice]), (rooms[2], [bob, charlie, "Gast"])):
        for who in people:
            Viewer(server, room.room_id, who, "sync")
    Viewer(server, party.room_id, alice, "sync")
    Viewer(server, rooms[3].room_id, alice, "sync")
    Movie.objects.filter(pk=films[3].pk).update(is_published=False)
    body = api().get("/api/rooms").json()
    assert [(room["room_id"], room["people_count"]) for room in body["rooms"]] == [
        (rooms[2].room_id, 3), (rooms[1].room_id, 1),
    ]  # fmt: skip
    assert body["rooms"][0]["host"] == {"username": "bob", "verified": True}
    assert (body["page"], body["page_size"], body["total"], body["prev"], body["next"]) == (1, 50, 2, None, None)


def test_pages_of_rooms(api: Any, alice: User, movie: Movie) -> None:
    parties = [services.open_party(actor=alice, movie_id=movie.pk, name=f"Party {number}") for number in range(3)]
    client = api(alice)
    first = client.get("/api/rooms", {"mine": "1", "page_size": 2})
    assert [room["room_id"] for room in first.json()["rooms"]] == [parties[2].room_id, parties[1].room_id]
    assert 'rel="next"' in first.headers["Link"]
    second = client.get(first.json()["next"].split("8000", 1)[-1]).json()
    assert [room["room_id"] for room in second["rooms"]] == [parties[0].room_id]
    assert (second["prev"] is not None, second["next"], second["total"]) == (True, None, 3)
    assert client.get("/api/rooms", {"mine": "1", "page": 9}).json()["rooms"] == []
    for query in ({"page": "0"}, {"page": "x"}, {"page_size": "-1"}, {"page": "9" * 30}):
        assert_error(client.get("/api/rooms", query), 400, "invalid")
    assert client.get("/api/rooms", {"page": 2**62}).json()["rooms"] == []
    assert_error(api().get("/api/rooms", {"mine": "1"}), 401, "not_authenticated")


def test_my_parties_are_those_i_belong_to(api: Any, bob: User, charlie: User, with_bob: Room) -> None:
    (mine,) = api(bob).get("/api/rooms?mine=1").json()["rooms"]
    assert (mine["room_id"], mine["role"], mine["may_enter"]) == (with_bob.room_id, "member", True)
    assert api(charlie).get("/api/rooms?mine=1").json()["rooms"] == []


# People ---------------------------------------------------------------------------------------------------------------
def test_coming_in_by_password_and_by_link(api: Any, bob: User, charlie: User, party: Room) -> None:
    address = f"/api/rooms/{party.room_id}/entries"
    room = api(bob).post(address, {"password": "sesame"}, format="json").json()["room"]
    assert (room["role"], room["may_enter"]) == ("member", True)
    assert api(charlie).post(address, {"invite": party.invite_key}, format="json").json()["room"]["role"] == "member"
    guest = api().post(address, {"password": "sesame"}, format="json").json()["room"]
    assert (guest["role"], guest["may_enter"]) == ("guest", True)
    assert guest["invite_link"].endswith(party.invite_key)
    assert RoomRole.objects.filter(room=party).count() == 3


def test_wrong_passwords_are_refused_and_limited(api: Any, charlie: User, party: Room) -> None:
    client, address = api(charlie), f"/api/rooms/{party.room_id}/entries"
    for number in range(10):
        assert_error(client.post(address, {"password": f"guess {number}"}, format="json"), 403, "wrong_password")
    refused = client.post(address, {"password": "sesame"}, format="json")
    assert_error(refused, 429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) > 0
    assert_error(client.post(address, {}, format="json"), 403, "password_required")
    assert_error(client.post(address, {"password": 7}, format="json"), 400, "invalid", field="password")
    assert not RoomRole.objects.filter(room=party, user=charlie).exists()


def test_guests_where_there_are_none(api: Any, party: Room, settings: Any) -> None:
    settings.ALLOW_GUESTS = False
    answer = api().post(f"/api/rooms/{party.room_id}/entries", {"password": "sesame"}, format="json")
    assert_error(answer, 403, "guests_refused")


def test_who_belongs_to_it_and_who_is_there(api: Any, alice: User, bob: User, with_bob: Room, server: Any) -> None:
    Viewer(server, with_bob.room_id, bob, "sync")
    Viewer(server, with_bob.room_id, bob, "chat")
    services.change_room(actor=alice, room=with_bob, password="")
    Viewer(server, with_bob.room_id, "Gast", "chat")
    body = api(bob).get(f"/api/rooms/{with_bob.room_id}/members").json()
    assert [(person["username"], person["role"], person["is_here"], person["verified"]) for person in body["members"]] == [
        ("alice", "owner", False, True), ("bob", "member", True, True), ("Gast", "guest", True, False),
    ]  # fmt: skip
    assert TIME_MS.match(body["members"][0]["since"])
    assert body["total"] == 3
    page = api(bob).get(f"/api/rooms/{with_bob.room_id}/members", {"page": 2, "page_size": 2}).json()
    assert [person["username"] for person in page["members"]] == ["Gast"]


def test_people_of_a_public_room(api: Any, bob: User, staff: User, room: Room, server: Any) -> None:
    for who in (bob, staff, "Gast"):
        Viewer(server, room.room_id, who, "chat")
    members = api().get(f"/api/rooms/{room.room_id}/members").json()["members"]
    assert [(person["username"], person["role"]) for person in members] == [
        ("staff", "host"), ("bob", "member"), ("Gast", "guest"),
    ]  # fmt: skip


def test_roles(api: Any, alice: User, bob: User, with_bob: Room) -> None:
    address = f"/api/rooms/{with_bob.room_id}/members/bob"
    assert api(alice).put(address, {"role": "host"}, format="json").json() == {
        "status": "success", "username": "bob", "role": "host",
    }  # fmt: skip
    assert_error(api(alice).put(address, {"role": "guest"}, format="json"), 400, "invalid", field="role")
    assert_error(api(alice).put(address, {}, format="json"), 400, "invalid", field="role")
    assert_error(api(bob).put(address, {"role": "owner"}, format="json"), 403, "forbidden")
    assert api(alice).put(address, {"role": "owner"}, format="json").json()["role"] == "owner"
    assert api(alice).delete(f"/api/rooms/{with_bob.room_id}/members/alice").json()["role"] == "guest"


def test_inviting_people_and_a_group(api: Any, alice: User, bob: User, charlie: User, party: Room) -> None:
    client, address = api(alice), f"/api/rooms/{party.room_id}/invitations"
    body = client.post(address, {"usernames": ["bob", "nobody", "bob"]}, format="json").json()
    assert body["invited"] == ["bob"]
    assert [(refused["username"], refused["error"]) for refused in body["refused"]] == [("nobody", "not_found")]
    group = group_of(alice, bob)
    assert client.post(address, {"group_id": group.pk}, format="json").json()["invited"] == []
    said = list(Message.objects.order_by("pk").values_list("conversation__kind", "message_type"))
    assert said == [("private", "invitation"), ("group", "invitation")]
    assert all(party.invite_key in content for content in Message.objects.values_list("content", flat=True))
    theirs = group_of(charlie, bob)
    assert_error(client.post(address, {"group_id": theirs.pk}, format="json"), 404, "not_found")
    for bad in ({}, {"usernames": []}, {"usernames": "bob"}, {"group_id": "x"}, {"usernames": ["a\x00"]}):
        assert_error(client.post(address, bad, format="json"), 400, "invalid")
    assert Message.objects.count() == 2


def test_invitations_count_as_messages(api: Any, alice: User, party: Room, settings: Any) -> None:
    settings.LIMIT_MESSAGE_BURST = 2
    names = ["one", "two", "three"]
    refused = api(alice).post(f"/api/rooms/{party.room_id}/invitations", {"usernames": names}, format="json")
    assert_error(refused, 429, "too_many_requests")


# Order ----------------------------------------------------------------------------------------------------------------
def test_sanctions_are_imposed_listed_and_lifted(api: Any, alice: User, bob: User, with_bob: Room) -> None:
    client, address = api(alice), f"/api/rooms/{with_bob.room_id}/sanctions"
    sent = {"kind": "mute", "username": "bob", "seconds": 60, "reason": "noise"}
    (made,) = client.post(address, sent, format="json").json()["sanctions"]
    assert (made["kind"], made["username"], made["guest_name"], made["reason"], made["created_by"]) == (
        "mute", "bob", "", "noise", "alice",
    )  # fmt: skip
    assert TIME_MS.match(made["until"])
    assert client.get(address).json()["sanctions"] == [made]
    client.delete(f"{address}/{made['id']}")
    assert client.get(address).json()["sanctions"] == []
    assert client.delete(f"{address}/{made['id']}").status_code == 200
    assert_error(client.delete(f"{address}/999999"), 404, "not_found")


def test_every_guest_of_the_name_is_meant_by_address(api: Any, alice: User, with_bob: Room, server: Any) -> None:
    services.change_room(actor=alice, room=with_bob, password="")
    Viewer(server, with_bob.room_id, "loud", "chat")
    Viewer(server, with_bob.room_id, "loud", "sync")
    address = f"/api/rooms/{with_bob.room_id}/sanctions"
    answer = api(alice).post(address, {"kind": "ban", "guest_name": "loud"}, format="json")
    assert "198.51.100.7" not in answer.content.decode()
    assert list(Sanction.objects.values_list("address", "guest_name")) == [("198.51.100.7", "loud")]
    api(alice).post(address, {"kind": "mute", "guest_name": "not here"}, format="json")
    assert Sanction.objects.filter(address=None, guest_name="not here").exists()


def test_who_may_sanction_whom(
    api: Any, alice: User, bob: User, charlie: User, staff: User, with_bob: Room, room: Room
) -> None:
    services.join_party(actor=charlie, room=with_bob, invite=with_bob.invite_key)
    services.set_role(actor=alice, room=with_bob, username="bob", role="host")
    address = f"/api/rooms/{with_bob.room_id}/sanctions"

    def mute(who: User, whom: str, at: str = address) -> int:
        return int(api(who).post(at, {"kind": "mute", "username": whom}, format="json").status_code)

    assert [mute(bob, name) for name in ("charlie", "alice", "bob", "staff", "nobody")] == [200, 403, 403, 200, 404]
    assert [mute(alice, name) for name in ("bob", "alice")] == [200, 403]
    assert [mute(charlie, name) for name in ("bob", "staff")] == [403, 403]
    assert [mute(staff, name) for name in ("alice", "bob", "staff")] == [200, 200, 400]
    public = f"/api/rooms/{room.room_id}/sanctions"
    assert [mute(who, "charlie", public) for who in (alice, bob, staff)] == [403, 403, 200]


def test_a_host_lifts_what_others_have_to_bear_only(api: Any, alice: User, bob: User, charlie: User, with_bob: Room) -> None:
    for user in (bob, charlie):
        services.join_party(actor=user, room=with_bob, invite=with_bob.invite_key)
        services.set_role(actor=alice, room=with_bob, username=user.username, role="host")
    mine = services.mute(actor=alice, room=with_bob, user=bob)
    address = f"/api/rooms/{with_bob.room_id}/sanctions/{mine.pk}"
    assert_error(api(bob).delete(address), 403, "forbidden")
    assert Sanction.objects.in_force().count() == 1
    assert api(charlie).delete(address).status_code == 200
    assert not Sanction.objects.in_force().exists()


def test_what_staff_decided_stands(api: Any, alice: User, staff: User, charlie: User, with_bob: Room) -> None:
    made = services.ban(actor=staff, room=with_bob, user=charlie)
    elsewhere = services.ban(actor=staff, user=charlie)
    address = f"/api/rooms/{with_bob.room_id}/sanctions"
    assert_error(api(alice).delete(f"{address}/{made.pk}"), 403, "forbidden")
    assert_error(api(alice).delete(f"{address}/{elsewhere.pk}"), 404, "not_found")
    assert api(staff).delete(f"{address}/{made.pk}").status_code == 200


@pytest.mark.parametrize(
    "bad",
    [
        {}, {"kind": "mute"}, {"kind": "hug", "username": "bob"}, {"kind": "mute", "username": "bob", "guest_name": "x"},
        {"kind": "mute", "username": "bob", "seconds": 0}, {"kind": "mute", "username": "bob", "seconds": -5},
        {"kind": "mute", "username": "bob", "seconds": 10**12}, {"kind": "mute", "username": "bob", "seconds": "x"},
        {"kind": "mute", "username": 7}, {"kind": "mute", "guest_name": "\x01"},
    ],
)  # fmt: skip
def test_bad_sanctions(api: Any, alice: User, with_bob: Room, bad: dict[str, Any]) -> None:
    assert_error(api(alice).post(f"/api/rooms/{with_bob.room_id}/sanctions", bad, format="json"), 400, "invalid")
    assert not Sanction.objects.exists()

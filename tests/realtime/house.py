"""A server with films, rooms, people and a member of staff, made in one go, so that every test may have its own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.rig.servers import PASSWORD, Server

HTTP = httpx.Client(trust_env=False, timeout=60, headers={"Accept-Language": "en"})
"""One client for all: making one costs more than most requests."""

MAKE = """
import json
from django.db import transaction
from django.utils import timezone
from accounts.models import User
from accounts.services import log_in, register
from movies.models import Movie
from messaging.models import Conversation
from messaging.services import open_conversation
from rooms.models import Room, RoomRole, TimelineRow
from rooms.services import open_room

def film(title, **facts):
    return Movie.objects.create(
        title=title, video_link="https://films.example.com/a.m3u8", is_published=True, published_at=timezone.now(), **facts
    )

def party(number):
    shown = film(f"Film of party {number}", duration=600)
    talk = open_conversation(kind=Conversation.Kind.ROOM, subject=f"party-{number}", title=shown.title)
    room = Room.objects.create(
        room_id=f"party-{number}", movie=shown, kind="party", conversation=talk, control="pause",
        owner_id=people["alice"][number][0],
    )
    TimelineRow.objects.create(room=room, movie=shown, duration=600)
    for name, role in (("alice", "owner"), ("bob", "host"), ("charlie", "member")):
        RoomRole.objects.create(room=room, user_id=people[name][number][0], role=role)
    return [room.room_id, room.pk, shown.pk]

with transaction.atomic():
    people = {}
    for name in ("alice", "bob", "charlie"):
        people[name] = []
        for number in range(PEOPLE):
            username = f"{name}-{number}"
            user = User.objects.create(username=username, email=f"{username}@example.com")
            tokens = log_in(user=user)
            people[name].append([user.pk, username, tokens.access, tokens.refresh])
    rooms = []
    for number in range(ROOMS):
        shown = film(f"Film {number}")
        room = open_room(f"movie-{shown.pk}")
        rooms.append([room.room_id, room.pk, shown.pk])
    steered = []
    for number in range(STEERED):
        shown = film(f"Film for all {number}", duration=600)
        room = open_room(f"movie-{shown.pk}")
        Room.objects.filter(pk=room.pk).update(control="everyone")
        steered.append([room.room_id, room.pk, shown.pk])
    parties = [party(number) for number in range(PARTIES)]
    hidden = Movie.objects.create(title="Hidden", video_link="https://films.example.com/a.m3u8", is_published=False).pk
    staff = register(username="staff", email="staff@example.com", password="correct horse battery")
    User.objects.filter(pk=staff.pk).update(is_staff=True, is_superuser=True)
    key = log_in(user=staff)
    in_charge = [staff.pk, "staff", key.access, key.refresh]
print(json.dumps({
    "people": people, "rooms": rooms, "hidden": hidden, "steered": steered, "parties": parties, "staff": in_charge,
}))
"""


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    id: int
    username: str
    token: str
    refresh: str
    server: Server

    def call_here(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The same on the server where the account was made."""
        return self.call(self.server, method, path, body)

    def call(self, server: Server, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """A REST call that has to succeed; its answer."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = HTTP.request(method, server.url + path, headers=headers, json=body)
        assert answer.status_code == 200, (method, path, answer.status_code, answer.text[:500])
        return answer.json()


@dataclass(frozen=True)
class Place:
    """A watch room with nobody in it."""

    room_id: str
    pk: int
    movie_id: int


@dataclass(frozen=True)
class Party:
    """A party with nobody in it yet, and its people."""

    place: Place
    owner: Person
    host: Person
    member: Person


class Desk:
    """Staff at work in the admin."""

    def __init__(self, server: Server) -> None:
        self.http = server.client()
        self._post("/admin/login/", username="staff", password=PASSWORD)

    def _post(self, path: str, **form: Any) -> None:
        page = self.http.get(path)
        assert page.status_code == 200, (path, page.status_code)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None, path
        said = self.http.post(path, data={"csrfmiddlewaretoken": token[1], **form})
        assert said.status_code == 302, (
            path,
            said.status_code,
            re.findall(r"errorlist[^>]*>(.*?)</ul>", said.text, re.DOTALL),
        )

    def sanction(self, kind: str, **whom: Any) -> None:
        """`kind` mute or ban; `whom`: user (id) or guest_name or address; room (row id), or everywhere."""
        self._post("/admin/rooms/sanction/add/", kind=kind, **whom)

    def lift_everything(self) -> None:
        """End all sanctions that are in force."""
        page = self.http.get("/admin/rooms/sanction/?in_force=yes")
        ids = re.findall(r'name="_selected_action" value="(\d+)"', page.text)
        if ids:
            self._post("/admin/rooms/sanction/?in_force=yes", action="lift", _selected_action=ids)

    def deactivate(self, person: Person) -> None:
        self._post("/admin/accounts/user/", action="deactivate", _selected_action=person.id)

    def delete(self, person: Person) -> None:
        self._post(f"/admin/accounts/user/{person.id}/delete/", post="yes")

    def unpublish(self, place: Place) -> None:
        self._post("/admin/movies/movie/", action="unpublish", _selected_action=place.movie_id)


@dataclass
class House:
    server: Server
    hidden_room: str
    _people: dict[str, list[Person]]
    _places: list[Place]
    staff: Person
    _steered: list[Place]
    _parties: list[Party]
    _desk: list[Desk] = field(default_factory=list)

    def person(self, name: str) -> Person:
        """A new alice, bob or charlie."""
        return self._people[name].pop()

    def place(self) -> Place:
        """A new room."""
        return self._places.pop()

    def steered_place(self) -> Place:
        """A new room that everyone may steer, of a film of ten minutes."""
        return self._steered.pop()

    def party(self) -> Party:
        """A new party where anyone may pause."""
        return self._parties.pop()

    @property
    def desk(self) -> Desk:
        if not self._desk:
            self._desk.append(Desk(self.server))
        return self._desk[0]


def make_house(server: Server, *, people: int = 10, rooms: int = 5, steered: int = 0, parties: int = 0) -> House:
    code = f"PEOPLE, ROOMS, STEERED, PARTIES = {people}, {rooms}, {steered}, {parties}\n{MAKE}"
    made = json.loads(server.shell(code).strip().splitlines()[-1])
    everyone = {name: [Person(*facts, server) for facts in those] for name, those in made["people"].items()}
    # The first people are a party's.
    guests = zip(*(everyone[name][:parties] for name in ("alice", "bob", "charlie")), strict=True)
    return House(
        server=server,
        hidden_room=f"movie-{made['hidden']}",
        _people={name: those[parties:] for name, those in everyone.items()},
        _places=[Place(*facts) for facts in made["rooms"]],
        staff=Person(*made["staff"], server),
        _steered=[Place(*facts) for facts in made["steered"]],
        _parties=[Party(Place(*facts), *those) for facts, those in zip(made["parties"], guests, strict=True)],
    )

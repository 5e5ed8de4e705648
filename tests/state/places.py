"""People and rooms on a running server, made in one go."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

from tests.rig.servers import Server

_MAKE = """
import json
from django.db import transaction
from django.utils import timezone
from accounts.models import User
from accounts.services import log_in
from movies.models import Movie
from rooms.services import open_room
with transaction.atomic():
    people = []
    for number in range(PEOPLE):
        username = f"{('alice', 'bob', 'charlie')[number % 3]}-{SUFFIX}-{number}"
        user = User.objects.create(username=username, email=f"{username}@example.com")
        people.append([username, log_in(user=user).access])
    rooms = []
    for number in range(ROOMS):
        film = Movie.objects.create(
            title=f"Film {number}", video_link="https://films.example.com/a.m3u8", is_published=True,
            published_at=timezone.now(),
        )
        rooms.append(open_room(f"movie-{film.pk}").room_id)
print(json.dumps([people, rooms]))
"""


@dataclass(frozen=True)
class Person:
    username: str
    token: str


@dataclass
class Places:
    """A new person or an empty room for whoever asks."""

    server: Server
    people: list[Person]
    rooms: list[str]

    def person(self) -> Person:
        return self.people.pop(0)

    def room(self) -> str:
        return self.rooms.pop()

    def call(self, who: Person, method: str, path: str, **body: Any) -> Any:
        """A REST call that has to succeed; its answer."""
        headers = {"Authorization": f"Bearer {who.token}"}
        answer = self.server.http.request(method, path, headers=headers, json=body or None)
        assert answer.status_code == 200, (method, path, answer.text)
        return answer.json()


def make_places(server: Server, *, people: int, rooms: int) -> Places:
    code = f"PEOPLE, ROOMS, SUFFIX = {people}, {rooms}, {secrets.token_hex(4)!r}\n{_MAKE}"
    made, open_rooms = json.loads(server.shell(code).strip().splitlines()[-1])
    return Places(server, [Person(*facts) for facts in made], open_rooms)

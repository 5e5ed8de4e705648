"""Who and what the contract tests speak of, made over the wire or in the server's own environment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.contract.wire import Person, new_person


@dataclass(frozen=True)
class Cast:
    """alice owns, bob takes part, charlie is the stranger."""

    alice: Person
    bob: Person
    charlie: Person


@dataclass(frozen=True)
class Place:
    """A server with people and films, of either kind."""

    server: Any
    is_daphne: bool
    cast: Cast
    films: list[int]
    """Published."""
    hidden_film: int
    unreadable_film: int
    """Published, with a comment that no code of ours can have written and none can read."""
    gone: dict[str, Person]
    """People with a good token whose account was `deleted` or `deactivated` since."""

    @property
    def alice(self) -> Person:
        return self.cast.alice

    @property
    def bob(self) -> Person:
        return self.cast.bob

    @property
    def charlie(self) -> Person:
        return self.cast.charlie


_PREPARE = """
import json
from django.db import connection
from django.utils import timezone
from accounts.models import User
from accounts.services import register
from comments.models import Comment
from movies.models import Movie

films = [
    Movie.objects.create(
        title=f"Film {number}", description="A film", video_link="https://films.example.com/film.m3u8",
        is_published=published, published_at=timezone.now() if published else None,
    )
    for number, published in enumerate([True, True, True, True, False])
]
author = register(username="author", email="author@example.com", password="correct horse battery")
Comment.objects.create(movie=films[3], user=author, content="unreadable")
spoiled = "2024-13-45 00:00:00" if connection.vendor == "sqlite" else "12345-01-01 00:00:00+00"
with connection.cursor() as cursor:
    cursor.execute("UPDATE comments_comment SET created_at = %s WHERE movie_id = %s", [spoiled, films[3].pk])
User.objects.filter(username=DELETED).delete()
User.objects.filter(username=DEACTIVATED).update(is_active=False)
print(json.dumps([film.pk for film in films]))
"""


def prepare(server: Any, *, is_daphne: bool = False) -> Place:
    """The cast over the wire; what the wire cannot make, in one visit to the server's own environment."""
    cast = Cast(*(new_person(server, name) for name in ("alice", "bob", "charlie")))
    gone = {fate: new_person(server, fate) for fate in ("deleted", "deactivated")}
    names = "".join(f"{fate.upper()} = {person.username!r}\n" for fate, person in gone.items())
    films = json.loads(server.shell(names + _PREPARE).strip().splitlines()[-1])
    return Place(server, is_daphne, cast, films[:3], films[4], films[3], gone)

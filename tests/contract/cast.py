"""Who and what the contract tests speak of, made over the wire or in the server's own environment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.contract.wire import Person, new_person

_MAKE_FILMS = """
import json
from django.utils import timezone
from movies.models import Movie
made = [
    Movie.objects.create(
        title=f"Film {number}", description="A film", video_link="https://films.example.com/film.m3u8",
        is_published=published, published_at=timezone.now() if published else None,
    ).pk
    for number, published in enumerate([True, True, True, False])
]
print(json.dumps(made))
"""


@dataclass(frozen=True)
class Cast:
    """alice owns, bob takes part, charlie is the stranger."""

    alice: Person
    bob: Person
    charlie: Person


def make_cast(server: Any) -> Cast:
    return Cast(*(new_person(server, name) for name in ("alice", "bob", "charlie")))


def make_films(server: Any) -> list[int]:
    """Three published films and, last, one that is not. Ids."""
    ids: list[int] = json.loads(server.shell(_MAKE_FILMS).strip().splitlines()[-1])
    return ids


@dataclass(frozen=True)
class Place:
    """A server with people and films, of either kind."""

    server: Any
    is_daphne: bool
    cast: Cast
    films: list[int]
    hidden_film: int

    @property
    def alice(self) -> Person:
        return self.cast.alice

    @property
    def bob(self) -> Person:
        return self.cast.bob

    @property
    def charlie(self) -> Person:
        return self.cast.charlie

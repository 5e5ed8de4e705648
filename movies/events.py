"""What is announced about films, on `core.bus.movies_address()`."""

from __future__ import annotations

from core.events import Event


class MoviePublished(Event, frozen=True, kw_only=True):
    movie_id: int


class MovieUnpublished(Event, frozen=True, kw_only=True):
    """Also when a film was deleted: it is no longer there to be seen."""

    movie_id: int

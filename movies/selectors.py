"""Which films there are to be seen. An unpublished film does not exist here (NotFound), for anyone."""

from __future__ import annotations

from typing import Final

import msgspec
from django.conf import settings
from django.db.models import F, QuerySet
from django.templatetags.static import static

from core.errors import NotFound
from core.text import compare_key
from movies.models import Genre, Movie
from movies.names import PLAYLIST

ORDERINGS: Final = ("id", "title", "published_at", "duration")
"""Each also with a minus in front, for the opposite."""
MOST_MOVIES: Final = 1_000


class MoviePage(msgspec.Struct, frozen=True):
    """One page of films, `number` counted from 1, of `total` films in all."""

    movies: list[Movie]
    number: int
    size: int
    total: int

    @property
    def has_next(self) -> bool:
        return self.number * self.size < self.total


def published_movies(*, search: str = "", genre: str = "", ordering: str = "id") -> QuerySet[Movie]:
    """Films with every word of `search` in their title or description, of the genre with this slug. Genres come along."""
    movies = Movie.objects.filter(is_published=True).prefetch_related("genres")
    for word in compare_key(search).split():
        movies = movies.filter(search_key__contains=word)
    if genre:
        movies = movies.filter(genres__slug=genre)
    column = F(ordering.removeprefix("-"))
    # Where films without a duration come differs between databases.
    return movies.order_by(column.desc(nulls_last=True) if ordering.startswith("-") else column.asc(nulls_last=True), "id")


def page_of_movies(movies: QuerySet[Movie], *, number: int, size: int) -> MoviePage:
    """Two queries and the genres'. A page past the end is empty."""
    start = (number - 1) * size
    return MoviePage(list(movies[start : start + size]), number, size, movies.count())


def access_movie(movie_id: int) -> Movie:
    """A published film. NotFound."""
    movie = Movie.objects.filter(is_published=True, pk=movie_id).first()
    if movie is None:
        raise NotFound
    return movie


def genres_in_use() -> QuerySet[Genre]:
    """Those of published films, by name."""
    return Genre.objects.filter(movies__is_published=True).distinct().order_by("name")


def video_address(movie: Movie) -> str:
    """The absolute address of the playlist or of the video elsewhere; empty only for a film that cannot be published."""
    if movie.hls_path:
        return f"{settings.PUBLIC_URL}/media/films/{movie.pk}/{PLAYLIST}"
    return movie.video_link


def thumbnail_address(movie: Movie) -> str:
    """The absolute address of the poster, or of the placeholder."""
    if movie.poster:
        name = str(movie.poster.name).rsplit("/", 1)[-1]
        return f"{settings.PUBLIC_URL}/media/posters/{movie.pk}/{name}"
    return f"{settings.PUBLIC_URL}{static('img/poster.svg')}"

"""A published film's bytes: playlist, segments, poster. They are looked up for each request, so unpublishing works at once."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from core import storage
from core.errors import NotFound
from core.media import speaking_json, stored
from movies.models import Movie
from movies.names import POSTER_TYPES, hls_content_type
from movies.selectors import access_movie


@require_safe
@speaking_json
def film(request: HttpRequest, movie_id: int, name: str) -> HttpResponseBase:
    """`name` is the playlist or what it lists. With S3_REDIRECT, segments come from the store by themselves."""
    return film_file(request, access_movie(movie_id), name)


@require_safe
@speaking_json
def poster(request: HttpRequest, movie_id: int, name: str) -> HttpResponseBase:
    movie = access_movie(movie_id)
    if str(movie.poster.name).rsplit("/", 1)[-1] != name:
        raise NotFound
    return poster_file(request, movie)


def poster_file(request: HttpRequest, movie: Movie) -> HttpResponseBase:
    """A film's poster, whoever may see it. NotFound without one."""
    key = str(movie.poster.name)
    content_type = POSTER_TYPES.get(key.rsplit(".", 1)[-1])
    if not movie.poster or content_type is None:
        raise NotFound
    return stored(request, key, content_type)


def film_file(request: HttpRequest, movie: Movie, name: str) -> HttpResponseBase:
    """One file of a film, whoever may see it. NotFound for any name that a film has not."""
    content_type = hls_content_type(name)
    if content_type is None or not movie.hls_path:
        raise NotFound
    key = f"{movie.hls_path.rsplit('/', 1)[0]}/{name}"
    # A playlist names its segments relative to itself, so the playlist must stay here.
    signed = (
        None if not settings.S3_REDIRECT or name.endswith(".m3u8") else storage.signed_address(key, content_type=content_type)
    )
    if signed:
        return HttpResponseRedirect(signed, headers={"Cache-Control": "private, no-store"})
    return stored(request, key, content_type)

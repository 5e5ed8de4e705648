"""Curating films. `actor` is a member of staff (Forbidden else), or None for Matinee itself: commands and the demo."""

from __future__ import annotations

import functools
import math
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import bus, pictures, storage
from core.clock import now
from core.errors import Forbidden, Invalid, NotFound
from movies.events import MoviePublished, MovieUnpublished
from movies.models import Genre, Movie, poster_key
from movies.names import PLAYLIST, hls_content_type

POSTER_SIDE: Final = 1920
"""Pixels of a poster's longer side, at most."""
_WORDS: Final = ("title", "description", "video_link", "duration")


def create_movie(
    *,
    actor: User | None,
    title: str,
    description: str = "",
    genres: Iterable[Genre] = (),
    video_link: str = "",
    duration: float | None = None,
) -> Movie:
    """A new film, not yet published. `duration` in seconds. Invalid, Forbidden."""
    _require_staff(actor)
    movie = Movie(title=title, description=description, video_link=video_link, duration=duration)
    _validate(movie)
    with transaction.atomic():
        movie.save()
        movie.genres.set(genres)
    return movie


def update_movie(*, actor: User | None, movie: Movie, genres: Iterable[Genre] | None = None, **words: Any) -> Movie:
    """Change title, description, video_link, duration or genres. Invalid, also for taking a published film's only video."""
    _require_staff(actor)
    for name in words:
        if name not in _WORDS:
            raise TypeError(f"{name} is not changed here")
    with transaction.atomic():
        movie = _locked(movie)
        for name, value in words.items():
            setattr(movie, name, value)
        _validate(movie)
        if movie.is_published:
            _require_video(movie)
        movie.save()
        if genres is not None:
            movie.genres.set(genres)
    return movie


def publish(*, actor: User | None, movie: Movie) -> Movie:
    """Show a film to everyone. Invalid without a video; nothing happens when it is published already."""
    _require_staff(actor)
    with transaction.atomic():
        movie = _locked(movie)
        _require_video(movie)
        if not movie.is_published:
            movie.is_published = True
            movie.published_at = movie.published_at or now()
            movie.save(update_fields=["is_published", "published_at"])
            bus.publish(bus.movies_address(), MoviePublished(movie_id=movie.pk))
    return movie


def unpublish(*, actor: User | None, movie: Movie) -> Movie:
    """Take a film out of sight. Nothing happens when it is out already."""
    _require_staff(actor)
    with transaction.atomic():
        movie = _locked(movie)
        if movie.is_published:
            movie.is_published = False
            movie.save(update_fields=["is_published"])
            bus.publish(bus.movies_address(), MovieUnpublished(movie_id=movie.pk))
    return movie


def attach_hls(*, actor: User | None, movie: Movie, files: Mapping[str, Path], duration: float | None = None) -> Movie:
    """Give a film its video: by name, `index.m3u8` and the segments it lists. What it had before is removed.

    Invalid for a name that no player asks for, or without a playlist; StorageFull, Unavailable.
    """
    _require_staff(actor)
    _validate_hls_names(files)
    folder = f"films/{uuid.uuid4().hex}"
    try:
        for name, path in files.items():
            with path.open("rb") as opened:
                storage.write(f"{folder}/{name}", File(opened))
        with transaction.atomic():
            movie = _locked(movie)
            before, movie.hls_path = movie.hls_path, f"{folder}/{PLAYLIST}"
            movie.duration = movie.duration if duration is None else duration
            movie.save(update_fields=["hls_path", "duration"])
            if before:
                transaction.on_commit(functools.partial(storage.remove_folder, before.rsplit("/", 1)[0]), robust=True)
    except Exception:
        storage.remove_folder(folder)
        raise
    return movie


class Poster(NamedTuple):
    """A picture as `paint_poster` made it."""

    content: File[bytes]


def paint_poster(image: File[bytes]) -> Poster:
    """Invalid, TooLarge. Unavailable after seconds of waiting for others' pictures: not within a transaction, which on SQLite
    would keep everybody else from writing so long.
    """
    return Poster(pictures.within(image, longest=POSTER_SIDE, field="poster"))


def set_poster(*, actor: User | None, movie: Movie, image: File[bytes] | Poster | None) -> Movie:
    """Give a film its picture, painted already or not, or with None take it away. StorageFull, and as `paint_poster`."""
    _require_staff(actor)
    name = "" if image is None else _store_poster(movie, image if isinstance(image, Poster) else paint_poster(image))
    try:
        with transaction.atomic():
            movie = _locked(movie)
            before = movie.poster.name
            movie.poster.name = name
            movie.save(update_fields=["poster"])
            if before:
                transaction.on_commit(functools.partial(storage.remove, before), robust=True)
    except Exception:
        if name:
            storage.remove(name)
        raise
    return movie


def delete_movie(*, actor: User | None, movie: Movie) -> None:
    """Forget a film, with its comments, video and poster."""
    _require_staff(actor)
    with transaction.atomic():
        movie = _locked(movie)
        pk, was_published, hls_path, poster = movie.pk, movie.is_published, movie.hls_path, movie.poster.name
        movie.delete()
        if was_published:
            bus.publish(bus.movies_address(), MovieUnpublished(movie_id=pk))
        if hls_path:
            transaction.on_commit(functools.partial(storage.remove_folder, hls_path.rsplit("/", 1)[0]), robust=True)
        if poster:
            transaction.on_commit(functools.partial(storage.remove, poster), robust=True)


def ensure_genre(*, actor: User | None, name: str, slug: str = "") -> Genre:
    """The genre of this name, made when there is none. Invalid."""
    found = Genre.objects.filter(name=name).first()
    return found or save_genre(actor=actor, genre=Genre(name=name, slug=slug or slugify(name, allow_unicode=True)))


def save_genre(*, actor: User | None, genre: Genre) -> Genre:
    """Keep a new or changed genre. Invalid, also when another has its name or slug."""
    _require_staff(actor)
    try:
        genre.full_clean()
    except ValidationError as error:
        raise Invalid(errors=error.message_dict) from error
    genre.save()
    return genre


def delete_genre(*, actor: User | None, genre: Genre) -> None:
    """Forget a genre; its films stay."""
    _require_staff(actor)
    genre.delete()


def _require_staff(actor: User | None) -> None:
    if actor is not None and not actor.is_staff:
        raise Forbidden


def _locked(movie: Movie) -> Movie:
    """The film as it is in the database now, held until the transaction ends."""
    held = Movie.objects.select_for_update().filter(pk=movie.pk).first()
    if held is None:
        raise NotFound
    return held


def _validate(movie: Movie) -> None:
    try:
        movie.clean_fields()
    except ValidationError as error:
        raise Invalid(errors=error.message_dict) from error
    if movie.duration is not None and not math.isfinite(movie.duration):
        raise Invalid.field("duration", _("Must be a number of seconds."))


def _require_video(movie: Movie) -> None:
    if not movie.has_video:
        raise Invalid.field("video_link", _("A film without a video cannot be published."))


def _validate_hls_names(files: Mapping[str, Path]) -> None:
    if PLAYLIST not in files:
        raise Invalid.field("files", _("The playlist index.m3u8 is missing."))
    for name in files:
        if hls_content_type(name) is None:
            raise Invalid.field("files", _("A film has no file of this name."))


def _store_poster(movie: Movie, poster: Poster) -> str:
    name = poster_key(movie, f"poster.{pictures.ENDING}")
    storage.write(name, poster.content)
    return name

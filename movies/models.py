"""Films and their genres. A film's bytes (playlist, segments, poster) lie in the default storage."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.text import compare_key


class Genre(models.Model):
    name = models.CharField(_("name"), max_length=50, unique=True)
    slug = models.SlugField(_("slug"), max_length=50, unique=True, allow_unicode=True)

    class Meta:
        verbose_name = _("genre")
        verbose_name_plural = _("genres")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def poster_key(movie: Movie, filename: str) -> str:
    """A new name for each picture, so that a cached one is never the wrong one."""
    return f"posters/{uuid.uuid4().hex}.{filename.rsplit('.', 1)[-1]}"


class Movie(models.Model):
    """A film. `hls_path` is its playlist in the default storage, `video_link` an address elsewhere; a published film has one.

    `duration` is in seconds. `search_key` is derived from the words shown, because SQLite folds ASCII letters only.
    """

    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    genres = models.ManyToManyField(Genre, related_name="movies", blank=True, verbose_name=_("genres"))
    poster = models.FileField(_("poster"), upload_to=poster_key, blank=True)
    hls_path = models.CharField(_("playlist"), max_length=200, blank=True)
    video_link = models.URLField(
        _("video elsewhere"), max_length=500, blank=True, validators=[URLValidator(schemes=["http", "https"])]
    )
    duration = models.FloatField(_("duration (s)"), null=True, blank=True, validators=[MinValueValidator(0)])
    is_published = models.BooleanField(_("published"), default=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=now)
    search_key = models.TextField(editable=False, default="")

    class Meta:
        verbose_name = _("film")
        verbose_name_plural = _("films")
        indexes = [models.Index(fields=["is_published", "id"], name="movie_published")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_published=False) | ~models.Q(hls_path="") | ~models.Q(video_link=""),
                name="movie_published_has_video",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_key = compare_key(f"{self.title}\n{self.description}")
        super().save(*args, **kwargs)

    @property
    def has_video(self) -> bool:
        return bool(self.hls_path or self.video_link)


class WatchProgress(models.Model):
    """How far a person has come in a film, in seconds: one row for all of their devices."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watch_progress", verbose_name=_("person"))
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="watch_progress", verbose_name=_("film"))
    position = models.FloatField(_("position (s)"), validators=[MinValueValidator(0)])
    updated_at = models.DateTimeField(_("changed at"), default=now)

    class Meta:
        verbose_name = _("watch progress")
        verbose_name_plural = _("watch progress")
        indexes = [models.Index(fields=["user", "-updated_at"], name="progress_recent")]
        constraints = [
            models.UniqueConstraint(fields=["user", "movie"], name="progress_once"),
            models.CheckConstraint(condition=models.Q(position__gte=0), name="progress_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.movie_id} {self.position}"

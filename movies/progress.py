"""How far people have come in films they watch alone: kept for them only, for all of their devices."""

from __future__ import annotations

import math
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.clock import now
from core.errors import Invalid, NotFound
from movies.models import WatchProgress
from movies.selectors import access_movie

MOST_SECONDS: Final = 1_000_000
"""Longer than any film, for those whose length is not known."""
BEGUN_AFTER, OVER_BEFORE = 5, 15
"""Seconds from the beginning and before the end within which nobody wants to be brought back."""


def save_progress(*, actor: User, movie_id: int, position: float) -> WatchProgress:
    """Remember `position` (s), at most the film's duration. NotFound; Invalid unless it is a number from 0 on."""
    movie = access_movie(movie_id)
    if not math.isfinite(position) or not 0 <= position <= MOST_SECONDS:
        raise Invalid.field("position", _("Must be a number of seconds."))
    values = {"position": min(position, movie.duration or position), "updated_at": now()}
    try:
        with transaction.atomic():
            saved, _is_new = WatchProgress.objects.update_or_create(user=actor, movie=movie, defaults=values)
    except IntegrityError as error:  # The film was deleted in this moment.
        raise NotFound from error
    return saved


def forget_progress(*, actor: User, movie_id: int) -> None:
    """As if the film had not been begun. NotFound for a film that is not there."""
    WatchProgress.objects.filter(user=actor, movie=access_movie(movie_id)).delete()


def progress_in(movie_id: int, user: User) -> WatchProgress | None:
    return WatchProgress.objects.filter(user=user, movie_id=movie_id).first()


def unfinished(user: User) -> QuerySet[WatchProgress]:
    """Films that the person has begun and not seen to the end, the last one first, with their films."""
    is_under_way = Q(movie__duration=None) | Q(position__lt=F("movie__duration") - OVER_BEFORE)
    begun = WatchProgress.objects.filter(is_under_way, user=user, movie__is_published=True, position__gt=BEGUN_AFTER)
    return begun.select_related("movie").order_by("-updated_at", "-id")


def resume_at(progress: WatchProgress | None, duration: float | None) -> float:
    """Where to go on (s): 0 for a film not begun, or as good as over."""
    if progress is None or progress.position <= BEGUN_AFTER:
        return 0
    is_over = duration is not None and progress.position >= duration - OVER_BEFORE
    return 0 if is_over else progress.position

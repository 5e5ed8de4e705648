"""What people wrote below a film."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import now
from movies.models import Movie


class Comment(models.Model):
    """A hidden comment does not exist for readers; staff see it in the admin. `movie_time` is the moment it is about."""

    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="comments", verbose_name=_("film"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comments", verbose_name=_("author")
    )
    content = models.TextField(_("content"))
    created_at = models.DateTimeField(_("created at"), default=now)
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    movie_time = models.FloatField(_("time in the film (s)"), null=True, blank=True)
    is_hidden = models.BooleanField(_("hidden"), default=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("hidden by"),
    )

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        indexes = [models.Index(fields=["movie", "id"], condition=models.Q(is_hidden=False), name="comment_visible")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(movie_time=None) | models.Q(movie_time__gte=0), name="comment_time_not_negative"
            )
        ]

    def __str__(self) -> str:
        return self.content[:50]

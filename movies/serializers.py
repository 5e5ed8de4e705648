"""The shape of a film in answers, and what may be asked of the list."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.drf import MillisecondsField, NumberField, TextField
from movies import selectors
from movies.models import Movie


class GenreSerializer(serializers.Serializer[Any]):
    name = TextField()
    slug = TextField()


class MovieSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = TextField()
    description = TextField()
    thumbnail_url = serializers.SerializerMethodField()
    video_url = serializers.SerializerMethodField()
    duration = serializers.FloatField(allow_null=True, help_text="Seconds, where known.")
    genres = GenreSerializer(many=True)
    published_at = MillisecondsField()

    def get_thumbnail_url(self, movie: Movie) -> str:
        return selectors.thumbnail_address(movie)

    def get_video_url(self, movie: Movie) -> str:
        return selectors.video_address(movie)


class MovieListSerializer(serializers.Serializer[Any]):
    """The whole list has the first two keys only; a page has them all."""

    status = serializers.ChoiceField(choices=["success"])
    movies = MovieSerializer(many=True)
    page = serializers.IntegerField(required=False)
    page_size = serializers.IntegerField(required=False)
    total = serializers.IntegerField(required=False)
    prev = serializers.URLField(required=False, allow_null=True)
    next = serializers.URLField(required=False, allow_null=True)


class MovieDetailSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["success"])
    movie = MovieSerializer()


class MovieQuerySerializer(serializers.Serializer[Any]):
    """The query string of the list."""

    search = TextField(
        required=False, default="", allow_blank=True, max_length=200, help_text="Words in title or description."
    )
    genre = TextField(required=False, default="", allow_blank=True, max_length=50, help_text="A genre's slug.")
    ordering = serializers.ChoiceField(
        choices=[sign + name for name in selectors.ORDERINGS for sign in ("", "-")],
        required=False,
        default="id",
        error_messages={"invalid_choice": _("The list cannot be ordered by this.")},
    )
    page = serializers.IntegerField(required=False, min_value=1, max_value=1_000_000)
    page_size = serializers.IntegerField(required=False, min_value=1, help_text="At most 200 (50).")


class NewProgressSerializer(serializers.Serializer[Any]):
    position = NumberField(help_text="Seconds from the film's beginning.")


class ProgressSerializer(serializers.Serializer[Any]):
    movie_id = serializers.IntegerField()
    position = serializers.FloatField(help_text="Seconds; 0 for a film not begun.")
    updated_at = MillisecondsField(allow_null=True)


class ProgressAnswerSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["success"])
    progress = ProgressSerializer()

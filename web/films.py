"""A film's facts, as pages show them."""

from __future__ import annotations

from typing import Any

from django.contrib.staticfiles import finders
from django.templatetags.static import static

from movies import selectors as movies
from movies.models import Movie
from web.pages import local

HLS_SCRIPT = "hls.js/hls.min.js"


def film_card(movie: Movie) -> dict[str, Any]:
    return {
        "id": movie.pk,
        "title": movie.title,
        "description": movie.description,
        "duration": movie.duration,
        "poster": local(movies.thumbnail_address(movie)),
    }


def film_facts(movie: Movie) -> dict[str, Any]:
    """What the pages that play a film need. `hls_script` is empty where npm has not brought it."""
    return {
        "movie": movie,
        "poster": local(movies.thumbnail_address(movie)),
        "video": local(movies.video_address(movie)),
        "hls_script": static(HLS_SCRIPT) if finders.find(HLS_SCRIPT) else "",
    }

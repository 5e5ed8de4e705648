"""REST for films: what is published, for everyone, and how far each person has come in it."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.drf import caller
from core import json
from core.paging import link_header
from core.schema import errors
from movies import progress, selectors
from movies.models import WatchProgress
from movies.serializers import (
    MovieDetailSerializer,
    MovieListSerializer,
    MovieQuerySerializer,
    MovieSerializer,
    NewProgressSerializer,
    ProgressAnswerSerializer,
    ProgressSerializer,
)

DEFAULT_PAGE, LARGEST_PAGE = 50, 200


class PublicView(APIView):
    # A stale token must not keep anyone from what everyone may see.
    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]


class MoviesView(PublicView):
    @extend_schema(
        operation_id="movies_list",
        parameters=[MovieQuerySerializer],
        responses={200: MovieListSerializer, **errors(400)},
        auth=[],
    )
    def get(self, request: Request) -> HttpResponse:
        query = MovieQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        movies = selectors.published_movies(search=asked["search"], genre=asked["genre"], ordering=asked["ordering"])
        if "page" in asked or "page_size" in asked:
            size = min(asked.get("page_size", DEFAULT_PAGE), LARGEST_PAGE)
            return _one_page(request, selectors.page_of_movies(movies, number=asked.get("page", 1), size=size))
        shown = MovieSerializer(movies[: selectors.MOST_MOVIES], many=True).data
        return conditional_json(request._request, {"status": "success", "movies": shown})


class MovieView(PublicView):
    @extend_schema(operation_id="movies_detail", responses={200: MovieDetailSerializer, **errors(404)}, auth=[])
    def get(self, request: Request, movie_id: int) -> HttpResponse:
        movie = selectors.access_movie(movie_id)
        return conditional_json(request._request, {"status": "success", "movie": MovieSerializer(movie).data})


class ProgressView(APIView):
    @extend_schema(operation_id="progress_detail", responses={200: ProgressAnswerSerializer, **errors(401, 404)})
    def get(self, request: Request, movie_id: int) -> Response:
        """How far the caller has come in a film."""
        movie = selectors.access_movie(movie_id)
        return _progress(progress.progress_in(movie.pk, caller(request)) or _not_begun(movie_id))

    @extend_schema(
        operation_id="progress_save",
        request=NewProgressSerializer,
        responses={200: ProgressAnswerSerializer, **errors(400, 401, 404, 415)},
    )
    def put(self, request: Request, movie_id: int) -> Response:
        """Remember it, for all of the caller's devices."""
        sent = NewProgressSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return _progress(progress.save_progress(actor=caller(request), movie_id=movie_id, **sent.validated_data))

    @extend_schema(operation_id="progress_forget", responses={200: ProgressAnswerSerializer, **errors(401, 404)})
    def delete(self, request: Request, movie_id: int) -> Response:
        """Forget it: the film is no longer among those to go on with."""
        progress.forget_progress(actor=caller(request), movie_id=movie_id)
        return _progress(_not_begun(movie_id))


def _not_begun(movie_id: int) -> dict[str, Any]:
    return {"movie_id": movie_id, "position": 0, "updated_at": None}


def _progress(found: WatchProgress | dict[str, Any]) -> Response:
    return Response({"status": "success", "progress": ProgressSerializer(found).data})


def _one_page(request: Request, page: selectors.MoviePage) -> HttpResponse:
    links = {}
    if page.number > 1:
        links["prev"] = _address(request, page.number - 1, page.size)
    if page.has_next:
        links["next"] = _address(request, page.number + 1, page.size)
    body = {
        "status": "success",
        "movies": MovieSerializer(page.movies, many=True).data,
        "page": page.number,
        "page_size": page.size,
        "total": page.total,
        "prev": links.get("prev"),
        "next": links.get("next"),
    }
    return conditional_json(request._request, body, headers=link_header(links))


def _address(request: Request, number: int, size: int) -> str:
    asked = {name: request.query_params[name] for name in ("search", "genre", "ordering") if name in request.query_params}
    return f"{settings.PUBLIC_URL}{request.path}?{urlencode({**asked, 'page': number, 'page_size': size})}"


def conditional_json(request: HttpRequest, body: dict[str, Any], headers: dict[str, str] | None = None) -> HttpResponse:
    """200 with a weak ETag of the body, or 304 for who has just that."""
    content = json.dumps(body)
    etag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or etag in known:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(content, content_type="application/json")
    for name, value in {**(headers or {}), "ETag": etag, "Cache-Control": "no-cache"}.items():
        response[name] = value
    return response

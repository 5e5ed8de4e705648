"""The catalogue, a film, a room."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_http_methods, require_safe

from comments import selectors as comments
from comments.services import post_comment
from core.clock import iso_ms
from core.errors import Invalid, WrongPassword
from core.net import request_address
from core.paging import Window, cut
from movies import selectors as movies
from movies.models import Movie
from rooms import selectors as rooms
from rooms.facts import Access, access_to
from rooms.selectors import is_invited
from rooms.services import open_room
from web import phrases
from web.forms import CommentForm, add_errors
from web.pages import local, page, sent

FILMS_A_PAGE = 60
COMMENTS_A_PAGE = 100
HLS_SCRIPT = "hls.js/hls.min.js"
LONGEST_KEY = 64


@require_safe
@page
def catalogue(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("search", "").replace("\x00", "")[:200]
    films = movies.published_movies(search=search, ordering="-published_at")
    shown = Paginator(films, FILMS_A_PAGE).get_page(request.GET.get("page"))
    words = {"shown": shown, "films": [film_card(film) for film in shown], "search": search}
    return render(request, "films/catalogue.html", words)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def film(request: HttpRequest, movie_id: int) -> HttpResponse:
    movie = movies.access_movie(movie_id)
    form = CommentForm(sent(request))
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect(f"/login?next={request.path}")
        if form.is_valid() and _comment(request, movie, form):
            return redirect(f"{request.path}#comments")
    window = Window(limit=COMMENTS_A_PAGE, before=_cursor(request))
    shown = cut(comments.comments_of(movie), window)
    words = film_facts(movie) | {"comments": shown.items, "older": shown.older, "form": form, "is_paged": bool(window.before)}
    return render(request, "films/film.html", words, status=400 if form.errors else 200)


def _comment(request: HttpRequest, movie: Movie, form: CommentForm) -> bool:
    try:
        post_comment(actor=request.user, movie_id=movie.pk, content=form.cleaned_data["content"])  # type: ignore[arg-type]
    except Invalid as error:
        add_errors(form, error)
        return False
    return True


def _cursor(request: HttpRequest) -> int | None:
    before = request.GET.get("before", "")
    return int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None


@require_safe
@page
def room(request: HttpRequest, room_id: str) -> HttpResponse:
    found = open_room(room_id)
    username = request.user.username if request.user.is_authenticated else None
    invite = request.GET.get("invite", "")[:LONGEST_KEY] or None
    access = access_to(found, user_id=request.user.pk, address=request_address(request) or None, invite=invite)
    words = (
        film_facts(found.movie)
        | party_facts(access, invite)
        | {
            "room_id": room_id,
            "messages": rooms.newest_in(found) if access.refusal is None else [],
            "phrases": phrases.ROOM,
            "room_data": {
                "room_id": room_id,
                "username": username,
                "movie_id": found.movie_id,
                "public_url": settings.PUBLIC_URL,
            }
            | party_facts(access, invite),
        }
    )
    return render(request, "rooms/room.html", words)


def party_facts(access: Access, invite: str | None) -> dict[str, Any]:
    """What the page of a room knows of who opens it. `invite` is what a socket shows at the door instead of a password."""
    room = access.room
    return {
        "room_kind": str(room.kind),
        "room_name": room.name,
        "role": access.role,
        "needs_password": isinstance(access.refusal, WrongPassword),
        "is_refused": access.refusal is not None and not isinstance(access.refusal, WrongPassword),
        "invite": invite if is_invited(room, invite) else None,
        "starts_at": iso_ms(room.starts_at) if room.starts_at else None,
    }


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it where a page names no icon (the admin's, a picture's)."""
    return redirect(static("img/icon.svg"), permanent=True)


def film_card(movie: Movie) -> dict[str, Any]:
    return {
        "id": movie.pk,
        "title": movie.title,
        "description": movie.description,
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

"""The catalogue, and a film's page with its comments."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from comments import selectors as comments
from comments.models import Comment
from comments.services import delete_comment, edit_comment, post_comment
from core.errors import ApiError, NotFound
from core.paging import MAX_ID, Window, cut
from movies import progress
from movies import selectors as movies
from movies.models import Movie
from rooms.models import Room
from rooms.services import open_party
from web import drafts, live, phrases
from web.films import film_card, film_facts
from web.forms import CommentForm, Form, PartyForm, add_errors
from web.pages import form_on, form_page, page, person, sent
from web.templatetags.times import film_time, parse_time

FILMS_A_PAGE = 60
COMMENTS_A_PAGE = 100
TO_GO_ON_WITH = 6


@require_safe
@page
def catalogue(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("search", "").replace("\x00", "")[:200].strip()
    genre = request.GET.get("genre", "").replace("\x00", "")[:50]
    films = movies.published_movies(search=search, genre=genre, ordering="-published_at")
    shown = Paginator(films, FILMS_A_PAGE).get_page(request.GET.get("page"))
    words: dict[str, Any] = {
        "shown": shown,
        "films": [film_card(film) for film in shown],
        "search": search,
        "genre": genre,
        "genres": movies.genres_in_use(),
        "kept": urlencode({name: value for name, value in (("search", search), ("genre", genre)) if value}),
    }
    if not search and not genre and shown.number == 1:
        words |= _entrance(request, next(iter(shown), None))
    return render(request, "films/catalogue.html", words)


def _entrance(request: HttpRequest, newest: Movie | None) -> dict[str, Any]:
    """What somebody finds who is not looking for anything yet."""
    rows = progress.unfinished(request.user)[:TO_GO_ON_WITH] if isinstance(request.user, User) else []
    return {
        "hero": newest,
        "hero_card": film_card(newest) if newest else None,
        "rooms": live.rooms_live_now(),
        "to_go_on_with": [(row, film_card(row.movie)) for row in rows],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page
def film(request: HttpRequest, movie_id: int) -> HttpResponse:
    movie = movies.access_movie(movie_id)
    form = CommentForm(sent(request), initial=drafts.take(request))
    if request.method == "POST":
        if not isinstance(request.user, User):
            return _log_in_first(request, form, "comments")
        if form.is_valid() and _tried(form, lambda: post_comment(actor=person(request), movie_id=movie.pk, **form.said)):
            return redirect(f"{request.path}#comments")
    return _film_page(request, movie, form)


def _log_in_first(request: HttpRequest, form: CommentForm, place: str) -> HttpResponse:
    """What was written is kept until then, and is in the form again at this address, in view."""
    drafts.keep(request, form)
    return redirect(f"/login?{urlencode({'next': f'{request.path}?draft#{place}'})}")


def _film_page(
    request: HttpRequest, movie: Movie, form: CommentForm, editing: Comment | None = None, party: PartyForm | None = None
) -> HttpResponse:
    window = Window(limit=COMMENTS_A_PAGE, before=_page_of(movie, editing) if editing else _number(request, "before"))
    shown = cut(comments.comments_of(movie), window)
    words = film_facts(movie) | {
        "comments": shown.items,
        "older": shown.older,
        "is_paged": bool(window.before),
        "form": CommentForm() if editing else form,
        "editing": editing.pk if editing else None,
        "edit_form": form if editing else None,
        "party": party or PartyForm(auto_id="party_%s"),
        "room": live.room_of(movie),
        "phrases": phrases.FILM,
        "start_at": _start_at(request, movie),
    }
    return form_page(request, "films/film.html", words, party or form)


def _page_of(movie: Movie, comment: Comment) -> int | None:
    """The page on which a comment is, by the id before which it begins; None for the first. One query."""
    newer = comments.comments_of(movie).filter(pk__gt=comment.pk)[:COMMENTS_A_PAGE]
    return comment.pk + 1 if newer.count() == COMMENTS_A_PAGE else None


def _start_at(request: HttpRequest, movie: Movie) -> float:
    """Where the player begins (s): what the address says, or where this person was."""
    asked = parse_time(request.GET.get("t", ""))
    if asked is not None or not isinstance(request.user, User):
        return asked or 0
    return progress.resume_at(progress.progress_in(movie.pk, request.user), movie.duration)


def _tried(form: Form, act: Any) -> bool:
    """Whether a service did it; its refusal is shown in the form, with what was typed."""
    try:
        act()
    except NotFound:
        raise
    except ApiError as error:
        add_errors(form, error)
        return False
    return True


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 and int(text) <= MAX_ID else None


@require_http_methods(["GET", "HEAD", "POST"])
@page
def edit(request: HttpRequest, movie_id: int, comment_id: int) -> HttpResponse:
    """One's own comment as a form, in its place among the others."""
    movie = movies.access_movie(movie_id)
    if not isinstance(request.user, User):
        return _log_in_first(request, CommentForm(sent(request)), f"comment-{comment_id}")
    comment = _own(request, movie, comment_id)
    initial = {"content": comment.content, "at": film_time(comment.movie_time)} | drafts.take(request)
    form = CommentForm(sent(request), auto_id="edit_%s", initial=initial)
    if form.is_valid() and _tried(form, lambda: edit_comment(actor=person(request), comment=comment, **form.said)):
        before = _page_of(movie, comment)
        return redirect(f"/movies/{movie.pk}{f'?before={before}' if before else ''}#comment-{comment.pk}")
    return _film_page(request, movie, form, editing=comment)


def _own(request: HttpRequest, movie: Movie, comment_id: int) -> Comment:
    comment = comments.access_comment(movie, comment_id)
    if comment.user_id != person(request).pk:
        raise NotFound
    return comment


@form_on("/movies/{movie_id}#comment-{comment_id}")
@page
@login_required
def delete(request: HttpRequest, movie_id: int, comment_id: int) -> HttpResponse:
    movie = movies.access_movie(movie_id)
    delete_comment(actor=person(request), comment=comments.access_comment(movie, comment_id))
    return redirect(f"/movies/{movie.pk}#comments")


@sensitive_post_parameters("password")
@form_on("/movies/{movie_id}#party")
@page
@login_required
def open_private_party(request: HttpRequest, movie_id: int) -> HttpResponse:
    """A party for this film, and into it."""
    movie = movies.access_movie(movie_id)
    form = PartyForm(request.POST, auto_id="party_%s")
    opened: list[Room] = []
    if form.is_valid() and _tried(
        form, lambda: opened.append(open_party(actor=person(request), movie_id=movie.pk, **form.wanted))
    ):
        return redirect(f"/watch/{opened[0].room_id}")
    return _film_page(request, movie, CommentForm(), party=form)


@form_on("/")
@page
@login_required
def forget(request: HttpRequest, movie_id: int) -> HttpResponse:
    """Take a film out of those to go on with."""
    progress.forget_progress(actor=person(request), movie_id=movie_id)
    return redirect("/")

"""A comment that somebody wrote while their login ended: kept in the session until they are back."""

from __future__ import annotations

from django.http import HttpRequest

from web.forms import CommentForm

_KEY = "comment_draft"
MOST_CHARS = 20_000
"""More than any comment may have; a session is no place for a book."""


def keep(request: HttpRequest, movie_id: int, form: CommentForm) -> None:
    said = {name: str(form.data.get(name, ""))[:MOST_CHARS] for name in ("content", "at")}
    if said["content"].strip():
        request.session[_KEY] = {"movie_id": movie_id, **said}


def take(request: HttpRequest, movie_id: int) -> dict[str, str]:
    """What the person wrote below this film, as a form's initial values; it is forgotten once they are signed in again."""
    draft = request.session.get(_KEY)
    if not isinstance(draft, dict) or draft.get("movie_id") != movie_id or not request.user.is_authenticated:
        return {}
    del request.session[_KEY]
    return {"content": draft["content"], "at": draft["at"]}


def carried(request: HttpRequest) -> dict[str, object]:
    """What signing in, which begins a new session, has to bring along."""
    return {_KEY: request.session[_KEY]} if _KEY in request.session else {}

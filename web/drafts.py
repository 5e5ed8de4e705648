"""A comment that somebody wrote while their login ended: kept in the session until they are back."""

from __future__ import annotations

from django.http import HttpRequest

from web.forms import CommentForm

_KEY = "comment_draft"
MOST_CHARS = 20_000
"""More than any comment may have; a session is no place for a book."""


def keep(request: HttpRequest, form: CommentForm) -> None:
    """What was sent in this form, for the page at the same address: a film's, or that of a comment to be changed."""
    said = {name: str(form.data.get(name, ""))[:MOST_CHARS] for name in ("content", "at")}
    if said["content"].strip():
        request.session[_KEY] = {"path": request.path, **said}


def take(request: HttpRequest) -> dict[str, str]:
    """What the person wrote at this address, as a form's initial values; it is forgotten once they are signed in again."""
    draft = request.session.get(_KEY)
    is_theirs = request.user.is_authenticated and request.method != "POST"
    if not isinstance(draft, dict) or draft.get("path") != request.path or not is_theirs:
        return {}
    del request.session[_KEY]
    return {"content": draft["content"], "at": draft["at"]}


def carried(request: HttpRequest) -> dict[str, object]:
    """What signing in, which begins a new session, has to bring along."""
    return {_KEY: request.session[_KEY]} if _KEY in request.session else {}

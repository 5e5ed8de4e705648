"""Writing below a film, and keeping order there."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import throttle
from accounts.models import User
from comments.models import Comment
from core.clock import now
from core.errors import Forbidden, Invalid, NotFound
from core.text import is_encodable
from movies.progress import MOST_SECONDS
from movies.selectors import access_movie


def post_comment(*, actor: User, movie_id: int, content: str, movie_time: float | None = None) -> Comment:
    """Write below a published film, about its moment `movie_time` (s) or all of it.

    NotFound, Invalid, TooManyRequests over LIMIT_COMMENTS_PER_MINUTE.
    """
    movie = access_movie(movie_id)
    _validate(content=content, movie_time=movie_time)
    throttle.count("comment", str(actor.pk), settings.LIMIT_COMMENTS_PER_MINUTE)
    try:
        with transaction.atomic():
            return Comment.objects.create(movie=movie, user=actor, content=content, movie_time=movie_time)
    except IntegrityError as error:  # The film was deleted in this moment.
        raise NotFound from error


def edit_comment(*, actor: User, comment: Comment, **changes: Any) -> Comment:
    """Change `content` or `movie_time` of one's own comment. Forbidden for others', staff too; Invalid; NotFound once gone."""
    if comment.user_id != actor.pk:
        raise Forbidden
    _validate(**changes)
    with transaction.atomic():
        held = Comment.objects.select_for_update().filter(pk=comment.pk, is_hidden=False).first()
        if held is None:
            raise NotFound
        changed = [name for name, value in changes.items() if getattr(held, name) != value]
        if changed:
            for name in changed:
                setattr(held, name, changes[name])
            held.edited_at = now()
            held.save(update_fields=[*changed, "edited_at"])
    held.user = actor
    return held


def delete_comment(*, actor: User, comment: Comment) -> None:
    """Take back one's own comment; staff any. Forbidden."""
    if comment.user_id != actor.pk and not actor.is_staff:
        raise Forbidden
    Comment.objects.filter(pk=comment.pk).delete()


def hide_comment(*, actor: User, comment: Comment) -> Comment:
    """Take a comment out of readers' sight and remember who did. Staff only (Forbidden)."""
    return _set_hidden(actor, comment, is_hidden=True)


def unhide_comment(*, actor: User, comment: Comment) -> Comment:
    """Show a hidden comment again. Staff only (Forbidden)."""
    return _set_hidden(actor, comment, is_hidden=False)


def _set_hidden(actor: User, comment: Comment, *, is_hidden: bool) -> Comment:
    if not actor.is_staff:
        raise Forbidden
    with transaction.atomic():
        changed = Comment.objects.filter(pk=comment.pk, is_hidden=not is_hidden)
        changed.update(is_hidden=is_hidden, hidden_by=actor if is_hidden else None)
    comment.refresh_from_db(fields=["is_hidden", "hidden_by"])
    return comment


def _validate(**fields: Any) -> None:
    """Invalid names everything that is wrong with `content` or `movie_time`, whichever are given."""
    checks: dict[str, Callable[[Any], object | None]] = {"content": _wrong_content, "movie_time": _wrong_time}
    wrong = {name: [why] for name, value in fields.items() if (why := checks[name](value))}
    if wrong:
        raise Invalid(errors=wrong)


def _wrong_content(content: str) -> object | None:
    limit = settings.LIMIT_COMMENT_CHARS
    if not content.strip():
        return _("Write something.")
    if not is_encodable(content):
        return _("This text has characters that cannot be stored.")
    if limit and len(content) > limit:
        return _("At most %(limit)d characters.") % {"limit": limit}
    return None


def _wrong_time(movie_time: float | None) -> object | None:
    is_time = movie_time is None or (math.isfinite(movie_time) and 0 <= movie_time <= MOST_SECONDS)
    return None if is_time else _("Must be a number of seconds.")

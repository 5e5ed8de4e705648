"""Writing below a film, and keeping order there."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import throttle
from accounts.models import User
from comments.models import Comment
from core.errors import Forbidden, Invalid, NotFound
from core.text import is_encodable
from movies.selectors import access_movie


def post_comment(*, actor: User, movie_id: int, content: str) -> Comment:
    """Write below a published film. NotFound, Invalid, TooManyRequests over LIMIT_COMMENTS_PER_MINUTE."""
    movie = access_movie(movie_id)
    _validate(content)
    throttle.count("comment", str(actor.pk), settings.LIMIT_COMMENTS_PER_MINUTE)
    try:
        with transaction.atomic():
            return Comment.objects.create(movie=movie, user=actor, content=content)
    except IntegrityError as error:  # The film was deleted in this moment.
        raise NotFound from error


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


def _validate(content: str) -> None:
    if not content.strip():
        raise Invalid.field("content", _("Write something."))
    if not is_encodable(content):
        raise Invalid.field("content", _("This text has characters that cannot be stored."))
    limit = settings.LIMIT_COMMENT_CHARS
    if limit and len(content) > limit:
        raise Invalid.field("content", _("At most %(limit)d characters.") % {"limit": limit})

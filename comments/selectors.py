"""Which comments readers see."""

from __future__ import annotations

from django.db.models import QuerySet

from comments.models import Comment
from core.errors import NotFound
from movies.models import Movie


def comments_of(movie: Movie) -> QuerySet[Comment]:
    """The film's comments that are not hidden, with their authors. `core.paging.cut` makes pages of them."""
    return Comment.objects.filter(movie=movie, is_hidden=False).select_related("user")


def access_comment(movie: Movie, comment_id: int) -> Comment:
    """A visible comment of this film. NotFound."""
    comment = comments_of(movie).filter(pk=comment_id).first()
    if comment is None:
        raise NotFound
    return comment

from __future__ import annotations

from typing import Any

import pytest

from comments import services
from comments.models import Comment
from comments.selectors import comments_of
from core.errors import Forbidden, Invalid, NotFound, TooManyRequests
from tests.movies.films import make_film

pytestmark = pytest.mark.django_db


def test_hiding_takes_out_of_sight_and_remembers_who(alice: Any, staff: Any, bob: Any) -> None:
    movie = make_film()
    comment = services.post_comment(actor=alice, movie_id=movie.pk, content="Rude")
    for act in (services.hide_comment, services.unhide_comment):
        with pytest.raises(Forbidden):
            act(actor=bob, comment=comment)
    assert services.hide_comment(actor=staff, comment=comment).hidden_by == staff
    assert list(comments_of(movie)) == []
    assert services.unhide_comment(actor=staff, comment=comment).hidden_by is None
    assert list(comments_of(movie)) == [comment]


def test_who_hid_first_stays_known(alice: Any, staff: Any, bob: Any) -> None:
    comment = services.post_comment(actor=alice, movie_id=make_film().pk, content="Rude")
    services.hide_comment(actor=staff, comment=comment)
    bob.is_staff = True
    assert services.hide_comment(actor=bob, comment=comment).hidden_by == staff


def test_only_the_author_or_staff_delete(alice: Any, bob: Any, staff: Any) -> None:
    movie = make_film()
    comments = [services.post_comment(actor=alice, movie_id=movie.pk, content="Mine") for _ in range(2)]
    with pytest.raises(Forbidden):
        services.delete_comment(actor=bob, comment=comments[0])
    services.delete_comment(actor=alice, comment=comments[0])
    services.delete_comment(actor=staff, comment=comments[1])
    assert not Comment.objects.exists()


def test_the_length_is_limited_in_characters(alice: Any, settings: Any) -> None:
    movie = make_film()
    settings.LIMIT_COMMENT_CHARS = 5
    assert services.post_comment(actor=alice, movie_id=movie.pk, content="好" * 5).content == "好" * 5
    with pytest.raises(Invalid):
        services.post_comment(actor=alice, movie_id=movie.pk, content="x" * 6)
    settings.LIMIT_COMMENT_CHARS = 0
    services.post_comment(actor=alice, movie_id=movie.pk, content="x" * 10_000)


@pytest.mark.parametrize("content", ["", " ", "\n\t ", "\u3000", "a\x00b", "\ud800"])
def test_nothing_and_the_unstorable_are_refused(alice: Any, content: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.post_comment(actor=alice, movie_id=make_film().pk, content=content)
    assert set(refused.value.errors or {}) == {"content"}


def test_comments_a_minute_are_limited_by_person(alice: Any, bob: Any, settings: Any) -> None:
    movie = make_film()
    settings.LIMIT_COMMENTS_PER_MINUTE = 2
    with pytest.raises(Invalid):
        services.post_comment(actor=alice, movie_id=movie.pk, content="")
    for _ in range(2):
        services.post_comment(actor=alice, movie_id=movie.pk, content="More")
    with pytest.raises(TooManyRequests) as refused:
        services.post_comment(actor=alice, movie_id=movie.pk, content="More")
    assert refused.value.retry_after is not None
    services.post_comment(actor=bob, movie_id=movie.pk, content="Mine")
    settings.LIMIT_COMMENTS_PER_MINUTE = 0
    services.post_comment(actor=alice, movie_id=movie.pk, content="More")
    assert Comment.objects.count() == 4


def test_nobody_writes_below_what_is_not_there(alice: Any) -> None:
    for movie_id in (make_film(published=False).pk, 2**70):
        with pytest.raises(NotFound):
            services.post_comment(actor=alice, movie_id=movie_id, content="Hello")

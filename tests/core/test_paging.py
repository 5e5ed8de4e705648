"""Pages by id: the newest without a cursor, oldest first within a page."""

from __future__ import annotations

import pytest
from django.db.models import QuerySet
from django.http import QueryDict
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from core import paging
from core.errors import Invalid
from core.paging import Window, cut, link_header, links, window_from
from movies.models import Genre


@pytest.fixture
def genres(db: None) -> QuerySet[Genre]:
    for number in range(7):
        Genre.objects.create(name=f"genre {number}", slug=f"genre-{number}")
    return Genre.objects.all()


def names(page: paging.Page[Genre]) -> list[int]:
    return [int(genre.name.split()[1]) for genre in page.items]


def test_walking_back_and_forth_meets_everything_once(
    genres: QuerySet[Genre], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        newest = cut(genres, Window(3))
    assert names(newest) == [4, 5, 6]
    assert newest.newer is None
    middle = cut(genres, Window(3, before=newest.older))
    assert names(middle) == [1, 2, 3]
    oldest = cut(genres, Window(3, before=middle.older))
    assert names(oldest) == [0]
    assert oldest.older is None
    assert names(cut(genres, Window(3, after=oldest.newer))) == [1, 2, 3]
    last = cut(genres, Window(3, after=middle.newer))
    assert names(last) == [4, 5, 6]
    assert last.newer is None


def test_a_list_that_fits_has_no_neighbours(genres: QuerySet[Genre]) -> None:
    page = cut(genres, Window(7))
    assert (page.older, page.newer) == (None, None)
    assert link_header(links(RequestFactory().get("/x"), page, Window(7))) == {}
    assert cut(genres.none(), Window(7)).items == []


def test_links_name_both_neighbours(genres: QuerySet[Genre]) -> None:
    window = Window(2, before=cut(genres, Window(2)).older)
    page = cut(genres, window)
    found = links(RequestFactory().get("/api/movies/1/comments"), page, window)
    assert found["prev"].endswith(f"/api/movies/1/comments?before={page.older}&limit=2")
    assert found["next"].endswith(f"/api/movies/1/comments?after={page.newer}&limit=2")
    assert found["prev"].startswith("http")
    header = link_header(found)["Link"]
    assert 'rel="prev", <' in header
    assert header.endswith('rel="next"')


def test_the_limit_has_a_default_and_a_most() -> None:
    assert window_from(QueryDict(""), default=50, most=100) == Window(50)
    assert window_from(QueryDict("limit=500&after=0"), default=50, most=100) == Window(100, after=0)
    assert window_from(QueryDict("before=9"), default=50, most=100) == Window(50, before=9)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=", "limit"),
        ("limit=1.5", "limit"),
        ("limit=٣", "limit"),
        ("before=x", "before"),
        ("before=99999999999999999999", "before"),
        ("after=9223372036854775808", "after"),
        ("before=1&after=1", "after"),
    ],
)
def test_odd_cursors_are_named(query: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        window_from(QueryDict(query), default=50, most=100)
    assert set(refusal.value.errors or {}) == {field}

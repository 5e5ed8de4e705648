"""How far people have come in films."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from core.errors import Invalid, NotFound
from movies import progress, services
from movies.models import WatchProgress
from tests.assertions import TIME_MS, assert_error
from tests.movies.films import make_film

pytestmark = pytest.mark.django_db


@pytest.fixture
def movie() -> Any:
    return make_film(duration=100.0)


def test_it_is_kept_for_each_person(api: Any, alice: Any, bob: Any, movie: Any) -> None:
    address = f"/api/movies/{movie.pk}/progress"
    none = {"status": "success", "progress": {"movie_id": movie.pk, "position": 0, "updated_at": None}}
    assert api(alice).get(address).json() == none
    for position in (12, 40.5):
        saved = api(alice).put(address, {"position": position}, format="json").json()["progress"]
        assert (saved["movie_id"], saved["position"]) == (movie.pk, position)
        assert TIME_MS.match(saved["updated_at"])
    assert api(alice).get(address).json()["progress"] == saved
    assert api(bob).get(address).json() == none
    assert WatchProgress.objects.count() == 1
    assert api(alice).delete(address).json() == none
    assert api(alice).delete(address).json() == none
    assert not WatchProgress.objects.exists()


@pytest.mark.parametrize("position", ["-0.1", "1e308", "1e400", "NaN", "true", "null", '"12"', "{}"])
def test_what_is_no_position_is_refused_and_nothing_kept(api: Any, alice: Any, movie: Any, position: str) -> None:
    body = f'{{"position": {position}}}'
    assert_error(api(alice).put(f"/api/movies/{movie.pk}/progress", body, content_type="application/json"), 400)
    assert not WatchProgress.objects.exists()


def test_nobody_comes_farther_than_the_end(alice: Any, movie: Any) -> None:
    assert progress.save_progress(actor=alice, movie_id=movie.pk, position=5_000).position == 100
    endless = make_film()
    assert progress.save_progress(actor=alice, movie_id=endless.pk, position=5_000).position == 5_000
    with pytest.raises(Invalid):
        progress.save_progress(actor=alice, movie_id=endless.pk, position=float("inf"))


def test_a_film_that_is_not_there_has_no_progress(api: Any, alice: Any, movie: Any) -> None:
    progress.save_progress(actor=alice, movie_id=movie.pk, position=20)
    services.unpublish(actor=None, movie=movie)
    with pytest.raises(NotFound):
        progress.save_progress(actor=alice, movie_id=movie.pk, position=1)
    for method in ("get", "delete"):
        assert_error(getattr(api(alice), method)(f"/api/movies/{movie.pk}/progress"), 404, "not_found")
    assert not progress.unfinished(alice).exists()


def test_films_to_go_on_with_are_begun_and_not_over(alice: Any, bob: Any) -> None:
    def seen(title: str, position: float, duration: float | None, minutes_ago: int, who: Any = alice) -> None:
        film = make_film(title, duration=duration)
        row = progress.save_progress(actor=who, movie_id=film.pk, position=position)
        WatchProgress.objects.filter(pk=row.pk).update(updated_at=now() - timedelta(minutes=minutes_ago))

    seen("long ago", 50, 100, 9)
    seen("just now", 50, 100, 1)
    seen("who knows how long", 50, None, 5)
    seen("hardly begun", 3, 100, 2)
    seen("as good as over", 90, 100, 2)
    seen("somebody else's", 50, 100, 0, bob)
    assert [row.movie.title for row in progress.unfinished(alice)] == ["just now", "who knows how long", "long ago"]


@pytest.mark.parametrize(("position", "duration", "there"), [(50, 100, 50), (50, None, 50), (4, 100, 0), (90, 100, 0)])
def test_where_to_go_on(position: float, duration: float | None, there: float) -> None:
    assert progress.resume_at(WatchProgress(position=position), duration) == there
    assert progress.resume_at(None, duration) == 0

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import pictures, storage
from movies import services
from movies.events import MoviePublished, MovieUnpublished
from movies.models import Genre, Movie
from tests.files.reading import body
from tests.movies.films import JPEG, PLAYLIST, make_film, make_hls_film
from tests.pictures import looked_at

pytestmark = pytest.mark.django_db
LIST = "/admin/movies/movie/"


@pytest.fixture
def desk(staff: Any) -> Client:
    """staff's browser, with a session that has begun."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(staff)
    client.get("/admin/")
    return client


def words(**changed: Any) -> dict[str, Any]:
    return {"title": "Rain", "description": "It rains.", "video_link": "", "duration": "", "genres": []} | changed


def act(client: Client, action: str, *movies: Movie) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [movie.pk for movie in movies]})


def test_staff_add_and_change_a_film(desk: Client) -> None:
    genre = services.ensure_genre(actor=None, name="Drama")
    picture = SimpleUploadedFile("poster.jpg", JPEG, "image/jpeg")
    sent = words(genres=[genre.pk], video_link="films.example/a.m3u8", duration="61.5", new_poster=picture)
    assert desk.get(f"{LIST}add/").status_code == 200
    assert desk.post(f"{LIST}add/", sent).status_code == 302
    movie = Movie.objects.get()
    assert (movie.title, movie.duration, movie.video_link) == ("Rain", 61.5, "https://films.example/a.m3u8")
    assert list(movie.genres.all()) == [genre]
    assert movie.poster
    assert not movie.is_published
    page = desk.get(f"{LIST}{movie.pk}/change/")
    assert page.status_code == 200
    assert f"/admin/movies/movie/{movie.pk}/poster" in page.content.decode()
    assert desk.post(f"{LIST}{movie.pk}/change/", words(title="Sun", remove_poster="on")).status_code == 302
    movie.refresh_from_db()
    assert (movie.title, movie.video_link, movie.duration, movie.poster.name) == ("Sun", "", None, "")
    assert list(movie.genres.all()) == []


def test_the_form_says_what_the_services_would_refuse(desk: Client) -> None:
    movie = make_film()
    for wrong, field in (
        (words(title=""), "title"),
        (words(video_link="javascript:alert(1)"), "video_link"),
        (words(video_link="ftp://a.example/b"), "video_link"),
        (words(video_link=""), "video_link"),
        (words(duration="-1"), "duration"),
        (words(duration="nan"), "duration"),
        (words(new_poster=SimpleUploadedFile("poster.jpg", b"<svg/>", "image/jpeg")), "new_poster"),
    ):
        answer = desk.post(f"{LIST}{movie.pk}/change/", wrong)
        assert answer.status_code == 200
        assert field in answer.context["adminform"].form.errors
    movie.refresh_from_db()
    assert movie.title == "Rain"
    assert movie.video_link


@pytest.mark.django_db(transaction=True)
def test_a_poster_is_painted_once_before_anything_is_locked(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Painting may wait for others' pictures, and on SQLite nobody writes while a transaction is open."""
    locked: list[bool] = []

    def painting(*args: Any, **options: Any) -> Any:
        locked.append(connection.in_atomic_block)
        return within(*args, **options)

    within = pictures.within
    monkeypatch.setattr(pictures, "within", painting)
    movie = make_film()
    link = movie.video_link
    for image in (JPEG, b"<svg/>"):
        sent = words(video_link=link, new_poster=SimpleUploadedFile("poster.jpg", image, "image/jpeg"))
        answer = desk.post(f"{LIST}{movie.pk}/change/", sent)
        assert (answer.status_code, locked) == (302 if image is JPEG else 200, [False])
        locked.clear()
    assert answer.context["adminform"].form.errors["new_poster"] == ["A picture is a JPEG, PNG, WebP or GIF file."]
    movie.refresh_from_db()
    with storage.open_stored(str(movie.poster.name)) as file:
        assert looked_at(file.read()).size == (40, 60)
    assert desk.post(f"{LIST}{movie.pk}/change/", words(video_link=link)).status_code == 302
    assert Movie.objects.get().poster.name == movie.poster.name, "without another it stays"


def test_publishing_goes_through_the_services(desk: Client, captured_events: Any) -> None:
    ready, empty = make_film(published=False), make_film("Empty", published=False, video_link="")
    with captured_events() as heard:
        answer = act(desk, "publish", ready, empty)
    assert [event for _, event in heard] == [MoviePublished(movie_id=ready.pk)]
    assert any("Empty" in str(message) for message in get_messages(answer.wsgi_request))
    with captured_events() as heard:
        act(desk, "unpublish", ready, empty)
    assert [event for _, event in heard] == [MovieUnpublished(movie_id=ready.pk)]


def test_deleting_goes_through_the_services(desk: Client, captured_events: Any, tmp_path: Any) -> None:
    movies = [make_hls_film(tmp_path, title) for title in ("A", "B", "C")]
    with captured_events() as heard:
        assert desk.post(f"{LIST}{movies[0].pk}/delete/", {"post": "yes"}).status_code == 302
        chosen = {"action": "delete_selected", "post": "yes", "_selected_action": [movie.pk for movie in movies[1:]]}
        assert desk.post(LIST, chosen).status_code == 302
    assert {event.movie_id for _, event in heard} == {movie.pk for movie in movies}
    assert not Movie.objects.exists()


def test_staff_watch_before_publishing(desk: Client, alice: Any, tmp_path: Any) -> None:
    movie = make_hls_film(tmp_path, published=False)
    address = f"{LIST}{movie.pk}/preview/index.m3u8"
    assert address in desk.get(f"{LIST}{movie.pk}/change/").content.decode()
    assert body(desk.get(address)) == PLAYLIST
    assert desk.get(f"{LIST}{movie.pk}/preview/missing.ts").status_code == 404
    assert desk.get(f"{LIST}{movie.pk}/poster").status_code == 404
    assert desk.get(f"{LIST}{movie.pk + 1}/poster").status_code == 404
    stranger = Client()
    stranger.force_login(alice)
    for client in (stranger, Client()):
        assert client.get(address).status_code == 302


def test_genres_are_kept(desk: Client) -> None:
    assert desk.post("/admin/movies/genre/add/", {"name": "科幻", "slug": "科幻"}).status_code == 302
    genre = Genre.objects.get()
    assert desk.post(f"/admin/movies/genre/{genre.pk}/change/", {"name": "SF", "slug": "sf"}).status_code == 302
    assert desk.get("/admin/movies/genre/").status_code == 200
    assert desk.post(f"/admin/movies/genre/{genre.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Genre.objects.exists()


def test_the_list_costs_the_same_for_any_length(desk: Client) -> None:
    genre = services.ensure_genre(actor=None, name="Drama")
    costs = []
    for count in (3, 7):
        for number in range(count):
            make_film(f"Film {number}", genres=[genre])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = desk.get(LIST, {"q": "FILM", "is_published__exact": 1, "genres__id__exact": genre.pk})
        assert page.status_code == 200
        costs.append(len(queries))
    assert page.context["cl"].result_count == 10
    assert costs[0] == costs[1]

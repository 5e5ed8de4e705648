from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile

from movies import services
from tests.assertions import TIME_MS, assert_error
from tests.files.reading import body
from tests.movies.films import JPEG, make_film, make_hls_film
from tests.pictures import looked_at

pytestmark = pytest.mark.django_db
PUBLIC = "https://cinema.example"


@pytest.fixture(autouse=True)
def _public_address(settings: Any) -> None:
    settings.PUBLIC_URL = PUBLIC


def titles(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [movie["title"] for movie in response.json()["movies"]]


def test_the_list_has_the_contracts_shape_for_everyone(api: Any, alice: Any, tmp_path: Any) -> None:
    genre = services.ensure_genre(actor=None, name="Drama")
    elsewhere = make_film("Rain", description="It rains.", genres=[genre], duration=12.5)
    ours = make_hls_film(tmp_path, "Snow")
    ours = services.set_poster(actor=None, movie=ours, image=ContentFile(JPEG, "p.jpg"))
    for client in (api(), api(alice), api(HTTP_AUTHORIZATION="Bearer stale")):
        answer = client.get("/api/movies").json()
        assert set(answer) == {"status", "movies"}
        assert answer["status"] == "success"
        rain, snow = answer["movies"]
        assert TIME_MS.match(rain.pop("published_at"))
        assert rain == {
            "id": elsewhere.pk, "title": "Rain", "description": "It rains.", "duration": 12.5,
            "genres": [{"name": "Drama", "slug": "drama"}], "video_url": "https://films.example/rain.m3u8",
            "thumbnail_url": f"{PUBLIC}/static/img/poster.svg",
        }  # fmt: skip
        assert snow["video_url"] == f"{PUBLIC}/media/films/{ours.pk}/index.m3u8"
        assert snow["thumbnail_url"] == f"{PUBLIC}/media/{str(ours.poster.name).replace('/', f'/{ours.pk}/')}"
        one = client.get(f"/api/movies/{ours.pk}/").json()
        assert set(one) == {"status", "movie"}
        assert one["movie"] == snow


def test_an_unpublished_film_does_not_exist(api: Any, staff: Any, tmp_path: Any) -> None:
    movie = make_hls_film(tmp_path, published=False)
    movie = services.set_poster(actor=None, movie=movie, image=ContentFile(JPEG, "p.jpg"))
    name = str(movie.poster.name).split("/")[1]
    for client in (api(), api(staff)):
        assert titles(client.get("/api/movies")) == []
        for path in (
            f"/api/movies/{movie.pk}", f"/api/movies/{movie.pk}/comments",
            f"/media/films/{movie.pk}/index.m3u8", f"/media/posters/{movie.pk}/{name}",
        ):  # fmt: skip
            assert_error(client.get(path), 404, "not_found")
    assert_error(api(staff).post(f"/api/movies/{movie.pk}/comments", {"content": "First"}), 404, "not_found")


@pytest.mark.parametrize("film_id", ["0", "-1", "abc", "1.5", "9" * 40, "9" * 5000, "%00", "1%20", "%EF%BC%91"])
def test_odd_ids_are_not_found(api: Any, film_id: str) -> None:
    make_film()
    assert_error(api().get(f"/api/movies/{film_id}"), 404)
    assert_error(api().get(f"/api/movies/{film_id}/comments"), 404)
    assert api().get(f"/media/films/{film_id}/index.m3u8").status_code == 404


def test_search_folds_any_script_and_wants_every_word(api: Any) -> None:
    make_film("ÉTÉ 1999", description="Une PLAGE")
    make_film("夏天", description="海边 100%")
    make_film("Winter_Tale", published=False)
    found = lambda words: titles(api().get("/api/movies", {"search": words}))  # noqa: E731
    assert found("été plage") == ["ÉTÉ 1999"]
    assert found("été neige") == []
    assert found("海边") == ["夏天"]
    assert found("100%") == ["夏天"]
    assert found("_") == found("winter") == []
    assert found("  ") == ["ÉTÉ 1999", "夏天"]


def test_genres_and_orderings(api: Any) -> None:
    drama, war = (services.ensure_genre(actor=None, name=name) for name in ("Drama", "War"))
    make_film("B", genres=[drama, war], duration=1.0)
    make_film("A", genres=[war])
    make_film("C", duration=3.0)
    ask = lambda **query: titles(api().get("/api/movies", query))  # noqa: E731
    assert ask(genre="war") == ["B", "A"]
    assert ask(genre="drama") == ["B"]
    assert ask(genre="none") == []
    assert ask() == ["B", "A", "C"]
    assert ask(ordering="-id") == ["C", "A", "B"]
    assert ask(ordering="title") == ["A", "B", "C"]
    assert ask(ordering="-title") == ["C", "B", "A"]
    assert ask(ordering="published_at") == ["B", "A", "C"]
    assert ask(ordering="duration") == ["B", "C", "A"]
    assert ask(ordering="-duration") == ["C", "B", "A"]


def test_pages_say_where_they_are(api: Any) -> None:
    for title in "ABCDE":
        make_film(title)
    answer = api().get("/api/movies", {"page": 2, "page_size": 2, "ordering": "title"})
    assert titles(answer) == ["C", "D"]
    shown = answer.json()
    assert (shown["page"], shown["page_size"], shown["total"]) == (2, 2, 5)
    assert shown["prev"] == f"{PUBLIC}/api/movies?ordering=title&page=1&page_size=2"
    assert shown["next"] == f"{PUBLIC}/api/movies?ordering=title&page=3&page_size=2"
    assert answer["Link"] == f'<{shown["prev"]}>; rel="prev", <{shown["next"]}>; rel="next"'
    last = api().get(shown["next"].removeprefix(PUBLIC))
    assert titles(last) == ["E"]
    assert last.json()["next"] is None
    assert titles(api().get("/api/movies", {"page": 1_000_000})) == []
    assert api().get("/api/movies", {"page_size": 5000}).json()["page_size"] == 200
    assert api().get("/api/movies", {"page": 1}).json()["page_size"] == 50


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"), ("page", "-1"), ("page", "x"), ("page", "9" * 40), ("page", "9" * 5000),
        ("page_size", "0"), ("page_size", "1.5"), ("ordering", "password"), ("ordering", "id; drop"),
        ("search", "a\x00"), ("search", "x" * 201), ("genre", "\x00"),
    ],
)  # fmt: skip
def test_odd_queries_are_refused(api: Any, name: str, value: str) -> None:
    refused = api().get("/api/movies", {name: value})
    assert_error(refused, 400, "invalid", field=name)
    assert refused.json()["status"] == "error"
    assert refused.json()["message"] == refused.json()["detail"]


def test_other_methods_are_refused(api: Any, alice: Any) -> None:
    movie = make_film()
    for method in ("post", "put", "patch", "delete"):
        assert_error(getattr(api(alice), method)("/api/movies"), 405)
        assert_error(getattr(api(alice), method)(f"/api/movies/{movie.pk}"), 405)


def test_an_unchanged_answer_is_not_sent_again(api: Any) -> None:
    movie = make_film()
    for path in ("/api/movies", f"/api/movies/{movie.pk}", "/api/movies?page=1"):
        etag = api().get(path)["ETag"]
        assert etag.startswith('W/"')
        for known in (etag, f'"x", {etag}', "*"):
            again = api().get(path, HTTP_IF_NONE_MATCH=known)
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
        assert api().get(path, HTTP_IF_NONE_MATCH='W/"other"').status_code == 200
        services.update_movie(actor=None, movie=movie, description=f"After {path}")
        changed = api().get(path, HTTP_IF_NONE_MATCH=etag)
        assert changed.status_code == 200
        assert changed["ETag"] != etag


def test_the_list_costs_the_same_for_any_length(api: Any, django_assert_num_queries: Any) -> None:
    genre = services.ensure_genre(actor=None, name="Drama")
    for count in (3, 7):
        for number in range(count):
            make_film(f"Film {number}", genres=[genre])
        with django_assert_num_queries(2):
            api().get("/api/movies")
        with django_assert_num_queries(3):
            api().get("/api/movies?page=1")


def test_a_films_files_are_served(api: Any, tmp_path: Any) -> None:
    movie = make_hls_film(tmp_path)
    address = f"/media/films/{movie.pk}"
    expected = {
        "index.m3u8": "application/vnd.apple.mpegurl", "init.mp4": "video/mp4", "seg0.m4s": "video/iso.segment",
    }  # fmt: skip
    for name, content_type in expected.items():
        answer = api().get(f"{address}/{name}")
        assert body(answer) == (tmp_path / name).read_bytes()
        assert answer["Content-Type"] == content_type
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "no-cache"
        assert api().get(f"{address}/{name}", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
    part = api().get(f"{address}/seg0.m4s", HTTP_RANGE="bytes=10-19")
    assert part.status_code == 206
    assert body(part) == (tmp_path / "seg0.m4s").read_bytes()[10:20]
    assert api().head(f"{address}/seg0.m4s")["Content-Length"] == str((tmp_path / "seg0.m4s").stat().st_size)
    assert api().post(f"{address}/seg0.m4s").status_code == 405
    services.unpublish(actor=None, movie=movie)
    assert_error(api().get(f"{address}/seg0.m4s"), 404)


@pytest.mark.parametrize(
    "name",
    [
        "missing.m4s", "../../secret_key", "..%2f..%2fsecret_key", "%2e%2e/index.m3u8", "a/../index.m3u8", "index.m3u8%00",
        "index.m3u8%0a", "/etc/passwd", "..\\index.m3u8", "index.html", "a/b/c.ts", "seg0.m4s.exe",
        "Index.M3U8", "%E2%80%AEseg0.m4s", "x" * 300 + ".ts",
    ],
)  # fmt: skip
def test_a_film_has_no_other_files(api: Any, tmp_path: Any, name: str) -> None:
    movie = make_hls_film(tmp_path)
    assert api().get(f"/media/films/{movie.pk}/{name}").status_code == 404


def test_a_film_elsewhere_has_no_files_here(api: Any) -> None:
    assert_error(api().get(f"/media/films/{make_film().pk}/index.m3u8"), 404)


def test_a_poster_is_served_as_what_it_is(api: Any) -> None:
    movie = services.set_poster(actor=None, movie=make_film(), image=ContentFile(JPEG, "x.html"))
    address = api().get(f"/api/movies/{movie.pk}").json()["movie"]["thumbnail_url"].removeprefix(PUBLIC)
    answer = api().get(address)
    assert looked_at(body(answer)).size == (40, 60)
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert api().get(f"/media/posters/{movie.pk}/other.jpg").status_code == 404
    assert api().get(f"/media/posters/{make_film().pk}/{address.rsplit('/', 1)[1]}").status_code == 404

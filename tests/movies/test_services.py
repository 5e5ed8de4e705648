from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from core import pictures, storage
from core.errors import Forbidden, Invalid, NotFound, StorageFull, TooLarge
from movies import services
from movies.events import MoviePublished, MovieUnpublished
from movies.models import Genre, Movie
from tests.movies.films import JPEG, hls_files, make_film, make_hls_film
from tests.pictures import looked_at, picture

pytestmark = pytest.mark.django_db


def stored(folder: str) -> list[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(folders + names)


def test_publishing_announces_once_and_keeps_the_first_date(captured_events: Any) -> None:
    movie = make_film(published=False)
    with captured_events() as heard:
        published = services.publish(actor=None, movie=movie)
        services.publish(actor=None, movie=movie)
        services.unpublish(actor=None, movie=movie)
        services.unpublish(actor=None, movie=movie)
    assert heard == [("movies", MoviePublished(movie_id=movie.pk)), ("movies", MovieUnpublished(movie_id=movie.pk))]
    again = services.publish(actor=None, movie=movie)
    assert published.published_at is not None
    assert again.published_at == published.published_at


def test_a_film_without_video_is_not_published() -> None:
    movie = make_film(published=False, video_link="")
    with pytest.raises(Invalid) as refused:
        services.publish(actor=None, movie=movie)
    assert set(refused.value.errors or {}) == {"video_link"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Movie.objects.filter(pk=movie.pk).update(is_published=True)


def test_a_published_film_keeps_a_video() -> None:
    movie = make_film()
    with pytest.raises(Invalid):
        services.update_movie(actor=None, movie=movie, video_link="")
    movie.refresh_from_db()
    assert movie.video_link
    assert movie.is_published


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", ""), ("title", "x" * 201), ("video_link", "javascript:alert(1)"), ("video_link", "ftp://a.example/b"),
        ("video_link", "not an address"), ("duration", -1.0), ("duration", float("nan")), ("duration", float("inf")),
    ],
)  # fmt: skip
def test_odd_words_are_refused(name: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        services.create_movie(actor=None, **{"title": "Rain", name: value})
    assert set(refused.value.errors or {}) == {name}
    with pytest.raises(Invalid):
        services.update_movie(actor=None, movie=make_film(), **{name: value})
    assert Movie.objects.count() == 1


def test_only_staff_curate(alice: Any, staff: Any, tmp_path: Any) -> None:
    movie = make_film()
    for act in (
        lambda: services.create_movie(actor=alice, title="Mine"),
        lambda: services.update_movie(actor=alice, movie=movie, title="Mine"),
        lambda: services.publish(actor=alice, movie=movie),
        lambda: services.unpublish(actor=alice, movie=movie),
        lambda: services.attach_hls(actor=alice, movie=movie, files=hls_files(tmp_path)),
        lambda: services.set_poster(actor=alice, movie=movie, image=None),
        lambda: services.delete_movie(actor=alice, movie=movie),
        lambda: services.ensure_genre(actor=alice, name="Mine"),
    ):
        with pytest.raises(Forbidden):
            act()
    assert services.update_movie(actor=staff, movie=movie, title="Sun").title == "Sun"


@pytest.mark.django_db(transaction=True)
def test_a_new_video_replaces_the_old_one(tmp_path: Any) -> None:
    movie = make_hls_film(tmp_path)
    before = movie.hls_path
    movie = services.attach_hls(actor=None, movie=movie, files=hls_files(tmp_path), duration=9.5)
    assert movie.hls_path != before
    assert movie.duration == 9.5
    assert stored("films") == [movie.hls_path.split("/")[1]]
    assert stored(movie.hls_path.rsplit("/", 1)[0]) == ["index.m3u8", "init.mp4", "seg0.m4s"]


@pytest.mark.parametrize(
    "name", ["../index.m3u8", "a/b/seg.ts", "seg.exe", "index.html", "", "a b.ts", "seg.m4s\n", "/seg.ts"]
)
def test_a_video_of_odd_files_is_refused(tmp_path: Any, name: str) -> None:
    movie = make_film(published=False, video_link="")
    files = hls_files(tmp_path)
    with pytest.raises(Invalid):
        services.attach_hls(actor=None, movie=movie, files=files | {name: files["seg0.m4s"]})
    with pytest.raises(Invalid):
        services.attach_hls(actor=None, movie=movie, files={"seg0.m4s": files["seg0.m4s"]})
    assert stored("films") == []


def test_a_full_disk_leaves_nothing_of_a_video(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    movie = make_film(published=False, video_link="")
    keep = storage.write

    def write(name: str, content: Any) -> None:
        if name.endswith(".m4s"):
            raise StorageFull
        keep(name, content)

    monkeypatch.setattr(storage, "write", write)
    with pytest.raises(StorageFull):
        services.attach_hls(actor=None, movie=movie, files=hls_files(tmp_path))
    movie.refresh_from_db()
    assert movie.hls_path == ""
    assert stored("films") == []


@pytest.mark.django_db(transaction=True)
def test_a_poster_is_a_picture_and_replaces_the_last() -> None:
    movie = make_film()
    movie = services.set_poster(actor=None, movie=movie, image=ContentFile(JPEG, "evil.html"))
    first = movie.poster.name
    assert str(first).endswith(".webp")
    movie = services.set_poster(actor=None, movie=movie, image=ContentFile(picture("PNG", (400, 4000)) + b"tail", "x"))
    assert stored("posters") == [str(movie.poster.name).split("/")[1]]
    with storage.open_stored(str(movie.poster.name)) as file:
        content = file.read()
    assert looked_at(content).size == (192, services.POSTER_SIDE)
    assert b"tail" not in content
    for bad in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"", b"<html>"):
        with pytest.raises(Invalid):
            services.set_poster(actor=None, movie=movie, image=ContentFile(bad, "poster.jpg"))
    with pytest.raises(TooLarge):
        services.set_poster(actor=None, movie=movie, image=ContentFile(JPEG + b"x" * pictures.MOST_BYTES, "poster.jpg"))
    assert services.set_poster(actor=None, movie=movie, image=None).poster.name == ""
    assert stored("posters") == []


@pytest.mark.django_db(transaction=True)
def test_deleting_a_film_takes_its_bytes_and_tells(tmp_path: Any, captured_events: Any) -> None:
    movie = make_hls_film(tmp_path)
    services.set_poster(actor=None, movie=movie, image=ContentFile(JPEG, "p.jpg"))
    with captured_events() as heard:
        services.delete_movie(actor=None, movie=movie)
    assert heard == [("movies", MovieUnpublished(movie_id=movie.pk))]
    assert stored("films") == stored("posters") == []
    with pytest.raises(NotFound):
        services.publish(actor=None, movie=movie)


def test_a_genre_is_made_once() -> None:
    made = services.ensure_genre(actor=None, name="科幻")
    assert services.ensure_genre(actor=None, name="科幻") == made
    assert made.slug == "科幻"
    with pytest.raises(Invalid):
        services.save_genre(actor=None, genre=Genre(name="Other", slug="科幻"))

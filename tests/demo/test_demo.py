"""The demo: made once, whoever asks and however often; what is in it can be seen and signed in to."""

from __future__ import annotations

import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import selectors as accounts
from accounts.models import User
from comments.models import Comment
from core.errors import Forbidden
from demo import services
from demo.films import FILMS, SMALL, rendered
from demo.services import logins, make_demo
from groups.models import ChatGroup
from messaging.models import Message
from movies.models import Movie


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def _counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (User, Movie, Comment, ChatGroup, Message)}


@pytest.mark.django_db
def test_the_demo_has_films_people_and_talk(data_dir: Path) -> None:
    people = make_demo(quiet=True, force=True, look=SMALL)
    assert [(person.username, person.is_staff) for person in people] == [("lin", False), ("mei", False), ("admin", True)]
    for person in people:
        user = accounts.user_by_username(person.username)
        assert user is not None
        assert user.check_password(person.password)
        assert user.is_staff == user.is_superuser == person.is_staff
        validate_password(person.password, user)
    for film in Movie.objects.all():
        assert film.is_published
        assert film.duration == 4
        folder = film.hls_path.rsplit("/", 1)[0]
        assert {"index.m3u8", "init.mp4", "seg000.m4s"} <= set(default_storage.listdir(folder)[1])
        with default_storage.open(str(film.poster.name)) as poster:
            assert poster.read(12)[8:] == b"WEBP"
    assert _counts() == {"User": 3, "Movie": 3, "Comment": 6, "ChatGroup": 1, "Message": 12}
    assert (data_dir / "demo.json").stat().st_mode & 0o077 == 0, "passwords are for the owner's eyes"


@pytest.mark.django_db
def test_making_it_again_changes_nothing_and_draws_nothing(monkeypatch: Any) -> None:
    first = make_demo(quiet=True, force=True, look=SMALL)
    before = _counts()
    monkeypatch.setattr(services, "rendered", lambda *_: pytest.fail("drew a film again"))
    assert make_demo(quiet=True, force=True, look=SMALL) == first == logins()
    assert _counts() == before


@pytest.mark.django_db
def test_what_was_broken_off_is_finished(monkeypatch: Any) -> None:
    def fail(users: list[User]) -> None:
        raise OSError("full")

    monkeypatch.setattr(services, "_write_to_each_other", fail)
    with pytest.raises(OSError, match="full"):
        make_demo(quiet=True, force=True, look=SMALL)
    monkeypatch.undo()
    assert ChatGroup.objects.count() == 0
    make_demo(quiet=True, force=True, look=SMALL)
    assert _counts() == {"User": 3, "Movie": 3, "Comment": 6, "ChatGroup": 1, "Message": 12}


@pytest.mark.django_db(transaction=True)
def test_two_that_begin_at_once_make_one() -> None:
    failures: list[BaseException] = []

    def make() -> None:
        try:
            make_demo(quiet=True, force=True, look=SMALL)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures
    assert _counts() == {"User": 3, "Movie": 3, "Comment": 6, "ChatGroup": 1, "Message": 12}


@pytest.mark.django_db
def test_an_outside_database_is_left_alone_unless_forced(monkeypatch: Any) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql")
    with pytest.raises(Forbidden):
        make_demo(quiet=True)
    with pytest.raises(CommandError):
        call_command("demo", stdout=StringIO())
    monkeypatch.undo()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_command_prints_whom_to_sign_in_as() -> None:
    out = StringIO()
    call_command("demo", small=True, force=True, stdout=out)
    for person in logins():
        assert person.username in out.getvalue()
        assert person.password in out.getvalue()


def test_without_a_demo_there_are_no_logins() -> None:
    assert logins() == []


@pytest.mark.parametrize("film", FILMS, ids=lambda film: film.title)
def test_each_film_can_be_drawn(film: Any) -> None:
    with rendered(film, SMALL) as folder:
        playlist = (folder / "index.m3u8").read_text()
        assert playlist.count("#EXTINF:") == 2
        assert playlist.endswith("#EXT-X-ENDLIST\n")
        assert (folder / "seg001.m4s").stat().st_size > 0
    assert not folder.exists()

"""Making the demo: three films, three people, something said. Once per DATA_DIR and database, and only through services."""

from __future__ import annotations

import fcntl
import json
import logging
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts import selectors as accounts
from accounts import services as accounts_services
from accounts.models import User
from comments import selectors as comments
from comments import services as comments_services
from core.errors import Conflict, Forbidden
from demo import words
from demo.films import FILMS, Film, Look, rendered
from groups import selectors as groups
from groups import services as groups_services
from messaging import services as messaging
from messaging.drafts import PrivateDraft
from movies import selectors as movies
from movies import services as movies_services
from movies.models import Movie
from rooms import services as rooms
from rooms.data import RoomPost

logger = logging.getLogger("matinee.demo")


@dataclass(frozen=True)
class DemoLogin:
    """Somebody to sign in as."""

    username: str
    email: str
    password: str
    is_staff: bool


def make_demo(*, quiet: bool = False, force: bool = False, look: Look | None = None) -> list[DemoLogin]:
    """Everything a first visitor should find, if it is not there yet; the people to sign in as.

    Safe when two processes begin at once: the second waits and finds it done. What was begun and broken off is finished.
    Forbidden on a database outside of DATA_DIR unless forced, since these people's passwords are printed.
    """
    if connection.vendor != "sqlite" and not force:
        raise Forbidden(_("The demo is for the embedded database. To put it into this one, use --force."))
    with _alone():
        people = _passwords()
        if not _is_made(people):
            if not quiet:
                logger.info("making the demo: three films, %d people", len(people))
            _make(people, look or Look())
        return people


def logins() -> list[DemoLogin]:
    """The demo's people; empty where no demo was made."""
    try:
        return [DemoLogin(**row) for row in json.loads(_kept().read_text())]
    except FileNotFoundError:
        return []


def _kept() -> Path:
    return Path(settings.DATA_DIR) / "demo.json"


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time. The lock goes with the process, however it ends."""
    with (Path(settings.DATA_DIR) / "demo.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _passwords() -> list[DemoLogin]:
    """Random and kept in DATA_DIR: a demo that somebody opens to the world has no staff login that all know."""
    known = logins()
    if known:
        return known
    people = [
        DemoLogin(username, f"{username}@example.com", _phrase(5 if is_staff else 3), is_staff)
        for username, is_staff in words.PEOPLE
    ]
    path = _kept()
    path.touch(mode=0o600)
    path.write_text(json.dumps([asdict(person) for person in people]))
    return people


def _phrase(length: int) -> str:
    return "-".join([*(secrets.choice(words.PASSWORD_WORDS) for _ in range(length)), str(secrets.randbelow(9_000) + 1_000)])


def _is_made(people: list[DemoLogin]) -> bool:
    """The group is made last."""
    member, friend = (accounts.user_by_username(person.username) for person in people[:2])
    return bool(member and friend and groups.groups_of(member).exists())


def _make(people: list[DemoLogin], look: Look) -> None:
    users = [_person(person) for person in people]
    for film, movie in zip(FILMS, _films(look), strict=True):
        _talk_about(movie, film, users)
    _write_to_each_other(users)
    _found_group(users)


def _person(person: DemoLogin) -> User:
    user = accounts.user_by_username(person.username)
    if user is not None:
        return user
    if person.is_staff:
        return User.objects.create_superuser(person.username, person.email, person.password)
    return accounts_services.register(username=person.username, email=person.email, password=person.password)


# Films ----------------------------------------------------------------------------------------------------------------
def _films(look: Look) -> list[Movie]:
    """In order. Drawing is ffmpeg's work, so they are drawn at the same time; storing is one after the other."""
    have = {movie.title: movie for movie in movies.published_movies()}
    missing = [film for film in FILMS if film.title not in have]
    with ExitStack() as folders, ThreadPoolExecutor(max_workers=2) as pool:
        contexts = [rendered(film, look) for film in missing]
        for film, folder in zip(missing, pool.map(folders.enter_context, contexts), strict=True):
            with transaction.atomic():
                have[film.title] = store_film(film, folder, look)
    return [have[film.title] for film in FILMS]


def store_film(film: Film, folder: Path, look: Look) -> Movie:
    """A published film of what `rendered` left in `folder`."""
    genres = [movies_services.ensure_genre(actor=None, name=name) for name in film.genres]
    movie = movies_services.create_movie(actor=None, title=film.title, description=film.description, genres=genres)
    files = {path.name: path for path in folder.iterdir() if path.name != "poster.jpg"}
    movies_services.attach_hls(actor=None, movie=movie, files=files, duration=min(film.seconds, look.seconds))
    with (folder / "poster.jpg").open("rb") as poster:
        movies_services.set_poster(actor=None, movie=movie, image=File(poster, name="poster.jpg"))
    return movies_services.publish(actor=None, movie=movie)


# Words ----------------------------------------------------------------------------------------------------------------
def _talk_about(movie: Movie, film: Film, users: list[User]) -> None:
    if not comments.comments_of(movie).exists():
        for who, said in words.COMMENTS.get(film.title, ()):
            comments_services.post_comment(actor=users[who], movie_id=movie.pk, content=said)
    room_id = f"movie-{movie.pk}"
    rooms.open_room(room_id)
    posts = [
        RoomPost(
            room_id=room_id,
            user_id=users[who].pk,
            username=users[who].username,
            content=said,
            movie_time=at,
            client_id=f"demo-{room_id}-{number}",
        )
        for number, (who, at, said) in enumerate(words.ROOM_CHAT.get(film.title, ()))
    ]
    rooms.post_messages(posts)


def _write_to_each_other(users: list[User]) -> None:
    for number, (who, said) in enumerate(words.LETTERS):
        writer, reader = users[who], users[1 - who]
        messaging.post_message(
            PrivateDraft(
                actor_id=writer.pk,
                actor_name=writer.username,
                recipient=reader.username,
                content=said,
                client_id=f"demo-letter-{number}",
            )
        )


def _found_group(users: list[User]) -> None:
    """Last, because its being there says that everything else is."""
    founder, friend = users[:2]
    group = groups_services.create_group(actor=founder, name=words.GROUP_NAME, description=words.GROUP_DESCRIPTION).group
    try:
        groups_services.add_member(actor=founder, group_id=group.pk, username=friend.username)
    except Conflict:
        return
    for number, (who, said) in enumerate(words.GROUP_CHAT):
        groups_services.post_to_group(actor=users[who], group_id=group.pk, content=said, client_id=f"demo-group-{number}")

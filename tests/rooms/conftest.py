"""A published film and sockets that come into its room."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from core import clock
from movies.models import Movie
from presence import services as presence
from presence.models import Process
from presence.rows import SocketRow
from rooms import services
from rooms.data import Entered
from rooms.models import Room

ADDRESS = "198.51.100.7"


def make_movie(title: str = "Lantern Street", **fields: Any) -> Movie:
    return Movie.objects.create(
        title=title, **{"video_link": "https://films.example.com/a.m3u8", "is_published": True, **fields}
    )


class Watch:
    """Server time that passes only when a test says so."""

    def __init__(self) -> None:
        self.now = clock.now_ms()

    def __call__(self) -> int:
        return self.now


@pytest.fixture(autouse=True)
def _patient(settings: Any) -> None:
    """However slow the machine, no lease or grace ends that a test did not end."""
    settings.PRESENCE_LEASE_SECONDS = 600
    settings.PRESENCE_GRACE_SECONDS = 300


@pytest.fixture
def movie(db: None) -> Movie:
    return make_movie()


@pytest.fixture
def room(movie: Movie) -> Room:
    return services.open_room(f"movie-{movie.pk}")


@pytest.fixture
def server(db: None) -> Process:
    return presence.start_process()


class Viewer:
    """One socket of a person, or of a guest by name, in one room."""

    def __init__(self, server: Process, room_id: str, who: User | str, door: str) -> None:
        self.user = who if isinstance(who, User) else None
        self.name = who if isinstance(who, str) else who.username
        self.door, self.server, self.room_id = door, server, room_id
        self.socket_id = uuid.uuid4()
        row = SocketRow(id=self.socket_id, user_id=self.user.pk if self.user else None, door=door)
        presence.open_sockets(process_id=server.pk, rows=[row])
        self.entered = self.enter()

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user else None

    def enter(self) -> Entered:
        return services.enter(
            room_id=self.room_id,
            socket_id=self.socket_id,
            user_id=self.user_id,
            username=self.user.username if self.user else "",
            guest_name="" if self.user else self.name,
            address=ADDRESS,
            door=self.door,
        )

    def leave(self) -> Any:
        return services.leave(socket_id=self.socket_id, room_pk=self.entered.room_pk)

    def vanish(self) -> Any:
        """The socket closes and its row goes before anyone says that it left."""
        presence.close_sockets(process_id=self.server.pk, ids=[self.socket_id])
        return self.leave()

    def report(self, current_time: object, **extra: Any) -> Any:
        return services.report_position(
            room_pk=self.entered.room_pk,
            socket_id=self.socket_id,
            user_id=self.user_id,
            name=self.name,
            current_time=current_time,
            origin=str(self.socket_id),
            address=ADDRESS,
            **extra,
        )


ComeIn = Callable[..., Viewer]


@pytest.fixture
def come_in(server: Process, room: Room) -> ComeIn:
    """`come_in(alice)` or `come_in("guest")`: on /ws/sync unless said otherwise."""

    def enter(who: User | str, door: str = "sync") -> Viewer:
        return Viewer(server, room.room_id, who, door)

    return enter

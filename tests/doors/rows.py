"""Rows by the dozen, each with people and films of its own, so that a list that asks once per row shows it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Model

from accounts import services as accounts
from accounts.avatars import set_avatar
from accounts.models import Login, User
from comments import services as comments
from comments.models import Comment
from devices import services as devices
from devices.models import Device
from files.models import StoredFile
from groups.models import ChatGroup, Membership
from messaging.models import Message
from messaging.services import post_message
from movies.models import Genre, Movie
from rooms import services as rooms
from rooms.models import Room, Sanction
from tests.conftest import make_user
from tests.messaging.sending import file_of, group_of, into
from tests.movies.films import make_film
from tests.pictures import picture, sent

_numbers = itertools.count(1)


def someone() -> User:
    return make_user(f"person{next(_numbers)}")


def somebody_pictured() -> User:
    return set_avatar(actor=someone(), image=sent(picture()))


def a_genre() -> Genre:
    number = next(_numbers)
    return Genre.objects.create(name=f"Genre {number}", slug=f"genre-{number}")


def a_film() -> Movie:
    film = make_film(f"Film {next(_numbers)}")
    film.genres.add(a_genre())
    return film


def a_device() -> Device:
    person = someone()
    login = accounts.log_in(user=person).login
    return devices.register_device(
        actor=person, device_id="phone", device_name="Phone", device_type="phone", login=login
    )  # fmt: skip


def a_comment() -> Comment:
    return comments.post_comment(actor=someone(), movie_id=a_film().pk, content="good")


def a_room() -> Room:
    return rooms.open_room(f"movie-{a_film().pk}")


def a_party() -> Room:
    """With a member and somebody who is muted."""
    owner = someone()
    party = rooms.open_party(actor=owner, movie_id=a_film().pk, name=f"Party {next(_numbers)}")
    rooms.join_party(actor=someone(), room=party)
    rooms.mute(actor=owner, room=party, guest_name="visitor")
    return party


def a_room_message() -> Message:
    room = a_room()
    posted = post_message(into(room.conversation, someone(), room_id=room.room_id))
    return Message.objects.get(pk=posted.message.id)


def a_group() -> ChatGroup:
    return group_of(someone(), someone())


def a_membership() -> Membership:
    membership = a_group().memberships.last()
    assert membership is not None
    return membership


def a_sanction() -> Sanction:
    staff = User.objects.filter(is_staff=True)[0]
    return rooms.mute(actor=staff, room=a_room(), user=someone())


MAKE: dict[type[Model], Callable[[], Any]] = {
    Group: lambda: Group.objects.create(name=f"Moderators {next(_numbers)}"),
    User: somebody_pictured,
    Login: lambda: accounts.log_in(user=someone()).login,
    Device: a_device,
    StoredFile: lambda: file_of(someone()),
    Genre: a_genre,
    Movie: a_film,
    Comment: a_comment,
    Message: a_room_message,
    ChatGroup: a_group,
    Membership: a_membership,
    Room: a_party,
    Sanction: a_sanction,
}
"""One more row of every model that the admin shows."""

"""Plain data that goes into and comes out of rooms' services."""

from __future__ import annotations

import uuid
from typing import Literal, Protocol

import msgspec

from rooms.playback import Person

Kind = Literal["mute", "kick", "ban"]
Role = Literal["owner", "host", "member", "guest"]
"""What somebody is in a room, highest first. A guest is who has no account, or was not let into a party yet."""
HOSTS: tuple[Role, ...] = ("owner", "host")
RANKS: tuple[Role, ...] = ("guest", "member", "host", "owner")


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """Whose player sets the room's timeline. `user_id` is None for a guest, whose `socket_id` then says which."""

    name: str
    user_id: int | None
    socket_id: str | None = None

    @property
    def verified(self) -> bool:
        return self.user_id is not None


class Entering(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to be in a room, at which socket. Signed in: `user_id` and `username`; a guest: `guest_name` and `address`.

    Into a party one comes by its `invite` key, or by a `proof` that `prove_password` gave.
    """

    room_id: str
    socket_id: uuid.UUID
    door: str
    user_id: int | None = None
    username: str = ""
    guest_name: str = ""
    address: str | None = None
    invite: str | None = None
    proof: str | None = None


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """A room someone is now in. `room_pk` and `conversation_id` build its addresses; `name` is what they are called there.

    With `settle_after`, its host has left: call `settle_host` again after so many seconds.
    """

    room_pk: int
    room_id: str
    conversation_id: int
    movie_id: int
    name: str
    role: Role
    is_party: bool
    host: Host | None
    settle_after: float | None = None


class RoomPost(msgspec.Struct, frozen=True, kw_only=True):
    """A message for a room's chat, as one person at one socket says it. `room_id` is the public one.

    Signed in: `user_id` and `username`; a guest: `guest_name` and the client's `address`. `movie_time` is a second of the film
    `movie_id`; None is the film that the room shows when this is stored.
    """

    room_id: str
    user_id: int | None
    username: str = ""
    guest_name: str = ""
    address: str | None = None
    content: str
    message_type: str = "text"
    content_type: str = "text/plain"
    file_id: str | None = None
    reply_to: int | None = None
    client_id: str | None = None
    movie_time: float | None = None
    movie_id: int | None = None
    origin: str | None = None


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at a socket on /ws/sync in a room, as what they say there is judged. A guest is their socket alone."""

    room_pk: int
    socket_id: uuid.UUID
    user_id: int | None
    name: str
    address: str | None = None
    origin: str | None = None

    @property
    def person(self) -> Person:
        whence = f"address {self.address}" if self.user_id is None and self.address else ""
        return Person(person_key(self.user_id, self.socket_id), self.name, whence)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A command as somebody gives it, not checked yet. `current_time` in seconds, `base_rev` the revision that they saw."""

    action: str
    cmd_id: str
    current_time: float | None = None
    rate: float | None = None
    movie_id: int | None = None
    base_rev: int | None = None


class PendingHost(msgspec.Struct, frozen=True, kw_only=True):
    """A room whose host left: call `settle_host` again after `seconds`."""

    room_pk: int
    seconds: float


class Target(Protocol):
    """Whom a sanction is meant for."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def address(self) -> str | None: ...
    @property
    def guest_name(self) -> str: ...


def is_meant(target: Target, *, user_id: int | None, address: str | None, guest_name: str) -> bool:
    """Whether a sanction concerns somebody: an account by its id; a guest by address, or by name where no address is given."""
    if target.user_id is not None or user_id is not None:
        return target.user_id == user_id
    if target.address is not None:
        return target.address == address
    return target.guest_name == guest_name


def person_key(user_id: int | None, socket_id: uuid.UUID) -> str:
    """What tells people in a room apart."""
    return f"u{user_id}" if user_id is not None else f"s{socket_id.hex}"


def as_uuid(socket_id: uuid.UUID | str) -> uuid.UUID:
    return socket_id if isinstance(socket_id, uuid.UUID) else uuid.UUID(socket_id)

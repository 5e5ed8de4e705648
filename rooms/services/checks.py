"""Who may come in and who may speak, for many at once.

Two plain statements: they run for every batch of messages and of arrivals, and making the same two queries with the ORM costs
more than all the rest of checking (docs/decisions/0006).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from django.db import connection

from core.clock import now
from core.errors import Banned, Muted
from core.sql import places
from rooms.data import Role, is_meant
from rooms.models import Room, Sanction
from rooms.selectors import is_room_id, kicked_by, roles_in


class Somebody(Protocol):
    """A person (`user_id`) or a guest (`address`) who wants something of a room."""

    @property
    def room_id(self) -> str: ...
    @property
    def user_id(self) -> int | None: ...
    @property
    def address(self) -> str | None: ...


def open_rooms_of(people: Iterable[Somebody]) -> dict[str, Room]:
    """Rooms of published films that are open, by their public ids, as far as they have been made."""
    room_ids = {somebody.room_id for somebody in people if is_room_id(somebody.room_id)}
    if not room_ids:
        return {}
    rows = Room.objects.raw(
        f"""
        SELECT room.id, room.room_id, room.kind, room.conversation_id, room.movie_id,
               room.host_user_id, room.host_socket, room.host_name,
               room.slow_seconds, room.blocked_words
        FROM rooms_room AS room JOIN movies_movie AS movie ON movie.id = room.movie_id
        WHERE movie.is_published AND room.closed_at IS NULL AND room.room_id IN ({places(room_ids)})
        """,
        list(room_ids),
    )
    return {room.room_id: room for room in rows}


def sanctions_against(people: Iterable[Somebody]) -> list[Sanction]:
    """All in force that may concern any of them."""
    people = list(people)
    users: set[int] = {somebody.user_id for somebody in people if somebody.user_id is not None} or {0}
    guests = (somebody.address for somebody in people if somebody.user_id is None and somebody.address)
    addresses: set[str | None] = set(guests) or {None}
    rows = Sanction.objects.raw(
        f"""
        SELECT id, room_id, kind, user_id, guest_name, address, until FROM rooms_sanction
        WHERE lifted_at IS NULL AND (until IS NULL OR until > %s)
          AND (user_id IN ({places(users)}) OR user_id IS NULL AND (address IS NULL OR address IN ({places(addresses)})))
        """,
        [connection.ops.adapt_datetimefield_value(now()), *users, *addresses],
    )
    return list(rows)


def refuse_banned(somebody: Somebody, name: str, room: Room, sanctions: list[Sanction]) -> None:
    """Banned, the heavier, or Kicked with how long it lasts."""
    against = _against(somebody, name, room, sanctions)
    if Sanction.Kind.BAN in against:
        raise Banned
    if Sanction.Kind.KICK in against:
        raise kicked_by(against[Sanction.Kind.KICK])


def refuse_muted(somebody: Somebody, name: str, room: Room, sanctions: list[Sanction]) -> None:
    refuse_banned(somebody, name, room, sanctions)
    if Sanction.Kind.MUTE in _against(somebody, name, room, sanctions):
        raise Muted


class InRoom(NamedTuple):
    """Somebody who is in a room, as a pass over all of them sees it. `key` is the caller's own."""

    key: str
    room_id: str
    user_id: int | None
    address: str | None
    name: str


def no_longer_welcome(people: list[InRoom]) -> dict[str, str]:
    """By key, why they may not stay: "banned", "kicked", "closed" where the room is not there any more, or "left" for the
    account that is in a party no more. Two queries, three with parties.
    """
    rooms, sanctions = open_rooms_of(people), sanctions_against(people)
    parties = [room.pk for room in rooms.values() if room.is_party]
    roles = roles_in(parties, (somebody.user_id for somebody in people))
    reasons = {somebody.key: _reason_to_go(somebody, rooms.get(somebody.room_id), sanctions, roles) for somebody in people}
    return {key: reason for key, reason in reasons.items() if reason}


def _reason_to_go(somebody: InRoom, room: Room | None, sanctions: list[Sanction], roles: dict[tuple[int, int], Role]) -> str:
    if room is None:
        return "closed"
    against = _against(somebody, somebody.name, room, sanctions)
    if Sanction.Kind.BAN in against:
        return "banned"
    if Sanction.Kind.KICK in against:
        return "kicked"
    is_stranger = room.is_party and somebody.user_id is not None and (room.pk, somebody.user_id) not in roles
    return "left" if is_stranger else ""


def _against(somebody: Somebody, name: str, room: Room, sanctions: list[Sanction]) -> dict[str, Sanction]:
    """By kind, what concerns them."""
    return {
        sanction.kind: sanction
        for sanction in sanctions
        if sanction.room_id in (None, room.pk)
        and is_meant(sanction, user_id=somebody.user_id, address=somebody.address, guest_name=name)
    }

"""What is told of a room, and to whom: a party shows strangers only what its invitation would say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings

from core.clock import iso_ms, now_ms
from core.errors import ApiError
from messaging.message_view import MessageView
from rooms.data import HOSTS, Role
from rooms.models import Room
from rooms.selectors import (
    check_not_banned,
    current_timeline,
    is_invited,
    newest_in,
    open_rooms,
    password_required,
    people_counts,
    role_of,
    room_by_pk,
)


class Access(NamedTuple):
    """Somebody at a room's door. `refusal` is why they may not enter: None for who may."""

    room: Room
    role: Role
    refusal: ApiError | None

    @property
    def is_host(self) -> bool:
        return self.role in HOSTS


def access_to(room: Room, *, user_id: int | None, address: str | None = None, invite: str | None = None) -> Access:
    """How somebody stands to a room. Public rooms are everyone's; into a party comes who belongs to it, who has its invite,
    and anyone where no password is needed, but nobody who was banned or kicked.
    """
    role = role_of(room, user_id)
    if not room.is_party:
        return Access(room, role, None)
    try:
        check_not_banned(room_pk=room.pk, user_id=user_id, address=address)
        if role == "guest" and room.password and not is_invited(room, invite):
            raise password_required()
    except ApiError as refusal:
        return Access(room, role, refusal)
    return Access(room, role, None)


def link_to(room: Room) -> str:
    """The room's page. With it a party needs no password: show it only to who may enter."""
    key = f"?{urlencode({'invite': room.invite_key})}" if room.invite_key else ""
    return f"{settings.PUBLIC_URL}/watch/{room.room_id}{key}"


def settings_of(room: Room) -> dict[str, Any]:
    """What everyone in a room may know of it, as plain data."""
    return {
        "kind": str(room.kind),
        "name": room.name,
        "owner": room.owner.username if room.owner else None,
        "movie_id": room.movie_id,
        "title": room.movie.title,
        "control": str(room.control),
        "wait": str(room.wait),
        "capacity": room.capacity,
        "slow_seconds": room.slow_seconds,
        "needs_password": bool(room.password),
        "starts_at": iso_ms(room.starts_at) if room.starts_at else None,
    }


def settings_in(room_pks: Iterable[int]) -> dict[int, dict[str, Any]]:
    """`settings_of` each of these rooms that is open. One query."""
    return {room.pk: settings_of(room) for room in open_rooms().filter(pk__in=list(room_pks))}


def room_facts(access: Access) -> dict[str, Any]:
    """What the API tells about a room: see `serializers.RoomSerializer`."""
    return facts_of([access])[0]


def facts_of(accesses: Iterable[Access]) -> list[dict[str, Any]]:
    """The same for many. One query whatever their number."""
    accesses = list(accesses)
    people = people_counts(access.room.pk for access in accesses)
    return [_facts(access, people[access.room.pk]) for access in accesses]


class ChatView(NamedTuple):
    """A room's settings and newest messages, as whoever comes in is shown them."""

    facts: dict[str, Any]
    messages: list[MessageView]


def chat_view(room_pk: int) -> ChatView:
    """NotFound for a room that closed or whose film was unpublished. Two queries."""
    room = room_by_pk(room_pk)
    return ChatView(settings_of(room), newest_in(room))


def _facts(access: Access, people_count: int) -> dict[str, Any]:
    room, may_enter = access.room, access.refusal is None
    return {
        "room_id": room.room_id,
        "people_count": people_count,
        "role": access.role,
        "may_enter": may_enter,
        **settings_of(room),
        "host": room.host if may_enter else None,
        "conversation_id": room.conversation_id if may_enter else None,
        "timeline": current_timeline(room) if may_enter else None,
        "server_time": now_ms(),
        "invite_link": link_to(room) if may_enter and room.is_party else None,
        "blocked_words": room.blocked_words if access.is_host else None,
    }

"""Plain data that goes into and comes out of presence."""

from __future__ import annotations

import uuid
from datetime import datetime

import msgspec


class SocketRow(msgspec.Struct, frozen=True, kw_only=True):
    """A socket to be written. `door` is chat, sync or presence."""

    id: uuid.UUID
    user_id: int | None
    login_id: uuid.UUID | None = None
    device_id: str = ""
    door: str


class Attending(msgspec.Struct, frozen=True, kw_only=True):
    """A socket that enters a room. A guest has no `user_id` but a name and maybe an address."""

    socket_id: uuid.UUID
    room_id: int
    user_id: int | None
    guest_name: str = ""
    address: str | None = None
    door: str


class StatusView(msgspec.Struct, frozen=True, kw_only=True):
    """What others may know. `last_seen_at` is None for people who hide their presence or never were here."""

    is_online: bool
    changed_at: datetime | None = None
    last_seen_at: datetime | None = None


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What went away with dead processes: how many of them, whose sockets, and the row ids of the rooms they were in."""

    processes: int = 0
    user_ids: frozenset[int] = frozenset()
    room_ids: frozenset[int] = frozenset()

"""A room as a socket in it knows it."""

from __future__ import annotations

import msgspec

from rooms.data import Role


class Key(msgspec.Struct, frozen=True):
    """What opens a party: its invite, or the proof that its password is known."""

    invite: str | None = None
    proof: str | None = None


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """A room this socket is in, and the name it goes by there. `key` let it in, and does so again."""

    room_pk: int
    room_id: str
    conversation_id: int
    movie_id: int
    name: str
    role: Role
    is_party: bool
    key: Key = Key()

"""A room as a socket in it knows it."""

from __future__ import annotations

import msgspec


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """A room this socket is in, and the name it goes by there."""

    room_pk: int
    room_id: str
    conversation_id: int
    movie_id: int
    name: str

"""Announcing what happened. Services call `publish`; it runs on commit, from any thread, never waits and never fails.

`signal` is the ephemeral path for what is never stored (typing, positions, rosters). Both hand the event to the process's
`core.announcer`, which delivers to local sockets first and then to other processes. Addresses are built here only.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from core import announcer
from core.events import Event


def user_address(user_id: int) -> str:
    return f"user.{user_id}"


def room_address(room_id: int) -> str:
    """By the room's row id: never by anything a person typed."""
    return f"room.{room_id}"


def conversation_address(conversation_id: int) -> str:
    return f"conversation.{conversation_id}"


def presence_address(user_id: int) -> str:
    """Where a person's presence is told. Who may listen is decided by whoever subscribes."""
    return f"presence.{user_id}"


def movies_address() -> str:
    """Where the publishing of films is told."""
    return "movies"


def everyone_address() -> str:
    """Heard by every process, whoever is connected to it."""
    return "everyone"


def publish(address: str, event: Event) -> None:
    """Announce once the transaction commits (at once outside one); nothing if it rolls back."""
    for heard in _captures:
        heard.append((address, event))
    transaction.on_commit(functools.partial(announcer.announce, address, event), robust=True)


def signal(address: str, event: Event) -> None:
    """Announce now what is not stored anywhere."""
    for heard in _captures:
        heard.append((address, event))
    announcer.announce(address, event)


_captures: list[list[tuple[str, Event]]] = []


@contextmanager
def captured() -> Iterator[list[tuple[str, Event]]]:
    """Collect what is announced inside the block, for tests."""
    heard: list[tuple[str, Event]] = []
    _captures.append(heard)
    try:
        yield heard
    finally:
        _captures.remove(heard)

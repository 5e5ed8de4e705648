"""What an announcement is made of: plain data that crosses processes as msgpack."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, Union

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something that happened. One subclass per event, in its app's events.py; fields are plain data."""


_encoder = msgspec.msgpack.Encoder()


def encode(event: Event) -> bytes:
    return _encoder.encode(event)


def decode(data: bytes) -> Event:
    """The event another process announced. msgspec.DecodeError when it is of no known class (another version of Matinee)."""
    event: Event = _decoder().decode(data)
    return event


@functools.cache
def _decoder() -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(Union[tuple(_subclasses(Event))])  # noqa: UP007  (a union built at run time)


def _subclasses(parent: type[Event]) -> Iterator[type[Event]]:
    for child in parent.__subclasses__():
        yield child
        yield from _subclasses(child)

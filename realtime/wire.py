"""A frame ready to be sent: encoded once, whoever and however many get it."""

from __future__ import annotations

import struct
from functools import cached_property

import msgspec

from realtime.frames import Out

_encoder = msgspec.json.Encoder()


def encoded(value: object) -> bytes:
    """As it stands in a frame: JSON in UTF-8."""
    return _encoder.encode(value)


class Frame:
    """`payload` is the JSON text as bytes. A newer frame of the same `key` makes this one worthless (None: nothing does).

    `mark` says which change of which conversation it tells, so that a socket that catches up gets none twice.
    """

    def __init__(self, frame: Out, key: str | None = None, mark: tuple[int, int] | None = None) -> None:
        self.payload: bytes = encoded(frame)
        self.key = key
        self.mark = mark

    @cached_property
    def text(self) -> str:
        return self.payload.decode()

    @cached_property
    def wire(self) -> bytes:
        """The WebSocket text frame, as a server sends it: unmasked, unfragmented."""
        return server_frame(self.payload)


def server_frame(payload: bytes) -> bytes:
    """RFC 6455, section 5.2: FIN and opcode text, then the length in 7, 16 or 64 bits."""
    length = len(payload)
    if length < 126:
        return b"\x81" + bytes((length,)) + payload
    if length < 65_536:
        return b"\x81\x7e" + struct.pack("!H", length) + payload
    return b"\x81\x7f" + struct.pack("!Q", length) + payload

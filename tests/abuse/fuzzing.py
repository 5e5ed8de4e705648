"""Wrong frames made out of right ones: the same ones each time, by their seed."""

from __future__ import annotations

import json
import random
from typing import Any

from core.errors import ApiError
from realtime.decoding import body_of, head_of

Json = dict[str, Any]
ODD: list[Any] = [
    None, True, False, 0, -1, 2**31, 2**53, 2**63, -(2**63) - 1, 2**70, 10**400, 1e308, -0.0, 0.5, "", " ", "\x00", "a\x00b",
    "\ud800", "\udfff\ud800", "\u202e", "\U0001f600", "x" * 65, "y" * 9_000, "null", "NaN", "movie-0", "../movie-1", [],
    [[[]]], [None], ["movie-1"], {}, {"": {}}, {"a": {"b": 1}}, {"type": "message"}, "type", "message",
]  # fmt: skip
"""Values that a key is not expected to have."""
LITERALS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "01",
    "1.",
    "+1",
    "0x10",
    "'x'",
    "undefined",
    '"\\ud800"',
    '"\\u0000"',
    '"\\x"',
]
"""Text that stands where a value should, most of it no JSON at all."""
TYPES = [
    "",
    "MESSAGE",
    "message ",
    "error",
    "hello2",
    "__class__",
    "on_message",
    "websocket.close",
    "ack",
    "snapshot",
    "x" * 5_000,
]
INSERTED = [*"\x00\"',:[]{}\\", "\x1f", "\u2028", "\u202e", "\U0001f600", "\\u", "//", "null"]


def frames_of(room_id: str, name: str) -> list[Json]:
    """A right frame of every type that a client may send."""
    return [
        {"type": "auth", "token": "a.b.c"},
        {"type": "hello", "device_id": "phone", "since": {"1": 2}},
        {"type": "ping", "t0": 1.5},
        {"type": "join", "room_id": room_id, "username": "guest", "password": "x"},
        {"type": "leave", "room_id": room_id},
        {"type": "message", "room_id": room_id, "username": "guest", "content": "hello", "movie_time": 1.5, "client_id": "c1"},
        {"type": "message", "recipient": name, "content": "hello", "message_type": "text", "reply_to": 7},
        {"type": "message", "group_id": 3, "content": "hello", "file_id": "00000000-0000-4000-8000-000000000000"},
        {"type": "received", "conversation_id": 1, "seq": 2},
        {"type": "read", "conversation_id": 1, "seq": 2},
        {"type": "typing", "recipient": name},
        {"type": "resume", "since": {"1": 2}},
        {"type": "sync", "room_id": room_id, "username": "guest", "current_time": 12.5},
        {"type": "subscribe", "users": [name]},
        {"type": "unsubscribe", "users": [name]},
        {"type": "heartbeat"},
    ]


class Fuzzer:
    def __init__(self, seed: int, frames: list[Json]) -> None:
        self.random = random.Random(seed)
        self.frames = frames
        self._ways = [
            self._odd_value, self._odd_key, self._without_a_key, self._nonsense, self._cut, self._inserted, self._deep,
            self._literal, self._unknown_type, self._bytes, self._twice,
        ]  # fmt: skip

    def make(self) -> bytes:
        """The payload of a text frame; now and then not even UTF-8."""
        return self.random.choice(self._ways)(dict(self.random.choice(self.frames)))

    def malformed(self, door: str) -> bytes:
        """The next one that no socket of this door understands."""
        while is_understood(payload := self.make(), door):
            pass
        return payload

    def _dumped(self, frame: Json) -> bytes:
        return json.dumps(frame, ensure_ascii=self.random.random() < 0.7).encode(errors="surrogatepass")

    def _odd_value(self, frame: Json) -> bytes:
        return self._dumped(frame | {self.random.choice(list(frame)): self.random.choice(ODD)})

    def _odd_key(self, frame: Json) -> bytes:
        return self._dumped(
            frame | {str(self.random.choice(ODD)): self.random.choice(ODD), "client_id": self.random.choice(ODD)}
        )

    def _without_a_key(self, frame: Json) -> bytes:
        del frame[self.random.choice(list(frame))]
        return self._dumped(frame)

    def _nonsense(self, frame: Json) -> bytes:
        return json.dumps(self.random.choice([*ODD, [frame], json.dumps(frame)])).encode()

    def _cut(self, frame: Json) -> bytes:
        whole = self._dumped(frame)
        return whole[: self.random.randrange(len(whole))]

    def _inserted(self, frame: Json) -> bytes:
        whole = json.dumps(frame)
        at = self.random.randrange(len(whole))
        return (whole[:at] + self.random.choice(INSERTED) + whole[at + self.random.randrange(3) :]).encode()

    def _deep(self, frame: Json) -> bytes:
        key, opening = self.random.choice(list(frame)), self.random.choice(["[", '{"a":', '[{"a":'])
        depth = self.random.choice([10, 500, 2_000, 10_000])
        whole = json.dumps(frame | {key: "HERE"})
        nested = opening * depth
        if self.random.random() < 0.5:
            nested += "1" + "".join({"[": "]", "{": "}"}.get(sign, "") for sign in reversed(nested))
        return whole.replace('"HERE"', nested).encode()[:60_000]

    def _literal(self, frame: Json) -> bytes:
        whole = json.dumps(frame | {self.random.choice(list(frame)): "HERE"})
        return whole.replace('"HERE"', self.random.choice(LITERALS)).encode()

    def _unknown_type(self, frame: Json) -> bytes:
        return self._dumped(frame | {"type": self.random.choice(TYPES)})

    def _bytes(self, frame: Json) -> bytes:
        whole = bytearray(self._dumped(frame))
        whole[self.random.randrange(len(whole))] = self.random.randrange(256)
        return bytes(whole)

    def _twice(self, frame: Json) -> bytes:
        """The same key twice, with different values."""
        return self._dumped(frame)[:-1] + b',"type":' + json.dumps(self.random.choice([*TYPES, *ODD])).encode() + b"}"


def is_understood(payload: bytes, door: str) -> bool:
    """Would a v2 socket of this door take it for a frame, whatever comes of it? Asked of the decoder itself."""
    try:
        read = payload.decode()
        body_of(read, head_of(read), door=door, speaks_v2=True)
    except (ApiError, UnicodeDecodeError):
        return False
    return True

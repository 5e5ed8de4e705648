"""Frames encoded by us are what any WebSocket client expects."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from websockets.frames import Frame as ParsedFrame
from websockets.frames import Opcode
from websockets.streams import StreamReader

from realtime import frames
from realtime.wire import Frame, server_frame


def parsed(data: bytes) -> ParsedFrame:
    """Read by the parser of a library that is not ours; all of the bytes."""
    stream = StreamReader()
    stream.feed_data(data)
    reading = ParsedFrame.parse(stream.read_exact, mask=False, max_size=None)
    with pytest.raises(StopIteration) as done:
        next(reading)
    leftover = stream.read_to_eof(2**30)
    stream.feed_eof()
    with pytest.raises(StopIteration) as rest:
        next(leftover)
    assert rest.value.value == b""
    frame: ParsedFrame = done.value.value
    return frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000])
def test_frames_of_every_size_are_read_back(size: int) -> None:
    payload = b"x" * size
    frame = parsed(server_frame(payload))
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, payload)


class Counting:
    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, frame: Any) -> bytes:
        self.encoded += 1
        return msgspec.json.encode(frame)


def test_a_frame_is_encoded_once_for_both_ways_of_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Counting()
    monkeypatch.setattr("realtime.wire._encoder", encoder)
    frame = Frame(frames.Status(user="爱丽丝 🎬", status="online", timestamp="2026-11-21T10:00:00.000Z"))
    assert bytes(parsed(frame.wire).data).decode() == frame.text
    assert frame.wire is frame.wire
    assert json.loads(frame.text) == {
        "type": "status", "user": "爱丽丝 🎬", "status": "online", "timestamp": "2026-11-21T10:00:00.000Z",
    }  # fmt: skip
    assert encoder.encoded == 1

"""From text to frame or refusal, without a server."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from core.errors import ApiError, Invalid, MalformedBody, UnknownType
from realtime.decoding import body_of, head_of
from realtime.frames import INCOMING, In, SyncIn

SEED, TRIES = 20_261, 10_000
DOORS = ("chat", "sync", "presence")
GOOD: list[dict[str, Any]] = [
    {"type": "auth", "token": "a.b.c"},
    {"type": "hello", "device_id": "phone", "since": {"1": 2}},
    {"type": "ping", "t0": 1.5},
    {"type": "join", "room_id": "movie-1", "username": "guest", "token": "a.b.c"},
    {"type": "leave", "room_id": "movie-1"},
    {"type": "message", "room_id": "movie-1", "username": "guest", "content": "hello", "movie_time": 1.5, "client_id": "c1"},
    {"type": "message", "recipient": "bob", "content": "hello", "message_type": "text", "reply_to": 7},
    {"type": "message", "group_id": 3, "content": "hello", "file_id": "00000000-0000-4000-8000-000000000000"},
    {"type": "received", "conversation_id": 1, "seq": 2},
    {"type": "read", "conversation_id": 1, "seq": 2},
    {"type": "typing", "recipient": "bob"},
    {"type": "resume", "since": {"1": 2}},
    {"type": "sync", "room_id": "movie-1", "username": "guest", "current_time": 12.5},
    {"type": "sync", "room_id": "movie-1", "action": "seek", "cmd_id": "k1", "current_time": 12.5, "base_rev": 3},
    {"type": "buffering", "room_id": "movie-1", "epoch": 1, "rev": 3, "current_time": 12.5},
    {"type": "ready", "room_id": "movie-1", "epoch": 1, "rev": 3, "current_time": 12.5},
    {"type": "progress", "room_id": "movie-1", "epoch": 1, "rev": 3, "current_time": 12.5, "state": "playing", "rtt": 40},
    {"type": "subscribe", "users": ["bob"]},
    {"type": "unsubscribe", "users": ["bob"]},
    {"type": "heartbeat"},
]
ODD: list[Any] = [None, True, -1, 2**70, 1e308, 0.5, "", "\x00", "\ud800", "x" * 300, [], [[[]]], {}, {"a": {"b": 1}}, "type"]


def decoded(text: str, door: str = "chat", *, speaks_v2: bool = True) -> In:
    return body_of(text, head_of(text), door=door, speaks_v2=speaks_v2)


def kind_of(good: dict[str, Any]) -> type[In]:
    """Which of the declared frames it is."""
    kinds = [kind for kind in INCOMING if kind.type == good["type"]]
    (kind,) = [kind for kind in kinds if len(kinds) == 1 or (kind.told_by is not None) == ("action" in good)]
    return kind


def test_every_frame_is_understood_at_its_own_doors_only() -> None:
    for good in GOOD:
        kind = kind_of(good)
        for door in DOORS:
            if door in kind.doors:
                assert isinstance(decoded(json.dumps(good), door), kind)
            else:
                with pytest.raises(UnknownType):
                    decoded(json.dumps(good), door)
    assert {kind_of(good) for good in GOOD} == set(INCOMING)


def test_frames_of_the_second_version_want_a_hello_first() -> None:
    for good in GOOD:
        kind = kind_of(good)
        if kind.told_by is not None:
            # To an old client this is a position with a key that nobody knows; without a position it is nothing.
            assert isinstance(decoded(json.dumps(good), kind.doors[0], speaks_v2=False), SyncIn)
            good = {name: value for name, value in good.items() if name != "current_time"}
        if kind.v2:
            with pytest.raises(UnknownType):
                decoded(json.dumps(good), kind.doors[0], speaks_v2=False)
        else:
            decoded(json.dumps(good), kind.doors[0], speaks_v2=False)


def test_unknown_keys_change_nothing() -> None:
    plain = {"type": "message", "room_id": "movie-1", "username": "guest", "content": "hello"}
    forged = plain | {"sender": "alice", "user_id": 1, "verified": True, "origin": "x", "type_": "auth"}
    assert decoded(json.dumps(plain)) == decoded(json.dumps(forged))


def test_a_list_may_hold_no_text_that_cannot_be_stored() -> None:
    for kind in ("subscribe", "unsubscribe"):
        with pytest.raises(Invalid) as refused:
            decoded(json.dumps({"type": kind, "users": ["bob", "b\x00b"]}), "presence")
        assert set(refused.value.errors or {}) == {"users"}


class Mutant:
    """Makes wrong frames out of right ones, the same ones each time."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def make(self) -> str:
        frame = dict(self.random.choice(GOOD))
        kind = self.random.randrange(6)
        if kind == 0:
            frame[self.random.choice(list(frame))] = self.random.choice(ODD)
        elif kind == 1:
            del frame[self.random.choice(list(frame))]
        elif kind == 2:
            frame = {str(self.random.choice(ODD)): self.random.choice(ODD) for _ in range(self.random.randrange(4))}
        text = json.dumps(frame, ensure_ascii=self.random.random() < 0.7)
        if kind == 3:
            return text[: self.random.randrange(len(text))]
        if kind == 4:
            at = self.random.randrange(len(text))
            return text[:at] + chr(self.random.choice([0, 34, 44, 58, 91, 92, 123, 125, 0x202E, 0x1F600])) + text[at + 1 :]
        if kind == 5:
            return self.random.choice('[{"') * self.random.randrange(1, 5_000) + text
        return text


def test_ten_thousand_malformed_frames_are_refused_or_understood_and_nothing_else() -> None:
    mutant, outcomes = Mutant(SEED), Counter[str]()
    for _ in range(TRIES):
        text = mutant.make()
        outcomes[outcome(text, mutant.random.choice(DOORS), speaks_v2=mutant.random.random() < 0.5)] += 1
    assert set(outcomes) == {"understood", "invalid", "malformed", "unknown_type"}
    assert outcomes["understood"] < TRIES // 2, "the fuzzer makes mostly wrong frames"


def outcome(text: str, door: str, *, speaks_v2: bool) -> str:
    try:
        decoded(text, door, speaks_v2=speaks_v2)
    except ApiError as refusal:
        return refusal.error if refusal.status == 400 else f"{refusal.status} for {text[:200]}"
    return "understood"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"type": "auth"}, "token"),
    ({"type": "auth", "token": 1}, "token"),
    ({"type": "hello", "since": {"1": "2"}}, "since"),
    ({"type": "hello", "since": [1]}, "since"),
    ({"type": "ping", "t0": "0"}, "t0"),
    ({"type": "join"}, "room_id"),
    ({"type": "join", "room_id": ["movie-1"]}, "room_id"),
    ({"type": "join", "room_id": "movie-1", "username": 7}, "username"),
    ({"type": "message", "room_id": "movie-1", "content": None}, "content"),
    ({"type": "message", "recipient": 1, "content": "x"}, "recipient"),
    ({"type": "message", "group_id": 1.5, "content": "x"}, "group_id"),
    ({"type": "message", "recipient": "bob", "content": "x", "reply_to": "7"}, "reply_to"),
    ({"type": "message", "recipient": "bob", "content": "x", "reply_to": True}, "reply_to"),
    ({"type": "message", "recipient": "bob", "content": "x", "movie_time": "1"}, "movie_time"),
    ({"type": "message", "room_id": "movie-1", "content": "x", "movie_id": "1"}, "movie_id"),
    ({"type": "message", "recipient": "bob", "content": "x", "message_type": 1}, "message_type"),
    ({"type": "message", "recipient": "bob", "content": "x", "client_id": 5}, "client_id"),
    ({"type": "message", "recipient": "bob", "content": "x", "client_id": ""}, "client_id"),
    ({"type": "message", "recipient": "bob", "content": "x", "client_id": "x" * 65}, "client_id"),
    ({"type": "message", "recipient": "bob", "content": "a\x00b"}, "content"),
    ({"type": "read", "conversation_id": "1", "seq": 1}, "conversation_id"),
    ({"type": "read", "conversation_id": 1}, "seq"),
    ({"type": "read", "conversation_id": 1, "seq": 1.5}, "seq"),
    ({"type": "resume", "since": {"1": None}}, "since"),
]


@pytest.mark.parametrize(("frame", "field"), WRONG, ids=lambda value: value if isinstance(value, str) else value["type"])
def test_what_is_wrong_is_named(frame: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        decoded(json.dumps(frame))
    assert list(refused.value.errors or {}) == [field]


@pytest.mark.parametrize("position", ["NaN", "Infinity", "1e999", "null", "true", '"5"', "[]"])
def test_a_position_is_a_finite_number(position: str) -> None:
    with pytest.raises(ApiError):
        decoded(f'{{"type":"sync","room_id":"movie-1","username":"x","current_time":{position}}}', "sync")


def test_whole_positions_stay_whole() -> None:
    for written in ("5", "5.0", "0"):
        frame = decoded(f'{{"type":"sync","room_id":"movie-1","username":"x","current_time":{written}}}', "sync")
        assert json.dumps(frame.current_time) == written  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["", "{", '{"type":"message","content":' + "[" * 50_000, "\ud800", "NaN", "{}}"])
def test_what_is_no_json_is_malformed(text: str) -> None:
    with pytest.raises(MalformedBody):
        head_of(text)


@pytest.mark.parametrize(
    ("head", "ref"),
    [
        ({"type": "message", "client_id": "mine"}, "mine"),
        ({"type": "sync", "cmd_id": "mine"}, "mine"),
        ({"type": "message", "client_id": "x" * 65}, "message"),
        ({"type": "message", "client_id": 5}, "message"),
        ({"type": "message", "client_id": {"a": 1}}, "message"),
        ({"type": "t" * 100}, "t" * 64),
        ({}, None),
    ],
)
def test_an_answer_refers_to_the_clients_own_id_or_the_type(head: dict[str, Any], ref: str | None) -> None:
    assert head_of(json.dumps(head)).ref == ref

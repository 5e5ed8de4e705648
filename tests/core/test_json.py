"""Strict in, fast out."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from django.utils.translation import gettext_lazy, override

from core import json
from core.errors import MalformedBody

REFUSED = [
    b"", b"{", b'{"a":1,}', b"NaN", b'{"a":NaN}', b'{"a":Infinity}', b'"\xff"', b'"\\ud800"',
    b"[" * 10_000 + b"]" * 10_000, b"{'a':1}",
]  # fmt: skip


@pytest.mark.parametrize("data", REFUSED, ids=range(len(REFUSED)))
def test_what_json_does_not_allow_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedBody):
        json.loads(data)


def test_round_trip() -> None:
    value = {"text": "你好 é 🎬", "n": 1, "x": 0.5, "none": None, "list": [True, {}]}
    assert json.loads(json.dumps(value)) == value


def test_structs_and_lazy_words_are_written() -> None:
    class Point(msgspec.Struct):
        x: int

    with override("en"):
        data = json.dumps({"point": Point(1), "words": gettext_lazy("Sign in first."), "at": datetime(2025, 1, 1, tzinfo=UTC)})
    assert json.loads(data) == {"point": {"x": 1}, "words": "Sign in first.", "at": "2025-01-01T00:00:00+00:00"}

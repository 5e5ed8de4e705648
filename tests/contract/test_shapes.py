"""The checker itself: a checker that accepts everything would make every other test here worthless."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import shapes
from tests.contract.shapes import matches

FITTING = {
    "id": 1,
    "user_id": 2,
    "username": "user1",
    "content": "Great movie!",
    "created_at": "2024-08-15T12:34:56Z",
}


def test_it_accepts_the_contracts_own_samples() -> None:
    movie = {
        "id": 1,
        "title": "Movie 1",
        "description": "This is a movie description",
        "thumbnail_url": "https://example.com/thumbnail1.jpg",
        "video_url": "https://example.com/video1.m3u8",
    }
    sync = {"type": "sync", "room_id": "movie-1", "username": "user2", "current_time": 1234.56}
    assert matches(shapes.LIST_COMMENTS.answers, {"status": "success", "comments": [FITTING, FITTING]})
    assert matches(shapes.LIST_MOVIES.answers, {"status": "success", "movies": [movie]})
    assert matches(shapes.SYNC, sync)
    assert matches(shapes.SYNC, sync | {"current_time": 1234})


def test_it_accepts_more_keys() -> None:
    assert matches(shapes.COMMENT, FITTING | {"more": None})


@pytest.mark.parametrize(
    ("name", "value"),
    [("id", "1"), ("id", True), ("id", 1.0), ("id", None), ("username", None), ("created_at", "2024-08-15T12:34:56+00:00")],
)
def test_it_refuses_another_type(name: str, value: Any) -> None:
    assert not matches(shapes.COMMENT, FITTING | {name: value})


@pytest.mark.parametrize("name", sorted(FITTING))
def test_it_refuses_a_missing_key(name: str) -> None:
    assert not matches([shapes.COMMENT], [FITTING, {key: value for key, value in FITTING.items() if key != name}])


def test_it_refuses_other_words_and_containers() -> None:
    assert not matches(shapes.PUT_USER.answers, {"status": "success", "message": "Updated"})
    assert not matches([shapes.COMMENT], FITTING)
    assert not matches(shapes.COMMENT, [FITTING])
    assert not matches(shapes.BOOLEAN, 1)
    assert not matches(shapes.NUMBER, True)

"""Names compare as people see them; text that no store can hold is known."""

from __future__ import annotations

import pytest

from core.paths import is_api, is_films_dialect
from core.text import compare_key, is_encodable, visible


@pytest.mark.parametrize(
    ("one", "other"),
    [("Éva", "éva"), ("E\u0301va", "éva"), ("ＡＬＩＣＥ", "alice"), ("straße", "STRASSE"), ("ﬁlm", "film")],
)
def test_names_that_look_alike_are_one(one: str, other: str) -> None:
    assert compare_key(one) == compare_key(other)


def test_a_key_is_its_own_key() -> None:
    for text in ("Éva", "ΐ", "ẞ", "İstanbul", "你好", "ǰ"):
        assert compare_key(compare_key(text)) == compare_key(text)


def test_visible_text_is_one_line_without_tricks() -> None:
    assert visible("  a\u202egpj.exe\n b\x00\x07\t c ") == "agpj.exe b c"
    assert visible("\u200f\x00 ") == ""
    assert visible("电影 🎬") == "电影 🎬"


def test_encodable() -> None:
    assert is_encodable("你好 🎬")
    assert not is_encodable("a\x00")
    assert not is_encodable("\ud800")


def test_api_paths() -> None:
    for path in ("/api", "/api/", "/api/movies/1", "/messages/private", "/files/x", "/conversations", "/auth/login/"):
        assert is_api(path), path
    for path in ("/", "/apiary", "/movies/1", "/watch/movie-1", "/x/api/", "/filesystem"):
        assert not is_api(path), path
    assert is_films_dialect("/api/movies")
    assert not is_films_dialect("/apiary")
    assert not is_films_dialect("/messages/private")

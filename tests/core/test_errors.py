"""The error table and its one envelope."""

from __future__ import annotations

from django.utils import translation

from core import errors
from tests.assertions import assert_envelope


def test_every_row_has_a_slug_of_its_own_and_words_in_both_languages() -> None:
    rows = list(errors.every_error())
    assert len({row.slug for row in rows}) == len(rows) > 15
    for row in rows:
        assert 400 <= row.status < 600
        with translation.override("en"):
            english = str(row.words)
        with translation.override("zh-hans"):
            assert str(row.words) != english, f"{row.slug} has no Chinese"


def test_envelope_of_any_row() -> None:
    for row in errors.every_error():
        body = errors.envelope(row())
        assert_envelope(body, row.status, row.slug)
        assert set(body) == {"detail", "code", "timestamp", "error"}


def test_films_dialect_adds_status_and_message() -> None:
    body = errors.envelope(errors.NotFound(), films_dialect=True)
    assert body["status"] == "error"
    assert body["message"] == body["detail"]


def test_the_reader_decides_the_language_not_the_raiser() -> None:
    with translation.override("en"):
        raised = errors.NotFound()
    with translation.override("zh-hans"):
        assert errors.envelope(raised)["detail"] == "未找到。"
    with translation.override("en"):
        assert errors.envelope(raised)["detail"] == "Not found."


def test_an_invalid_field_is_named() -> None:
    body = errors.envelope(errors.Invalid.field("content", "Too short.", slug="short"))
    assert body["errors"] == {"content": ["Too short."]}
    assert_envelope(body, 400, "short")


def test_own_words_replace_the_rows() -> None:
    assert errors.envelope(errors.Conflict("Taken."))["detail"] == "Taken."


def test_unavailable_says_when_to_come_back() -> None:
    assert errors.Unavailable().retry_after == 5
    assert errors.Unavailable(retry_after=1).retry_after == 1
    assert errors.NotFound().retry_after is None

from __future__ import annotations

import pytest

from files.names import clean_content_type, clean_filename


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("notes.txt", "notes.txt"),
        ("笔记 (1).pdf", "笔记 (1).pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\bob\\a.txt", "a.txt"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        (" \t ", "file"),
        ("a\x00b\r\nSet-Cookie: x.txt", "ab Set-Cookie: x.txt"),
        ("gpj.\u202eexe.txt", "gpj.exe.txt"),
        ("\ud800.txt", ".txt"),
        ("x" * 300 + ".tar", "x" * 146 + ".tar"),
        ("x" * 300, "x" * 150),
        ("a." + "y" * 300, "a." + "y" * 148),
        ("😀" * 300 + ".png", "😀" * 146 + ".png"),
    ],
)
def test_a_name_becomes_text_to_be_shown(sent: str, kept: str) -> None:
    assert clean_filename(sent) == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("text/plain", "text/plain"),
        ("Text/HTML; charset=utf-8", "text/html"),
        ("application/vnd.ms-excel", "application/vnd.ms-excel"),
        (None, "application/octet-stream"),
        ("", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
        ("text/plain\r\nX: y", "application/octet-stream"),
        ("text/" + "x" * 200, "application/octet-stream"),
    ],
)
def test_a_content_type_has_the_form_of_one(sent: str | None, kept: str) -> None:
    assert clean_content_type(sent) == kept

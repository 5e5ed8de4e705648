from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from files.models import StoredFile
from tests.assertions import TIME_MS, assert_error
from tests.files import policies
from tests.files.reading import body

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 4


def upload(client: Any, content: bytes = CONTENT, name: str = "notes.txt", content_type: str = "text/plain") -> dict[str, Any]:
    answer = client.post("/files/upload", {"file": SimpleUploadedFile(name, content, content_type)}, format="multipart")
    assert answer.status_code == 200, answer.content
    shown: dict[str, Any] = answer.json()
    return shown


def upload_raw(client: Any, disposition: str, content: bytes = b"x") -> Any:
    """A multipart body whose part is described just so."""
    part = f"--sep\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode("utf-8", "surrogateescape")
    form = part + content + b"\r\n--sep--\r\n"
    return client.generic("POST", "/files/upload", form, content_type="multipart/form-data; boundary=sep")


def test_an_upload_has_the_contracts_shape_and_comes_back(api: Any, alice: Any, settings: Any) -> None:
    settings.PUBLIC_URL = "https://cinema.example"
    shown = upload(api(alice))
    assert set(shown) == {"file_id", "filename", "size", "upload_time", "url", "content_type"}
    assert str(uuid.UUID(shown["file_id"])) == shown["file_id"]
    assert (shown["filename"], shown["size"], shown["content_type"]) == ("notes.txt", len(CONTENT), "text/plain")
    assert TIME_MS.match(shown["upload_time"])
    assert shown["url"] == f"https://cinema.example/files/{shown['file_id']}"
    for slash in ("", "/"):
        answer = api(alice).get(f"/files/{shown['file_id']}{slash}")
        assert body(answer) == CONTENT
        assert answer["Content-Length"] == str(len(CONTENT))


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("page.html", b"<script>alert(1)</script>", "text/html"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "image/svg+xml"),
        ("picture.png", b"<html>", "image/png"),
        ("empty", b"", ""),
    ],
)
def test_a_download_is_never_shown_by_a_browser(api: Any, alice: Any, name: str, content: bytes, content_type: str) -> None:
    answer = api(alice).get(f"/files/{upload(api(alice), content, name, content_type)['file_id']}")
    assert body(answer) == content
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"].startswith("private")
    assert answer["Accept-Ranges"] == "bytes"


def test_who_reads_whose_file(api: Any, alice: Any, bob: Any, charlie: Any, staff: Any, settings: Any) -> None:
    settings.FILE_ACCESS_POLICIES = [f"{policies.__name__}.bob"]
    path = f"/files/{upload(api(alice))['file_id']}"
    for method in ("get", "head"):
        assert getattr(api(alice), method)(path).status_code == 200
        assert getattr(api(bob), method)(path).status_code == 200
        assert getattr(api(charlie), method)(path).status_code == 404
        assert getattr(api(staff), method)(path).status_code == 404
        assert getattr(api(), method)(path).status_code == 401
    assert_error(api(charlie).get(path), 404, "not_found")
    assert_error(api().get(path), 401, "not_authenticated")
    assert_error(api().delete(path), 401)
    assert_error(api(charlie).delete(path), 404)
    assert_error(api(bob).delete(path), 403, "forbidden")
    assert StoredFile.objects.exists()


def test_an_owner_lists_and_deletes(api: Any, alice: Any, bob: Any, django_capture_on_commit_callbacks: Any) -> None:
    files = [upload(api(alice), name=f"{number}.txt") for number in range(3)]
    assert api(alice).get("/files").json() == files[::-1]
    assert api(bob).get("/files").json() == []
    assert_error(api().get("/files"), 401)
    with django_capture_on_commit_callbacks(execute=True):
        gone = api(alice).delete(f"/files/{files[0]['file_id']}")
    assert (gone.status_code, gone.json()) == (200, files[0])
    assert_error(api(alice).get(f"/files/{files[0]['file_id']}"), 404)
    assert api(alice).get("/files").json() == [files[2], files[1]]
    assert sorted(default_storage.listdir("uploads")[1]) == sorted(file["file_id"] for file in files[1:])


def test_the_list_has_pages(api: Any, alice: Any, bob: Any, settings: Any) -> None:
    settings.PUBLIC_URL = "https://cinema.example"
    ids = [upload(api(alice))["file_id"] for _ in range(5)][::-1]
    seen, path = [], "/files?limit=2"
    while path:
        answer = api(alice).get(path)
        seen.append([file["file_id"] for file in answer.json()])
        match = re.fullmatch(r'<https://cinema\.example(.+)>; rel="prev"', answer.get("Link", ""))
        path = match[1] if match else ""
    assert seen == [ids[:2], ids[2:4], ids[4:]]
    for query in ("limit=0", "limit=x", f"limit={'9' * 40}"):
        assert_error(api(alice).get(f"/files?{query}"), 400, "invalid", field="limit")
    for query in ("before=x", f"before={upload(api(bob))['file_id']}"):
        assert_error(api(alice).get(f"/files?{query}"), 404)


@pytest.mark.parametrize(
    "file_id", ["1", "x" * 500, "%00", "..%2f..%2fsecret_key", str(uuid.UUID(int=0)), "%ED%A0%80", "%F0%9F%98%80"]
)
def test_odd_ids_are_not_found(api: Any, alice: Any, file_id: str) -> None:
    assert_error(api(alice).get(f"/files/{file_id}"), 404)
    assert_error(api(alice).delete(f"/files/{file_id}"), 404)


def test_what_is_no_upload_is_refused(api: Any, alice: Any) -> None:
    client = api(alice)
    assert_error(client.post("/files/upload", {}, format="multipart"), 400, "invalid", field="file")
    assert_error(client.post("/files/upload", {"file": "text"}, format="multipart"), 400, "invalid", field="file")
    other = {"other": SimpleUploadedFile("a", b"x")}
    assert_error(client.post("/files/upload", other, format="multipart"), 400, "invalid", field="file")
    assert_error(upload_raw(client, 'name="file"; filename=""'), 400, "invalid", field="file")
    assert_error(client.post("/files/upload", {"file": "x"}, format="json"), 415, "unsupported_media_type")
    for content_type, status in (
        ("multipart/form-data", 400),
        ("application/octet-stream", 415),
        ("text/plain", 415),
        ("", 415),
    ):
        assert_error(client.generic("POST", "/files/upload", b"--x--", content_type=content_type), status)
    for method in ("get", "delete"):
        assert_error(getattr(client, method)("/files/upload"), 405)
    assert_error(api().post("/files/upload", {"file": SimpleUploadedFile("a", b"x")}, format="multipart"), 401)
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("disposition", "kept"),
    [
        ('name="file"; filename="../../../etc/passwd"', "passwd"),
        ('name="file"; filename="C:\\\\temp\\\\a.txt"', "a.txt"),
        ('name="file"; filename="gpj.\u202eexe"', "gpj.exe"),
        ("name=\"file\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x", "aSet-Cookie: x"),
        ("name=\"file\"; filename*=UTF-8''a%00b.txt", "ab.txt"),
        ('name="file"; filename="' + "x" * 300 + '.txt"', "x" * 146 + ".txt"),
        ('name="file"; filename="预告片 “1”.mp4"', "预告片 “1”.mp4"),
    ],
)
def test_odd_names_become_harmless_text(api: Any, alice: Any, disposition: str, kept: str) -> None:
    answer = upload_raw(api(alice), disposition)
    assert answer.status_code == 200, answer.content
    assert answer.json()["filename"] == kept
    sent = api(alice).get(f"/files/{answer.json()['file_id']}")["Content-Disposition"]
    assert sent.isascii()
    assert sent in (f'attachment; filename="{kept}"', f"attachment; filename*=utf-8''{quote(kept)}")


def test_a_file_over_the_limit_is_413(api: Any, alice: Any, settings: Any) -> None:
    settings.LIMIT_UPLOAD_BYTES = 10
    upload(api(alice), b"x" * 10)
    answer = api(alice).post("/files/upload", {"file": SimpleUploadedFile("a", b"x" * 11)}, format="multipart")
    assert_error(answer, 413, "too_large")
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1), ("bytes=0-9", 0, 10), ("bytes=10-", 10, 1024), ("bytes=-1", 1023, 1024), ("bytes=-5000", 0, 1024),
        ("bytes=1000-5000", 1000, 1024), ("bytes=1023-1023", 1023, 1024), ("bytes=0-", 0, 1024),
    ],
)  # fmt: skip
def test_ranges_are_partial_answers(api: Any, alice: Any, asked: str, start: int, end: int) -> None:
    path = f"/files/{upload(api(alice))['file_id']}"
    answer = api(alice).get(path, HTTP_RANGE=asked)
    assert answer.status_code == 206
    assert body(answer) == CONTENT[start:end]
    assert answer["Content-Range"] == f"bytes {start}-{end - 1}/1024"
    assert answer["Content-Length"] == str(end - start)
    assert answer["Content-Type"] == "application/octet-stream"
    head = api(alice).head(path, HTTP_RANGE=asked)
    assert head["Content-Length"] == str(end - start)
    assert body(head) == b""


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_ranges_outside_are_416(api: Any, alice: Any, asked: str) -> None:
    answer = api(alice).get(f"/files/{upload(api(alice))['file_id']}", HTTP_RANGE=asked)
    assert_error(answer, 416, "range_not_satisfiable")
    assert answer["Content-Range"] == "bytes */1024"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-6",
        "bytes=9-1",
        "bytes=-",
        "bytes=a-b",
        "items=0-1",
        "bytes 0-1",
        "bytes=\u0661-2",
        f"bytes=0-{'9' * 5000}",
    ],
)
def test_other_ranges_are_answered_whole(api: Any, alice: Any, asked: str) -> None:
    answer = api(alice).get(f"/files/{upload(api(alice))['file_id']}", HTTP_RANGE=asked)
    assert answer.status_code == 200
    assert body(answer) == CONTENT


def test_a_file_one_has_is_not_sent_again(api: Any, alice: Any) -> None:
    path = f"/files/{upload(api(alice))['file_id']}"
    etag = api(alice).get(path)["ETag"]
    assert api(alice).get(path, HTTP_IF_NONE_MATCH=etag).status_code == 304
    assert api(alice).get(path, HTTP_RANGE="bytes=0-1", HTTP_IF_RANGE=etag).status_code == 206
    assert api(alice).get(path, HTTP_RANGE="bytes=0-1", HTTP_IF_RANGE='"other"').status_code == 200
    assert etag != api(alice).get(f"/files/{upload(api(alice))['file_id']}")["ETag"]


def test_bytes_that_were_lost_are_not_found(api: Any, alice: Any) -> None:
    file_id = upload(api(alice))["file_id"]
    default_storage.delete(f"uploads/{file_id}")
    assert_error(api(alice).get(f"/files/{file_id}"), 404)

"""Uploads and downloads through a real server: bodies that stream in, over the limit or without a length."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

import httpx
import pytest

from tests.assertions import assert_error
from tests.rig.servers import Person, Server, Starter

LIMIT = 300_000
HEAD = b'--sep\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\nContent-Type: video/mp4\r\n\r\n'
TAIL = b"\r\n--sep--\r\n"


@pytest.fixture(scope="module")
def limited_server(start_module_server: Starter) -> Server:
    return start_module_server(LIMIT_UPLOAD_BYTES=LIMIT)


@pytest.fixture(scope="module")
def alice(limited_server: Server) -> Iterator[Person]:
    person = limited_server.register("alice")
    yield person
    person.http.close()


def upload_chunked(person: Person, size: int) -> httpx.Response:
    """`size` bytes as a form without Content-Length."""

    def form() -> Iterator[bytes]:
        yield HEAD
        for start in range(0, size, 65_536):
            yield b"x" * min(65_536, size - start)
        yield TAIL

    return person.http.post("/files/upload", content=form(), headers={"Content-Type": "multipart/form-data; boundary=sep"})


def stored(server: Server) -> list[str]:
    """What lies in the server's uploads folder."""
    folder = server.data_dir / "media" / "uploads"
    return [path.name for path in folder.iterdir()] if folder.exists() else []


def test_the_limit_is_of_the_file_not_of_the_form(limited_server: Server, alice: Person) -> None:
    before = stored(limited_server)
    answer = upload_chunked(alice, LIMIT)
    assert answer.status_code == 200, answer.content
    assert answer.json()["size"] == LIMIT
    assert_error(upload_chunked(alice, LIMIT + 1), 413, "too_large")
    assert_error(alice.http.post("/files/upload", files={"file": ("a", b"x" * (LIMIT + 1))}), 413, "too_large")
    assert set(stored(limited_server)) - set(before) == {answer.json()["file_id"]}


def test_a_far_too_large_body_is_cut_off(limited_server: Server, alice: Person) -> None:
    before = stored(limited_server)
    # The server closes before it has read all, which the client may notice before it reads the answer.
    with contextlib.suppress(httpx.TransportError):
        assert_error(upload_chunked(alice, LIMIT * 100), 413, "too_large")
    with contextlib.suppress(httpx.TransportError):
        assert_error(alice.http.post("/files/upload", files={"file": ("a", b"x" * LIMIT * 10)}), 413, "too_large")
    assert stored(limited_server) == before


def test_json_that_comes_in_chunks_is_read(limited_server: Server, alice: Person) -> None:
    chunks = iter([b'{"device_id": "phone",', b' "device_name": "Phone", "device_type": "mobile"}'])
    answer = alice.http.post("/devices", content=chunks, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["device_name"]) == (200, "Phone")


def test_bytes_and_headers_on_the_wire(limited_server: Server, alice: Person) -> None:
    content = hashlib.sha256(b"seed").digest() * 5_000
    shown = alice.http.post("/files/upload", files={"file": ("résumé.html", content, "text/html")}).json()
    assert shown["url"] == f"{limited_server.url}/files/{shown['file_id']}"
    whole = alice.http.get(shown["url"])
    assert whole.content == content
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["content-disposition"] == "attachment; filename*=utf-8''r%C3%A9sum%C3%A9.html"
    assert whole.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = alice.http.get(shown["url"], headers={"Range": "bytes=100000-100099"})
    assert (part.status_code, part.content) == (206, content[100_000:100_100])
    head = alice.http.head(shown["url"])
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(content)))
    assert_error(limited_server.http.get(shown["url"]), 401, "not_authenticated")
    charlie = limited_server.log_in(limited_server.register("charlie").username)
    assert_error(limited_server.http.get(shown["url"], headers={"Authorization": f"Bearer {charlie}"}), 404, "not_found")


def test_a_reader_who_leaves_early_harms_nobody(limited_server: Server, alice: Person) -> None:
    shown = alice.http.post("/files/upload", files={"file": ("a", b"x" * LIMIT)}).json()
    for _ in range(3):
        with alice.http.stream("GET", shown["url"]) as leaving:
            next(leaving.iter_bytes(1000))
    assert len(alice.http.get(shown["url"]).content) == LIMIT
    assert "Traceback" not in limited_server.log.read_text()


def test_the_placeholder_of_a_poster_is_there(limited_server: Server) -> None:
    answer = limited_server.http.get("/static/img/poster.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")

"""Files as answers: ranges, conditions, heads."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import RequestFactory

from core import json, responses
from core.responses import ranged_file
from tests.assertions import assert_error

DATA = bytes(range(256)) * 4
ETAG = '"abc"'


def respond(method: str = "GET", **headers: str) -> Any:
    request = RequestFactory().generic(
        method, "/files/x", **{f"HTTP_{name.upper()}": value for name, value in headers.items()}
    )
    return ranged_file(request, lambda: io.BytesIO(DATA), size=len(DATA), content_type="application/octet-stream", etag=ETAG)


async def body(response: Any) -> bytes:
    return b"".join([chunk async for chunk in response.streaming_content])


async def test_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "CHUNK", 100)
    response = respond()
    assert response.status_code == 200
    assert response["Content-Length"] == str(len(DATA))
    assert (response["ETag"], response["Accept-Ranges"]) == (ETAG, "bytes")
    assert "Content-Range" not in response
    assert await body(response) == DATA


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=1000-", 1000, 1024),
        ("bytes=-4", 1020, 1024),
        ("bytes=0-9999", 0, 1024),
    ],
)
async def test_ranges(wanted: str, start: int, end: int) -> None:
    response = respond(range=wanted)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    assert response["Content-Length"] == str(end - start)
    assert await body(response) == DATA[start:end]


@pytest.mark.parametrize("wanted", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_outside_is_416(wanted: str) -> None:
    response = respond(range=wanted)
    assert response["Content-Range"] == f"bytes */{len(DATA)}"
    response.json = lambda: json.loads(response.content)
    assert_error(response, 416, "range_not_satisfiable")


@pytest.mark.parametrize("odd", ["bytes=a-b", "items=0-1", "bytes=0-1,5-6", "bytes=-", "bytes=9-3", "bytes=٠-٣"])
def test_what_is_no_range_gets_the_whole(odd: str) -> None:
    assert respond(range=odd).headers["Content-Length"] == str(len(DATA))


def test_conditions() -> None:
    assert respond(if_none_match=ETAG).status_code == 304
    assert respond(if_none_match='"other"').status_code == 200
    assert respond(range="bytes=0-1", if_range=ETAG).status_code == 206
    stale = respond(range="bytes=0-1", if_range='"other"')
    assert stale.headers["Content-Length"] == str(len(DATA))


def test_head_sends_no_bytes() -> None:
    response = respond("HEAD", range="bytes=0-9")
    assert (response.status_code, response["Content-Length"], response.content) == (206, "10", b"")

"""A body over its limit is refused while it streams in, whoever reads it."""

from __future__ import annotations

from typing import Any

import pytest

from config.asgi import body_limit
from core import json
from core.asgi import BodyLimit
from core.pictures import MOST_BYTES
from tests.assertions import assert_envelope

LIMIT = 10


class Exchange:
    """One request in `chunks` to an application that reads all of it, then answers."""

    def __init__(self, chunks: list[bytes], declared: int | None = None, path: str = "/messages/private") -> None:
        headers = [] if declared is None else [(b"content-length", str(declared).encode())]
        self.scope: dict[str, Any] = {"type": "http", "path": path, "headers": headers}
        self.chunks = list(chunks)
        self.sent: list[Any] = []
        self.read = b""

    async def run(self, limit: int = LIMIT) -> Exchange:
        await BodyLimit(self.app, lambda scope: limit)(self.scope, self.receive, self.send)
        return self

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            self.read += message["body"]
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"fine"})

    async def receive(self) -> Any:
        return {"type": "http.request", "body": self.chunks.pop(0), "more_body": bool(self.chunks)}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])


async def test_up_to_the_limit_passes() -> None:
    exchange = await Exchange([b"12345", b"67890"], declared=10).run()
    assert exchange.status == 200
    assert exchange.read == b"1234567890"


async def test_a_declared_excess_is_refused_unread() -> None:
    exchange = await Exchange([b"12345678901"], declared=11).run()
    assert exchange.status == 413
    assert len(exchange.chunks) == 1
    assert (b"connection", b"close") in exchange.sent[0]["headers"]
    assert_envelope(json.loads(exchange.sent[1]["body"]), 413, "too_large")


async def test_an_undeclared_excess_is_refused_as_soon_as_it_shows() -> None:
    exchange = await Exchange([b"123456", b"789012", b"more", b"and more"]).run()
    assert exchange.status == 413
    assert len(exchange.chunks) == 2
    assert exchange.read == b"123456"


async def test_a_lie_about_the_length_is_seen_through() -> None:
    for lie in (1, -5):
        assert (await Exchange([b"123456", b"789012"], declared=lie).run()).status == 413


async def test_films_paths_answer_in_their_dialect() -> None:
    exchange = await Exchange([b"x" * 11], declared=11, path="/api/login").run()
    assert json.loads(exchange.sent[1]["body"])["status"] == "error"


async def test_no_limit_and_sockets_pass() -> None:
    assert (await Exchange([b"x" * 100], declared=100).run(limit=0)).status == 200
    socket = Exchange([b"x" * 100])
    socket.scope["type"] = "websocket"
    assert (await socket.run()).status == 200


async def test_an_answer_already_begun_is_not_begun_again() -> None:
    exchange = Exchange([b"x" * 20])

    async def hasty(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()

    await BodyLimit(hasty, lambda scope: LIMIT)(exchange.scope, exchange.receive, exchange.send)
    assert [message["type"] for message in exchange.sent] == ["http.response.start"]


@pytest.mark.parametrize("path", ["/api/user/avatar", "/api/user/avatar/", "/settings/avatar"])
@pytest.mark.parametrize(("upload", "most"), [(0, MOST_BYTES), (MOST_BYTES * 10, MOST_BYTES), (1_000, 1_000)])
def test_a_picture_is_no_reason_to_take_more_than_a_picture(settings: Any, path: str, upload: int, most: int) -> None:
    settings.LIMIT_UPLOAD_BYTES = upload
    assert body_limit({"path": path}) == most + 65_536


@pytest.mark.parametrize("path", ["/files/upload", "/admin/movies/movie/add/"])
def test_uploads_have_a_limit_of_their_own(settings: Any, path: str) -> None:
    settings.LIMIT_UPLOAD_BYTES, settings.LIMIT_BODY_BYTES = 1_000, 10
    assert (body_limit({"path": path}), body_limit({"path": "/settings/profile"})) == (66_536, 10)
    settings.LIMIT_UPLOAD_BYTES = 0
    assert body_limit({"path": path}) == 0

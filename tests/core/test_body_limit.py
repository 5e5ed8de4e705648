"""A body over its limit is refused while it streams in, whoever reads it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.utils.translation import override

from config.asgi import body_limit, too_large
from core import asgi, json
from core.asgi import REFUSED, BodyLimit
from core.errors import TooLarge
from core.pictures import MOST_BYTES
from tests.assertions import assert_envelope

LIMIT = 10
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


class Exchange:
    """One request in `chunks` to an application that reads all of it, then answers."""

    def __init__(
        self, chunks: list[bytes], declared: int | None = None, path: str = "/messages/private", accept: str = ""
    ) -> None:
        headers = [(b"cookie", b"mine"), *([(b"accept", accept.encode())] if accept else [])]
        if declared is not None:
            headers.append((b"content-length", str(declared).encode()))
        self.scope: dict[str, Any] = {"type": "http", "path": path, "headers": headers}
        self.chunks = list(chunks)
        self.sent: list[Any] = []
        self.read = b""
        self.refusal: Any = None
        self.headers: list[tuple[bytes, bytes]] = []

    async def run(self, limit: int = LIMIT) -> Exchange:
        await BodyLimit(self.app, lambda scope: limit)(self.scope, self.receive, self.send)
        return self

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.read, self.refusal, self.headers = b"", scope.get(REFUSED), scope["headers"]
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


@pytest.mark.parametrize(("declared", "chunks"), [(16, 2), (None, 2), (None, 4)])
async def test_people_are_shown_a_page_once_their_browser_has_sent_everything(declared: int | None, chunks: int) -> None:
    sent = [b"12345678"] * chunks
    exchange = await Exchange(sent, declared=declared, path="/settings/avatar", accept=BROWSER).run()
    assert (exchange.read, exchange.chunks) == (b"", [])
    assert isinstance(exchange.refusal, TooLarge)
    assert [name for name, _value in exchange.headers] == [b"cookie", b"accept"], "nothing of a body that is not there"
    assert (exchange.status, exchange.sent[1]["body"]) == (200, b"fine"), "the page is the application's"
    assert (b"connection", b"close") in exchange.sent[0]["headers"]


@pytest.mark.parametrize(("path", "accept"), [("/settings/avatar", "*/*"), ("/api/user/avatar", "text/html")])
async def test_programs_get_the_envelope_at_once(path: str, accept: str) -> None:
    exchange = await Exchange([b"12345678901", b"more"], declared=15, path=path, accept=accept).run()
    assert (exchange.status, len(exchange.chunks)) == (413, 2)
    assert json.loads(exchange.sent[1]["body"])["code"] == 413


async def test_nobody_sends_without_end() -> None:
    """A form is let by, not what takes minutes."""
    rest = [b"x" * 16 * 1024 * 1024] * 5
    exchange = await Exchange(rest, declared=5 * len(rest[0]), path="/settings/avatar", accept=BROWSER).run()
    assert (exchange.status, len(exchange.chunks)) == (200, 1)


@pytest.mark.parametrize(("upload", "words"), [(0, "A picture may have at most 10 MB."), (1_000, "The body is too large.")])
def test_a_picture_that_is_too_large_is_called_that(settings: Any, upload: int, words: str) -> None:
    settings.LIMIT_UPLOAD_BYTES = upload
    with override("en"):
        assert str(too_large({"path": "/settings/avatar"}).detail) == words
        assert str(too_large({"path": "/settings/profile"}).detail) == "The body is too large."


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


async def test_who_sends_what_is_refused_without_end_is_answered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "LONGEST_LET_BY", 0.01)
    exchange = Exchange([], declared=11, path="/settings/avatar", accept=BROWSER)
    never = asyncio.get_running_loop().create_future()
    exchange.receive = lambda: never  # type: ignore[method-assign]
    await exchange.run()
    assert isinstance(exchange.refusal, TooLarge)
    assert exchange.status == 200

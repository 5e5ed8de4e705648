"""ASGI wrappers in front of Django."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Final

from core import errors, json
from core.paths import is_api, is_films_dialect

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


REFUSED: Final = "matinee.refused"
"""The key of a scope under which a page finds why the body of its request was refused: an ApiError."""
_MOST_LET_BY: Final = 64 * 1024 * 1024
LONGEST_LET_BY = 30.0
"""Seconds in which as much of it may come."""
_CLOSE: Final = (b"connection", b"close")
"""The rest of the body is never read, so the connection cannot be used again."""
_ABOUT_A_BODY: Final = (b"content-length", b"content-type", b"transfer-encoding")


class _TooLarge(Exception):
    pass


class BodyLimit:
    """Refuses a body over its limit while it streams in: Django would spool all of it before any view runs.

    `limit_for` gives the limit in bytes of a request's scope, 0 for none; `refusal_for` says what is told. Programs get the
    error envelope. For people the application is asked for a page: without a body, and with the refusal in its scope
    (`REFUSED`).
    """

    def __init__(
        self,
        app: App,
        limit_for: Callable[[Scope], int],
        refusal_for: Callable[[Scope], errors.ApiError] = lambda scope: errors.TooLarge(),
    ) -> None:
        self.app = app
        self.limit_for = limit_for
        self.refusal_for = refusal_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self.limit_for(scope) if scope["type"] == "http" else 0
        if not limit:
            await self.app(scope, receive, send)
        elif _declared_length(scope) > limit:
            await self._refuse(scope, receive, send, self.refusal_for(scope))
        else:
            await self._counted(scope, receive, send, limit)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        received, started, ended = 0, False, False

        async def counting_receive() -> Message:
            nonlocal received, ended
            message = await receive()
            ended = not message.get("more_body")
            received += len(message.get("body", b""))
            if received > limit:
                raise _TooLarge
            return message

        async def noting_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counting_receive, noting_send)
        except _TooLarge:
            if not started:
                await self._refuse(scope, receive, send, self.refusal_for(scope), ended=ended)
        except OSError as error:
            # The disk on which Django spools a body was full.
            if started or error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            await self._refuse(scope, receive, send, errors.StorageFull(), ended=ended)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, error: errors.ApiError, *, ended: bool = False
    ) -> None:
        """`ended`: the whole body has arrived."""
        if not _is_a_persons(scope):
            await _say(scope, send, error)
            return
        if not ended:
            # Who is still sending when the connection closes tells of a failed connection and shows no page.
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_LET_BY):
                    await _let_by(receive)
        await self._show(scope, receive, send, error)

    async def _show(self, scope: Scope, receive: Receive, send: Send, error: errors.ApiError) -> None:
        is_told = False

        async def no_body() -> Message:
            nonlocal is_told
            if not is_told:
                is_told = True
                return {"type": "http.request", "body": b"", "more_body": False}
            while (message := await receive())["type"] != "http.disconnect":
                pass
            return message

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], _CLOSE]
            await send(message)

        headers = [(name, value) for name, value in scope["headers"] if name not in _ABOUT_A_BODY]
        await self.app({**scope, "headers": headers, REFUSED: error}, no_body, closing)


def _is_a_persons(scope: Scope) -> bool:
    """Whether a browser shows what is answered: it says that it wants a page."""
    return not is_api(scope["path"]) and b"text/html" in dict(scope["headers"]).get(b"accept", b"")


def _declared_length(scope: Scope) -> int:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    return int(declared) if declared.isdigit() else 0


async def _let_by(receive: Receive) -> None:
    left = _MOST_LET_BY
    while left > 0 and (message := await receive())["type"] == "http.request" and message.get("more_body"):
        left -= len(message.get("body", b""))


async def _say(scope: Scope, send: Send, error: errors.ApiError) -> None:
    body = json.dumps(errors.envelope(error, films_dialect=is_films_dialect(scope["path"])))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        _CLOSE,
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""ASGI wrappers in front of Django."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from core import errors, json
from core.paths import is_films_dialect

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class _TooLarge(Exception):
    pass


class BodyLimit:
    """Refuses a body over its limit while it streams in: Django would spool all of it before any view runs.

    `limit_for` gives the limit in bytes of a request's scope; 0 is none.
    """

    def __init__(self, app: App, limit_for: Callable[[Scope], int]) -> None:
        self.app = app
        self.limit_for = limit_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self.limit_for(scope) if scope["type"] == "http" else 0
        if not limit:
            await self.app(scope, receive, send)
        elif _declared_length(scope) > limit:
            await _refuse(scope, send, errors.TooLarge())
        else:
            await self._counted(scope, receive, send, limit)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        received, started = 0, False

        async def counting_receive() -> Message:
            nonlocal received
            message = await receive()
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
                await _refuse(scope, send, errors.TooLarge())
        except OSError as error:
            # The disk on which Django spools a body was full.
            if started or error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            await _refuse(scope, send, errors.StorageFull())


def _declared_length(scope: Scope) -> int:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    return int(declared) if declared.isdigit() else 0


async def _refuse(scope: Scope, send: Send, error: errors.ApiError) -> None:
    body = json.dumps(errors.envelope(error, films_dialect=is_films_dialect(scope["path"])))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        # The rest of the body is never read, so the connection cannot be used again.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

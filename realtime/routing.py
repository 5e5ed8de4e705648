"""The three socket paths, exactly as the contracts name them."""

from __future__ import annotations

from typing import Any

from core.errors import NotFound
from realtime import handshake, reactions
from realtime.chat import ChatConnection
from realtime.presence import PresenceConnection
from realtime.sync import SyncConnection

__all__ = ["PATHS", "reactions", "socket_application"]

PATHS = {
    "/ws/chat": ChatConnection.as_asgi(),
    "/ws/sync": SyncConnection.as_asgi(),
    "/ws/presence": PresenceConnection.as_asgi(),
}


async def socket_application(scope: Any, receive: Any, send: Any) -> None:
    """A path that is not there is refused as any other unknown path: 404 where the server can say it."""
    consumer = PATHS.get(scope["path"].rstrip("/"))
    if consumer is None:
        await receive()
        await handshake.refuse(scope, send, NotFound())
        return
    await consumer(scope, receive, send)

"""What these tests say over and over."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.rig.sockets import Frame, Socket


def fresh(word: str) -> str:
    """A text that nobody has said before."""
    return f"{word} {uuid.uuid4().hex[:8]}"


def room_message(room_id: str, content: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "room_id": room_id, "username": "guest", "content": content, **more}


def private_message(recipient: str, content: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "recipient": recipient, "content": content, "message_type": "text", **more}


async def enter(socket: Socket, room_id: str, name: str = "guest") -> None:
    """Join, and prove it by a message that comes back."""
    here = fresh("here")
    await socket.say({"type": "join", "room_id": room_id, "username": name})
    await socket.say(room_message(room_id, here, username=name))
    await socket.next("message", content=here)


async def goes_by(socket: Socket, room_id: str, name: str, *, verified: bool = True) -> None:
    """In a room the socket is who it should be, whatever it says of itself."""
    said = fresh("who am I")
    await socket.say(room_message(room_id, said))
    heard = await socket.next("message", content=said)
    assert (heard["username"], heard["verified"]) == (name, verified), heard


async def refused(socket: Socket, code: int, slug: str | None = None, **match: Any) -> Frame:
    """The next error frame, which must be this one."""
    error = await socket.next("error", **match)
    assert (error["code"], slug or error["error"]) == (code, error["error"]), error
    return error


async def flood(socket: Socket, frame: Mapping[str, Any] | str | bytes, count: int = 60) -> None:
    """Say the same without waiting, until the server has had enough: it may close before all of it is said."""
    with suppress(ConnectionClosed):
        for _ in range(count):
            await socket.say(frame)


async def ended(socket: Socket, code: int, slug: str | None = None) -> None:
    """The server says why and closes."""
    assert await socket.closed() == code, socket.kept
    if slug is not None:
        assert [frame["error"] for frame in socket.kept if frame["type"] == "error"][-1:] == [slug], socket.kept

"""What tests of /ws/sync say over and over: joining, commands, and what comes of them."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.realtime.house import Place
from tests.realtime.talking import refused
from tests.rig.sockets import Frame, Socket

_numbers = count()


async def joined(socket: Socket, place: Place, name: str = "guest") -> Frame:
    """Join as a v2 client: the snapshot."""
    await socket.say({"type": "join", "room_id": place.room_id, "username": name})
    return await socket.next("snapshot", room_id=place.room_id)


async def waits(socket: Socket, place: Place, name: str = "guest") -> None:
    """Join as an old client does, which nothing answers, and prove it by something that is refused in turn."""
    await socket.say({"type": "join", "room_id": place.room_id, "username": name})
    await socket.say({"type": "leave", "room_id": "movie-0", "client_id": "joined"})
    await refused(socket, 404, ref="joined")


async def report(socket: Socket, place: Place, position: float, name: str = "guest") -> None:
    """As an old client says where its player is."""
    await socket.say({"type": "sync", "room_id": place.room_id, "username": name, "current_time": position})


async def order(socket: Socket, place: Place, action: str, **more: Any) -> str:
    """Give a command without waiting; its cmd_id."""
    frame = {"type": "sync", "room_id": place.room_id, "action": action, "cmd_id": f"cmd {next(_numbers)}", **more}
    await socket.say(frame)
    return str(frame["cmd_id"])


async def given(socket: Socket, place: Place, action: str, **more: Any) -> Frame:
    """Give a command; the timeline that answers it."""
    return await socket.next("sync", cmd_id=await order(socket, place, action, **more))


async def says(socket: Socket, type: str, place: Place, timeline: Frame, **more: Any) -> None:
    """`buffering`, `ready` or `progress`, in answer to a timeline."""
    facts = {"epoch": timeline["epoch"], "rev": timeline["rev"], "current_time": timeline["current_time"]}
    await socket.say({"type": type, "room_id": place.room_id, **facts, **more})


def version(timeline: Frame) -> tuple[int, int]:
    return timeline["epoch"], timeline["rev"]

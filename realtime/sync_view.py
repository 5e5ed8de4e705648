"""A room as /ws/sync shows it: read once, told to one socket or to all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from core.bus import room_address
from realtime import frames, outgoing
from realtime.wire import Frame
from rooms import selectors
from rooms.data import Host

if TYPE_CHECKING:
    from realtime.runtime import Runtime


class RoomView(msgspec.Struct, frozen=True):
    room_id: str
    sync: dict[str, Any] | None
    members: dict[str, Any]
    host: Host | None
    epoch: int
    rev: int

    def snapshot(self, *, is_you: bool) -> frames.SyncSnapshot:
        """`is_you`: the socket it is for is the acting host's."""
        return frames.SyncSnapshot(
            room_id=self.room_id,
            sync=self.sync,
            members=self.members,
            roles=outgoing.roles_of(self.host, is_you=is_you),
            policy={"control": "host"},
        )


async def read_room(runtime: Runtime, room_pk: int, room_id: str) -> RoomView:
    room = await runtime.workers.run(selectors.room_by_pk, room_pk)
    timeline = selectors.current_timeline(room)
    return RoomView(
        room_id=room_id,
        sync=None if timeline.state == "idle" else outgoing.timeline_keys(room_id, timeline),
        members=await runtime.rosters.snapshot(room_pk, room_id, "sync"),
        host=room.host,
        epoch=timeline.epoch,
        rev=timeline.rev,
    )


async def tell_host(runtime: Runtime, room_pk: int, room_id: str) -> None:
    """The snapshot anew for every v2 player: who is host decides who leads and who follows.

    One look at a room at a time, or an older one could arrive last.
    """
    is_looking = room_pk in runtime.hosts_to_tell
    runtime.hosts_to_tell[room_pk] = True
    if is_looking:
        return
    try:
        while runtime.hosts_to_tell[room_pk]:
            runtime.hosts_to_tell[room_pk] = False
            await _tell_host(runtime, room_pk, room_id)
    finally:
        del runtime.hosts_to_tell[room_pk]


async def _tell_host(runtime: Runtime, room_pk: int, room_id: str) -> None:
    view = await read_room(runtime, room_pk, room_id)
    runtime.told_hosts[room_pk] = view.host
    others, host = Frame(view.snapshot(is_you=False)), Frame(view.snapshot(is_you=True))
    for socket in runtime.hub.listeners(room_address(room_pk)):
        # Who is only coming in gets a snapshot when they are.
        if socket.door == "sync" and socket.speaks_v2 and room_pk in socket.rooms:
            socket.outbox.put(host if socket.is_host(view.host) else others)

"""A room as /ws/sync shows it: read once, told to one socket or to all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from core.bus import room_address
from realtime import frames, outgoing
from realtime.wire import Frame
from rooms import selectors
from rooms.data import Host, Role
from rooms.rights import allowed_actions, effective

if TYPE_CHECKING:
    from realtime.runtime import Runtime
    from realtime.sync import SyncConnection


class RoomView(msgspec.Struct):
    """`roles`: what the people of this process's sockets are, by user id, without who acts on top of it. `roster`: the mark of
    `members`.
    """

    room_id: str
    sync: dict[str, Any] | None
    members: dict[str, object]
    roster: tuple[int, int]
    host: Host | None
    epoch: int
    rev: int
    is_party: bool
    control: str
    wait: str
    roles: Mapping[int, Role]
    encoded: dict[tuple[Role, bool], Frame] = {}

    def frame_for(self, socket: SyncConnection) -> Frame:
        """Encoded once for all sockets of the same standing."""
        acts = socket.is_host(self.host)
        stored = self.roles.get(socket.user_id, "guest") if socket.user_id is not None else "guest"
        role = effective(stored, acts=acts, is_party=self.is_party)
        frame = self.encoded.get((role, acts))
        if frame is None:
            frame = self.encoded[role, acts] = Frame(self._snapshot(role, acts))
        return frame

    def _snapshot(self, role: Role, acts: bool) -> frames.SyncSnapshot:
        return frames.SyncSnapshot(
            room_id=self.room_id,
            sync=self.sync,
            members=self.members,
            roles=outgoing.roles_of(self.host, you=role, is_you=acts),
            policy={
                "control": self.control,
                "wait": self.wait,
                "may": allowed_actions(role=role, control=self.control),
            },
        )


async def read_room(runtime: Runtime, room_pk: int, room_id: str) -> RoomView:
    players = [socket for socket in runtime.hub.listeners(room_address(room_pk)) if socket.door == "sync"]
    people = {socket.user_id for socket in players if socket.user_id is not None}
    room, roles = await runtime.workers.run(selectors.room_with_roles, room_pk, people)
    timeline = selectors.current_timeline(room)
    runtime.timelines.read(room_pk, room_id, timeline)
    seen = await runtime.rosters.snapshot(room_pk, room_id, "sync")
    return RoomView(
        room_id=room_id,
        sync=None if timeline.state == "idle" else outgoing.timeline_keys(room_id, timeline),
        members=seen.members,
        roster=seen.mark,
        host=room.host,
        epoch=timeline.epoch,
        rev=timeline.rev,
        is_party=room.is_party,
        control=room.control,
        wait=room.wait,
        roles=roles,
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
    for socket in runtime.hub.listeners(room_address(room_pk)):
        # Who is only coming in gets a snapshot when they are.
        if socket.door == "sync" and socket.speaks_v2 and room_pk in socket.rooms:
            socket.outbox.put(view.frame_for(socket))

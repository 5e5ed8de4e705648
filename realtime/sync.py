"""/ws/sync: where players are in a film, and the room's timeline."""

from __future__ import annotations

from realtime import frames, outgoing
from realtime.in_rooms import RoomConnection
from realtime.joined import Joined
from rooms import selectors
from rooms.data import Host
from rooms.events import HostChanged
from rooms.services import report_position


class SyncConnection(RoomConnection):
    door = "sync"
    answers = {"join": "on_join", "leave": "on_leave", "sync": "on_sync"}

    async def on_sync(self, frame: frames.SyncIn) -> None:
        """A report: relayed to old clients; the acting host's moves the timeline. Joins implicitly."""
        joined = await self.enter(frame.room_id, frame.username)
        await self.runtime.workers.run(
            report_position,
            room_pk=joined.room_pk,
            socket_id=self.uuid,
            user_id=self.user_id,
            name=self.username or frame.username or joined.name,
            current_time=frame.current_time,
            origin=self.id,
            address=self.address,
        )

    async def say_snapshot(self, joined: Joined) -> None:
        room = await self.runtime.workers.run(selectors.room_by_pk, joined.room_pk)
        timeline = selectors.current_timeline(room)
        self.put(
            frames.SyncSnapshot(
                room_id=joined.room_id,
                sync=None if timeline.state == "idle" else outgoing.timeline_keys(joined.room_id, timeline),
                members=await self.runtime.rosters.snapshot(joined.room_pk, joined.room_id, self.door),
                roles=outgoing.roles_of(room.host, is_you=self._is(room.host)),
                policy={"control": "host"},
            )
        )

    def host_changed(self, event: HostChanged) -> None:
        """The snapshot anew: who is host decides whether a player leads or follows."""
        joined = self.rooms.get(event.room_pk)
        if joined is not None and self.speaks_v2 and not self.is_ending:
            self.runtime.loop.create_task(self._guarded(self.say_snapshot(joined), None))

    def _is(self, host: Host | None) -> bool:
        if host is None:
            return False
        return host.user_id == self.user_id if host.user_id is not None else host.socket_id == str(self.uuid)

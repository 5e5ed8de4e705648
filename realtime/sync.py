"""/ws/sync: where players are in a film, and the room's timeline."""

from __future__ import annotations

from realtime import frames
from realtime.in_rooms import RoomConnection
from realtime.joined import Joined
from realtime.outgoing import timeline_mark
from realtime.sync_view import read_room
from realtime.wire import Frame
from rooms.data import Host
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
        """The timeline's moves wait until the snapshot is told, and those that it holds are not told after it."""
        self.outbox.hold()
        told: dict[int, int] = {}
        try:
            view = await read_room(self.runtime, joined.room_pk, joined.room_id)
            self.runtime.told_hosts.setdefault(joined.room_pk, view.host)
            self.outbox.put_missed(Frame(view.snapshot(is_you=self.is_host(view.host))))
            told = dict([timeline_mark(joined.room_pk, view.epoch, view.rev)])
        finally:
            self.outbox.release(told)

    def is_host(self, host: Host | None) -> bool:
        if host is None:
            return False
        return host.user_id == self.user_id if host.user_id is not None else host.socket_id == str(self.uuid)

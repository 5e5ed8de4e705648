"""/ws/sync: where players are in a film, the room's timeline, and the commands that move it."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import ApiError, Invalid, NotFound, TooManyRequests
from core.limits import take
from realtime import frames, outgoing
from realtime.connection import error_frame
from realtime.in_rooms import RoomConnection
from realtime.joined import Joined
from realtime.outgoing import timeline_mark
from realtime.quality import member_of
from realtime.sync_view import read_room
from rooms.data import Host, Order, Viewer, person_key
from rooms.playback import Timeline, is_position, lead_ms
from rooms.services import (
    StaleCommand,
    check_cmd_id,
    give_command,
    report_buffering,
    report_position,
    report_ready,
)


class SyncConnection(RoomConnection):
    door = "sync"
    answers = {
        "join": "on_join", "leave": "on_leave", "sync": "on_sync", "buffering": "on_buffering", "ready": "on_ready",
        "progress": "on_progress",
    }  # fmt: skip

    def _open(self, scope: Any, send: Any) -> None:
        super()._open(scope, send)
        self._has_played: set[int] = set()
        """Rooms in which this player has been ready once. Who only just comes stops nobody."""

    # Positions and commands -------------------------------------------------------------------------------------------
    async def on_sync(self, frame: frames.SyncIn | frames.SyncCommand) -> None:
        if isinstance(frame, frames.SyncCommand):
            await self._on_command(frame)
        else:
            await self._on_report(frame)

    async def _on_report(self, frame: frames.SyncIn) -> None:
        """Relayed to old clients; the acting host's moves the timeline. Joins implicitly."""
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

    async def _on_command(self, frame: frames.SyncCommand) -> None:
        """Answered with the timeline that it led to. Seeks wait for newer ones of the same person, others for those seeks."""
        if self.room_named(frame.room_id) is None:
            await self.come_in(frame.room_id, frame.username)
        joined = self._joined(frame.room_id)
        key = (person_key(self.user_id, self.uuid), joined.room_pk)
        check_cmd_id(frame.cmd_id)
        if frame.action == "seek":
            # Before it overtakes others.
            if not is_position(frame.current_time):
                raise Invalid.field("current_time", _("Must be a place within the film, in seconds."))
            self.runtime.seeks.put(key, Asked(self, joined, frame), carry_out)
        else:
            await self.runtime.seeks.finish(key)
            self._answer(joined, frame, await self.command(joined, frame))

    async def command(self, joined: Joined, frame: frames.SyncCommand) -> Timeline:
        self._check_command_rate()
        order = Order(
            action=frame.action,
            cmd_id=frame.cmd_id,
            current_time=frame.current_time,
            rate=frame.rate,
            movie_id=frame.movie_id,
            base_rev=frame.base_rev,
        )
        qualities = self.runtime.qualities
        return await self.runtime.workers.run(
            give_command,
            viewer=self._viewer(joined),
            order=order,
            lead=lead_ms(qualities.round_trips(joined.room_pk)),
            audience=qualities.people(joined.room_pk),
        )

    async def answer_seek(self, asked: Asked, outcome: asyncio.Future[Timeline]) -> None:
        async def answer() -> None:
            self._answer(asked.joined, asked.frame, await outcome)

        await self._guarded(answer(), asked.frame.client_id or asked.frame.cmd_id)

    def _answer(self, joined: Joined, frame: frames.SyncCommand, timeline: Timeline) -> None:
        self.put(outgoing.timeline_frame(joined.room_id, timeline, action=frame.action, cmd_id=frame.cmd_id))

    def _check_command_rate(self) -> None:
        rate, burst = settings.LIMIT_COMMANDS_PER_SECOND, settings.LIMIT_COMMAND_BURST
        wait = take(f"commands:{person_key(self.user_id, self.uuid)}", rate, burst)
        if wait is None and self.user_id is None:
            wait = take(f"commands:address:{self.address}", 10 * rate, 10 * burst)
        if wait is not None:
            raise TooManyRequests(retry_after=wait)

    def _viewer(self, joined: Joined) -> Viewer:
        return Viewer(
            room_pk=joined.room_pk,
            socket_id=self.uuid,
            user_id=self.user_id,
            name=self.username or joined.name,
            address=self.address,
            origin=self.id,
        )

    def refusal(self, error: ApiError, ref: str | None) -> frames.Error:
        """A stale command is told what it missed."""
        if not isinstance(error, StaleCommand):
            return error_frame(error, ref)
        return error_frame(error, ref, sync=outgoing.timeline_keys(error.room_id, error.timeline))

    # Players ----------------------------------------------------------------------------------------------------------
    async def on_buffering(self, frame: frames.Buffering) -> None:
        joined = self._joined(frame.room_id)
        if joined.room_pk in self._has_played:
            await self.runtime.workers.run(
                report_buffering,
                viewer=self._viewer(joined),
                epoch=frame.epoch,
                rev=frame.rev,
                current_time=frame.current_time,
            )

    async def on_ready(self, frame: frames.Ready) -> None:
        joined = self._joined(frame.room_id)
        await self.runtime.workers.run(
            report_ready,
            viewer=self._viewer(joined),
            epoch=frame.epoch,
            rev=frame.rev,
            current_time=frame.current_time,
            lead=lead_ms(self.runtime.qualities.round_trips(joined.room_pk)),
        )
        self._has_played.add(joined.room_pk)

    async def on_progress(self, frame: frames.Progress) -> None:
        """No database: what a thousand players say every few seconds moves nothing."""
        joined = self._joined(frame.room_id)
        member = member_of(frame, self._viewer(joined).person)
        if frame.state == "playing":
            self._has_played.add(joined.room_pk)
        self.runtime.qualities.said(joined.room_pk, joined.room_id, member)

    def _joined(self, room_id: str) -> Joined:
        joined = self.room_named(room_id)
        if joined is None:
            raise NotFound
        return joined

    def _forget(self, joined: Joined) -> None:
        super()._forget(joined)
        self._has_played.discard(joined.room_pk)

    # The room ---------------------------------------------------------------------------------------------------------
    async def say_snapshot(self, joined: Joined) -> None:
        """What moves the timeline and who comes waits until the snapshot is told, and what that holds is not told after it."""
        self.outbox.hold()
        told: dict[int, int] = {}
        try:
            view = await read_room(self.runtime, joined.room_pk, joined.room_id)
            self.runtime.told_hosts.setdefault(joined.room_pk, view.host)
            self.outbox.put_missed(view.frame_for(self))
            told = dict([timeline_mark(joined.room_pk, view.epoch, view.rev), view.roster])
        finally:
            self.outbox.release(told)

    def is_host(self, host: Host | None) -> bool:
        if host is None:
            return False
        return host.user_id == self.user_id if host.user_id is not None else host.socket_id == str(self.uuid)


class Asked(NamedTuple):
    """A seek that waits to be carried out or overtaken."""

    connection: SyncConnection
    joined: Joined
    frame: frames.SyncCommand


async def carry_out(asked: list[Asked]) -> None:
    """The newest seek of one person; all of them are answered with what it came to."""
    newest = asked[-1]
    outcome = asyncio.ensure_future(newest.connection.command(newest.joined, newest.frame))
    await asyncio.wait([outcome])
    for one in asked:
        await one.connection.answer_seek(one, outcome)

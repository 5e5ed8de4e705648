"""Being in rooms, the same on /ws/chat and /ws/sync: join, leave, be sent out."""

from __future__ import annotations

import asyncio

from django.conf import settings

from core import bus
from core.errors import GuestsRefused, NotFound, TooManyRequests
from realtime import frames, identity
from realtime.connection import Connection
from realtime.joined import Joined
from rooms import services as rooms
from rooms.data import Entered, Entering, PendingHost
from rooms.selectors import check_not_banned

MOST_ROOMS = 20


class RoomConnection(Connection):
    def room_named(self, room_id: str) -> Joined | None:
        return next((joined for joined in self.rooms.values() if joined.room_id == room_id), None)

    async def on_join(self, frame: frames.Join) -> None:
        await self.before_refusal()
        if frame.token is not None and self.who is None:
            await self.sign_in_by(frame.token, frame.client_id or frame.type)
            if self.is_ending:
                return
        await self.come_in(frame.room_id, frame.username)

    async def come_in(self, room_id: str, username: str | None) -> None:
        """Enter, and tell a v2 client what it finds there."""
        joined = await self.enter(room_id, username)
        if self.speaks_v2:
            await self.say_snapshot(joined)

    async def enter(self, room_id: str, username: str | None) -> Joined:
        """Into the room, if not there yet. A guest is called as this frame says."""
        joined = self.room_named(room_id)
        if joined is not None:
            return joined
        if self.who is None and not settings.ALLOW_GUESTS:
            raise GuestsRefused
        if len(self.rooms) >= MOST_ROOMS:
            raise TooManyRequests(slug="too_many_rooms")
        # Heard from before the look at the database on: a ban meanwhile finds this socket listening.
        known = self.runtime.known_rooms.get(room_id)
        try:
            if known is not None:
                await self._listen_to(known)
            await asyncio.shield(self.runtime.presence.opened(self))
            entered = await self.runtime.arrivals.put(self._entering(room_id, username))
        except BaseException:
            if known is not None:
                self._drop(known)
            raise
        joined = self._remember(entered)
        if known is None or known.room_pk != joined.room_pk:
            self.runtime.known_rooms[room_id] = joined
            await self._listen_to(joined)
            await self._check_not_banned(joined)
        self.runtime.rosters.touch(joined.room_pk, joined.room_id, self.door)
        return joined

    def _entering(self, room_id: str, username: str | None) -> Entering:
        return Entering(
            room_id=room_id,
            socket_id=self.uuid,
            door=self.door,
            user_id=self.user_id,
            username=self.username or "",
            guest_name=username or "",
            address=self.address,
        )

    def _remember(self, entered: Entered) -> Joined:
        joined = Joined(
            room_pk=entered.room_pk,
            room_id=entered.room_id,
            conversation_id=entered.conversation_id,
            movie_id=entered.movie_id,
            name=entered.name,
        )
        self.rooms[joined.room_pk] = joined
        if entered.settle_after is not None:
            self.runtime.presence.settle_hosts_later([PendingHost(room_pk=joined.room_pk, seconds=entered.settle_after)])
        return joined

    async def _listen_to(self, joined: Joined) -> None:
        address = bus.room_address(joined.room_pk)
        self.runtime.hub.listen(address, self)
        await self.runtime.hub.remote.heard(address)
        await self.listen_in(joined)

    def _drop(self, joined: Joined) -> None:
        self.runtime.hub.drop(bus.room_address(joined.room_pk), self)
        self.stop_listening_in(joined)

    async def listen_in(self, joined: Joined) -> None:
        """Hook of a path: what else is heard in a room."""

    async def say_snapshot(self, joined: Joined) -> None:
        """Hook of a path: the answer to a v2 client's join."""

    async def on_leave(self, frame: frames.Leave) -> None:
        await self.before_refusal()
        joined = self.room_named(frame.room_id)
        if joined is None:
            raise NotFound
        self._forget(joined)
        pending = await self.runtime.workers.run(rooms.leave, socket_id=self.uuid, room_pk=joined.room_pk)
        self.runtime.rosters.touch(joined.room_pk, joined.room_id, self.door)
        if pending is not None:
            self.runtime.presence.settle_hosts_later([pending])

    def _forget(self, joined: Joined) -> None:
        del self.rooms[joined.room_pk]
        self._drop(joined)

    def stop_listening_in(self, joined: Joined) -> None:
        """Hook of a path, the other end of `listen_in`."""

    def put_out(self, room_pk: int, *, reason: str) -> None:
        """The room is no longer this socket's, for example because its film was unpublished."""
        joined = self.rooms.get(room_pk)
        if joined is None:
            return
        self._forget(joined)
        if self.speaks_v2:
            self.put(frames.Removed(room_id=joined.room_id, reason=reason))

    async def _check_not_banned(self, joined: Joined) -> None:
        await self.runtime.workers.run(
            check_not_banned,
            room_pk=joined.room_pk,
            user_id=self.user_id,
            address=self.address,
            guest_name=joined.name,
        )

    def attends_anew(self) -> None:
        """This process's rows were swept: be in the rooms again, once the socket's row is written anew."""
        self.runtime.begin(self._attend_anew())

    async def _attend_anew(self) -> None:
        if self.is_ending:
            return
        names = {joined.room_id: joined.name for joined in self.rooms.values()}
        self.rooms.clear()
        for room_id, name in names.items():
            await self._guarded(self._enter_again(room_id, name), None)

    async def _enter_again(self, room_id: str, name: str) -> None:
        await self.enter(room_id, name)

    async def signed_in(self, who: identity.Identity) -> None:
        """A guest who signs in within a room is that person there from now on."""
        if self.rooms:
            await self._attend_anew()

    def rooms_left(self) -> dict[int, str]:
        return {joined.room_pk: joined.room_id for joined in self.rooms.values()}

"""Being in rooms, the same on /ws/chat and /ws/sync: join, leave, be sent out."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from django.conf import settings

from core import bus
from core.errors import GuestsRefused, Kicked, NotFound, TooManyRequests
from realtime import frames, identity
from realtime.connection import Connection
from realtime.joined import Joined, Key
from rooms import services as rooms
from rooms.data import Entered, Entering, PendingHost
from rooms.selectors import check_may_stay

MOST_ROOMS = 20
NO_KEY = Key()


class RoomConnection(Connection):
    def _open(self, scope: Any, send: Any) -> None:
        super()._open(scope, send)
        self._alarms = 0
        """How often it was said that somebody here may have to leave."""
        self._attending: asyncio.Task[None] | None = None

    def room_named(self, room_id: str) -> Joined | None:
        return next((joined for joined in self.rooms.values() if joined.room_id == room_id), None)

    async def on_join(self, frame: frames.Join) -> None:
        await self.before_refusal()
        if frame.token is not None and self.who is None:
            await self.sign_in_by(frame.token, frame.client_id or frame.type)
            if self.is_ending:
                return
        await self._take_name(frame)
        await self.come_in(frame.room_id, frame.username, await self._key_of(frame))

    async def _take_name(self, frame: frames.Join) -> None:
        """A guest who joins again by another name stays where they are: who leads goes on leading."""
        joined = self.room_named(frame.room_id)
        if joined is None or self.who is not None or frame.username in (None, joined.name):
            return
        name = await self.runtime.workers.run(
            rooms.rename_guest,
            socket_id=self.uuid,
            room_pk=joined.room_pk,
            door=self.door,
            name=frame.username,
            address=self.address,
        )
        if joined.room_pk in self.rooms:
            self.rooms[joined.room_pk] = msgspec.structs.replace(self.rooms[joined.room_pk], name=name)
        self.runtime.rosters.touch(joined.room_pk, joined.room_id, self.door)

    async def _key_of(self, frame: frames.Join) -> Key:
        """A password is compared before anything is locked. WrongPassword, and TooManyRequests after too many tries."""
        if frame.password is None or self.room_named(frame.room_id) is not None:
            return Key(invite=frame.invite)
        proof = await self.runtime.workers.run(
            rooms.prove_password,
            room_id=frame.room_id,
            password=frame.password,
            user_id=self.user_id,
            address=self.address,
            invite=frame.invite,
        )
        return Key(invite=frame.invite, proof=proof)

    async def come_in(self, room_id: str, username: str | None, key: Key = NO_KEY) -> None:
        """Enter, and tell a v2 client what it finds there."""
        joined = await self.enter(room_id, username, key)
        if self.speaks_v2:
            await self.say_snapshot(joined)

    async def enter(self, room_id: str, username: str | None, key: Key = NO_KEY) -> Joined:
        """Into the room, if not there yet. A guest is called as this frame says."""
        joined = self.room_named(room_id)
        if joined is not None:
            return joined
        if self.who is None and not settings.ALLOW_GUESTS:
            raise GuestsRefused
        if len(self.rooms) >= MOST_ROOMS:
            raise TooManyRequests(slug="too_many_rooms")
        # Heard from before the look at the database on: a ban meanwhile finds this socket listening, and is looked for once
        # more. Not so a party, of which nobody hears before they are let in.
        known, alarms = self.runtime.known_rooms.get(room_id), self._alarms
        try:
            if known is not None:
                await self._listen_to(known)
            await asyncio.shield(self.runtime.presence.opened(self))
            entered = await self.runtime.arrivals.put(self._entering(room_id, username, key))
        except BaseException:
            if known is not None:
                self._drop(known)
            raise
        joined = self._remember(entered, key)
        is_new = known is None or known.room_pk != joined.room_pk
        if is_new:
            if not joined.is_party:
                self.runtime.known_rooms[room_id] = joined
            await self._listen_to(joined)
        if is_new or self._alarms != alarms:
            await self._check_may_stay(joined)
        self.runtime.rosters.touch(joined.room_pk, joined.room_id, self.door)
        return joined

    def _entering(self, room_id: str, username: str | None, key: Key) -> Entering:
        return Entering(
            room_id=room_id,
            socket_id=self.uuid,
            door=self.door,
            user_id=self.user_id,
            username=self.username or "",
            guest_name=username or "",
            address=self.address,
            invite=key.invite,
            proof=key.proof,
        )

    def _remember(self, entered: Entered, key: Key) -> Joined:
        joined = Joined(
            room_pk=entered.room_pk,
            room_id=entered.room_id,
            conversation_id=entered.conversation_id,
            movie_id=entered.movie_id,
            name=entered.name,
            role=entered.role,
            is_party=entered.is_party,
            key=key,
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
        self.runtime.rosters.touch(joined.room_pk, joined.room_id, self.door)
        if self.speaks_v2:
            self.put(frames.Removed(room_id=joined.room_id, reason=reason))

    def look_whether_welcome(self) -> None:
        self._alarms += 1

    async def _check_may_stay(self, joined: Joined) -> None:
        """Nothing was heard from the room until now, or something that concerns who was not in it yet."""
        try:
            await self.runtime.workers.run(
                check_may_stay,
                room_pk=joined.room_pk,
                user_id=self.user_id,
                address=self.address,
                guest_name=joined.name,
            )
        except (Kicked, NotFound):
            if joined.room_pk in self.rooms:
                self._forget(joined)
            await self.runtime.workers.run(rooms.leave, socket_id=self.uuid, room_pk=joined.room_pk)
            raise

    def attends_anew(self) -> None:
        """This process's rows were swept: be in the rooms again, once the socket's row is written anew."""
        self._attending = self.runtime.begin(self._attend_anew())

    async def gone(self) -> None:
        """Or it would listen after its end."""
        if self._attending is not None:
            self._attending.cancel()

    async def _attend_anew(self) -> None:
        if self.is_ending:
            return
        before = list(self.rooms.values())
        self.rooms.clear()
        for joined in before:
            await self._guarded(self._enter_again(joined), None)

    async def _enter_again(self, joined: Joined) -> None:
        """Who may not come in again does not go on hearing the room."""
        try:
            await self.enter(joined.room_id, joined.name, joined.key)
        finally:
            if joined.room_pk not in self.rooms:
                self._drop(joined)

    async def signed_in(self, who: identity.Identity) -> None:
        """A guest who signs in within a room is that person there from now on."""
        if self.rooms:
            await self._attend_anew()

    def rooms_left(self) -> dict[int, str]:
        return {joined.room_pk: joined.room_id for joined in self.rooms.values()}

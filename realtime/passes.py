"""What is looked at again and again because hints may be lost: ended tokens and logins, memberships, bans, messages."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from accounts.selectors import live_login_ids
from core.bus import conversation_address, user_address
from core.clock import now
from core.errors import BadToken
from groups.selectors import Followed, conversations_of_people
from messaging.missed import first_change_since, where_they_stood
from messaging.selectors import Recent, recently_changed
from realtime.checking import check_hosts, check_people, check_settings, check_statuses, check_timelines, in_chunks

if TYPE_CHECKING:
    from realtime.connection import Connection
    from realtime.runtime import Runtime

logger = logging.getLogger("matinee.realtime")

EXPIRY_SECONDS = 5.0


class Passes:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        loop = self.runtime.loop
        self._tasks = [
            loop.create_task(self._every(EXPIRY_SECONDS, self.end_expired)),
            loop.create_task(self._every(settings.HEAL_SECONDS, self.heal)),
        ]

    async def _every(self, seconds: float, step: object) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await step()  # type: ignore[operator]
            except Exception:
                logger.warning("a pass failed; the next one tries again", exc_info=True)

    async def end_expired(self) -> None:
        """A socket does not outlive its token; a renewal in time moved the end."""
        moment = now()
        for connection in self._signed_in():
            if connection.who is not None and connection.who.expires_at <= moment:
                connection.close(4501, BadToken())

    async def heal(self) -> None:
        await self.end_revoked()
        await self.follow_memberships()
        self.runtime.contacts.look_again({connection.user_id for connection in self._signed_in()})
        await check_people(self.runtime)
        await check_hosts(self.runtime)
        await check_settings(self.runtime)
        await check_timelines(self.runtime)
        await check_statuses(self.runtime)
        await self.find_missed_messages()

    async def end_revoked(self) -> None:
        signed_in = self._signed_in()
        asked = {connection.who.login_id for connection in signed_in if connection.who is not None}
        live: set[uuid.UUID] = set()
        for some in in_chunks(asked):
            live |= await self.runtime.workers.run(live_login_ids, some)
        ended = asked - live
        for connection in signed_in:
            if connection.who is not None and connection.who.login_id in ended:
                connection.close(4501, BadToken())

    async def follow_memberships(self) -> None:
        # Of who is still signing in nothing is known yet: all of their groups would look new.
        signed_in = self._signed_in()
        chats = [connection for connection in signed_in if connection.door == "chat" and connection.groups.is_complete]
        people = {connection.user_id for connection in chats if connection.user_id is not None}
        read_at = {connection.id: len(connection.groups.moves) for connection in chats}
        groups: dict[int, dict[int, Followed]] = {}
        for some in in_chunks(people):
            groups |= await self.runtime.workers.run(conversations_of_people, some)
        unheard = _unheard(chats, groups)
        stood = await self.runtime.workers.run(where_they_stood, unheard) if unheard else {}
        for connection in chats:
            if connection.user_id in people:
                before = set(connection.groups.known)
                connection.groups.follow(groups.get(connection.user_id, {}), read_at=read_at[connection.id])
                new = connection.groups.known.keys() - before
                connection.groups.hear_since(
                    {conversation_id: stood[conversation_id] for conversation_id in new & stood.keys()}
                )

    async def find_missed_messages(self) -> None:
        """Conversations that changed lately, of people and rooms connected here."""
        addresses = set(self.runtime.hub.addresses())
        since = now() - timedelta(seconds=2 * settings.HEAL_SECONDS + 5)
        for row in await self.runtime.workers.run(recently_changed, since):
            heard_at = {conversation_address(row.conversation_id)}
            heard_at |= {user_address(user_id) for user_id in row.user_ids}
            for address in heard_at & addresses:
                await self._find_missed(address, row, since)

    async def _find_missed(self, address: str, row: Recent, since: datetime) -> None:
        lane = self.runtime.hub.lanes.at(address, row.conversation_id)
        if lane is None:
            # A private conversation of which nothing was heard here: what was said since somebody listens is missing.
            moment = max(since, self.runtime.hub.listened_since(address) or since)
            first = await self.runtime.workers.run(first_change_since, row.conversation_id, moment)
            if first is None:
                return
            lane = self.runtime.hub.lanes.open(address, row.conversation_id, change=first[0] - 1, seq=first[1] - 1)
        if lane.change < row.last_change and not lane.is_healing:
            self.runtime.hub.lanes.heal(address, row.conversation_id)

    def _signed_in(self) -> list[Connection]:
        return [socket for socket in self.runtime.hub.sockets.values() if socket.who is not None and not socket.is_ending]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _unheard(chats: Sequence[Connection], groups: Mapping[int, dict[int, Followed]]) -> dict[int, int]:
    """Conversations of people's groups that their sockets do not listen to, and after how many messages the first came in."""
    joined: dict[int, int] = {}
    for chat in chats:
        for conversation_id, followed in groups.get(chat.user_id or 0, {}).items():
            if conversation_id not in chat.groups.known:
                joined[conversation_id] = min(followed.joined_seq, joined.get(conversation_id, followed.joined_seq))
    return joined

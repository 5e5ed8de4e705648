"""/ws/presence: whether people one may see are here."""

from __future__ import annotations

import asyncio
from typing import Any

from django.utils.translation import gettext_lazy as _
from msgspec import UNSET

from core import bus
from core.clock import iso_ms, now
from core.errors import Invalid, NotAuthenticated, NotFound
from core.text import compare_key
from groups.contacts import may_see
from presence.selectors import statuses_of
from realtime import decoding, frames
from realtime.connection import Connection, error_frame
from realtime.identity import Identity
from realtime.wire import Frame

SIGN_IN_SECONDS = 10.0
MOST_WATCHED = 1_000
HEARTBEAT_EVERY = 15.0


class PresenceConnection(Connection):
    door = "presence"
    answers = {"subscribe": "on_subscribe", "unsubscribe": "on_unsubscribe", "heartbeat": "on_heartbeat"}

    def _open(self, scope: Any, send: Any) -> None:
        super()._open(scope, send)
        self._deadline: asyncio.TimerHandle | None = None
        self._watched: dict[int, str] = {}
        self._looks = 0
        self._beat_at = -HEARTBEAT_EVERY

    def arrived_as_guest(self) -> None:
        self._deadline = self.runtime.loop.call_later(SIGN_IN_SECONDS, self.close, 4501, NotAuthenticated())

    async def signed_in(self, who: Identity) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    async def gone(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    async def answer(self, frame: frames.In, head: decoding.Head) -> None:
        if self.who is None and frame.type != "auth":
            self.refuse(NotAuthenticated(), head.ref)
            return
        await super().answer(frame, head)

    async def on_subscribe(self, frame: frames.Subscribe) -> None:
        """The current state of each at once, changes as they come. Strangers look like people who do not exist."""
        who = self.require_sign_in()
        if len(frame.users) > MOST_WATCHED:
            raise _too_many()
        seen = await self._may_see(who.user_id, frame.users)
        ids = {user_id: name for name, user_id in seen.items()}
        if len(ids.keys() | self._watched.keys()) > MOST_WATCHED:
            raise _too_many()
        for user_id in ids:
            self.runtime.hub.listen(bus.presence_address(user_id), self)
        self._watched |= ids
        await self._say_now(ids)
        absent = [name for name in frame.users if name not in seen]
        if absent:
            self.put(error_frame(NotFound(errors={"users": absent}), frame.client_id or frame.type))

    async def _may_see(self, user_id: int, names: list[str]) -> dict[str, int]:
        """As of a moment after which no other look at the database was heeded here: it might have been newer."""
        while True:
            looks = self._looks
            seen = await self.runtime.workers.run(may_see, user_id, names)
            if looks == self._looks:
                return seen

    def contacts_are(self, ids: frozenset[int]) -> None:
        self._looks += 1
        for user_id in self._watched.keys() - ids - {self.user_id}:
            self.parts_from(user_id)

    def parts_from(self, user_id: int) -> None:
        self._looks += 1
        if self._watched.pop(user_id, None) is not None:
            self.runtime.hub.drop(bus.presence_address(user_id), self)

    async def _say_now(self, people: dict[int, str]) -> None:
        statuses = await self.runtime.workers.run(statuses_of, list(people))
        for user_id, status in statuses.items():
            self.runtime.told_status(user_id, status.is_online)
            self.outbox.put(
                Frame(
                    frames.Status(
                        user=people[user_id],
                        status="online" if status.is_online else "offline",
                        timestamp=iso_ms(status.changed_at or now()),
                        last_seen=iso_ms(status.last_seen_at) if status.last_seen_at else UNSET,
                    ),
                    key=f"status {user_id}",
                )
            )

    async def on_unsubscribe(self, frame: frames.Unsubscribe) -> None:
        keys = {compare_key(name) for name in frame.users}
        for user_id in [user_id for user_id, name in self._watched.items() if compare_key(name) in keys]:
            self.parts_from(user_id)

    async def on_heartbeat(self, frame: frames.Heartbeat) -> None:
        now_s = self.runtime.loop.time()
        if now_s - self._beat_at >= HEARTBEAT_EVERY:
            self._beat_at = now_s
            self.runtime.presence.heartbeat(self.require_sign_in().login_id)


def _too_many() -> Invalid:
    return Invalid.field("users", _("Too many people at once."))

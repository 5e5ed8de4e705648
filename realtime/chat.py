"""/ws/chat: room chat, private and group messages, statuses, receipts."""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core import bus
from core.errors import ApiError, Banned, GuestsRefused, Invalid, NotAuthenticated, ServerError, TooManyRequests
from core.limits import take
from groups.contacts import contacts_of
from groups.selectors import group_conversation
from messaging.drafts import ConversationDraft, PrivateDraft
from messaging.message_view import MessageView, Posted
from messaging.missed import where_they_stand
from messaging.services import mark_delivered, mark_read
from realtime import frames
from realtime.catching_up import catch_up
from realtime.followed_groups import FollowedGroups
from realtime.identity import Identity
from realtime.in_rooms import NO_KEY, RoomConnection
from realtime.joined import Joined, Key
from realtime.signals import TypingSignalled
from realtime.wire import Frame
from rooms.data import RoomPost

MOST_IN_FLIGHT = 32
TYPING_SECONDS = 3.0


class ChatConnection(RoomConnection):
    door = "chat"
    answers = {
        "join": "on_join", "leave": "on_leave", "message": "on_message", "received": "on_received", "read": "on_read",
        "typing": "on_typing", "resume": "on_resume",
    }  # fmt: skip

    def _open(self, scope: Any, send: Any) -> None:
        super()._open(scope, send)
        self.groups = FollowedGroups(self)
        self.contacts: frozenset[int] = frozenset()
        self._in_flight: deque[asyncio.Future[Posted]] = deque()
        self._typed: dict[str, float] = {}

    # Listening --------------------------------------------------------------------------------------------------------
    async def sign_in(self, who: Identity) -> None:
        """Who may catch up is not told twice what they hear before that. A guest never does."""
        if self.who is None and self.speaks_v2:
            self.outbox.live = set()
        await super().sign_in(who)

    async def signed_in(self, who: Identity) -> None:
        """Groups and the people whose presence may be known."""
        following = await self.runtime.following.put(who.user_id)
        self.runtime.hub.lanes.open_all(following.stands)
        self.groups.follow(following.groups, read_at=0)
        self.groups.is_complete = True
        await self.runtime.contacts.followed(who.user_id)
        await super().signed_in(who)

    def may_hear(self, message: MessageView) -> bool:
        return message.group_id is None or self.groups.may_hear(message)

    def contacts_are(self, ids: frozenset[int]) -> None:
        for user_id in ids - self.contacts:
            self.runtime.hub.listen(bus.presence_address(user_id), self)
        for user_id in self.contacts - ids:
            self.runtime.hub.drop(bus.presence_address(user_id), self)
        self.contacts = ids

    def parts_from(self, user_id: int) -> None:
        self.contacts_are(self.contacts - {user_id})

    def meet(self, user_id: int) -> None:
        """They write to each other; unless one of them blocks the other, they may know of each other."""
        if user_id not in self.contacts:
            self.runtime.contacts.look_again([self.user_id])

    async def listen_in(self, joined: Joined) -> None:
        address = bus.conversation_address(joined.conversation_id)
        if self.runtime.hub.lanes.at(address, joined.conversation_id) is None:
            self.runtime.hub.lanes.open_all(await self.runtime.workers.run(where_they_stand, [joined.conversation_id]))
        self.runtime.hub.listen(address, self)
        await self.runtime.hub.remote.heard(address)

    def stop_listening_in(self, joined: Joined) -> None:
        self.runtime.hub.drop(bus.conversation_address(joined.conversation_id), self)

    async def come_in(self, room_id: str, username: str | None, key: Key = NO_KEY) -> None:
        """For a v2 client live messages wait from before the room is heard until it has the snapshot; none is told twice."""
        if not self.speaks_v2:
            await self.enter(room_id, username, key)
            return
        self.outbox.hold()
        told: dict[int, int] = {}
        try:
            told = await self._tell_snapshot(await self.enter(room_id, username, key))
        finally:
            self.outbox.release(told)

    async def _tell_snapshot(self, joined: Joined) -> dict[int, int]:
        """Past what is held. Returns what it tells, as marks: the last change, and who is there."""
        shown = await self.runtime.chat_views.put(joined.room_pk)
        self.runtime.told_settings.setdefault(joined.room_pk, shown.facts)
        seen = await self.runtime.rosters.snapshot(joined.room_pk, joined.room_id, self.door)
        theirs = {"conversation_id": joined.conversation_id, "you": joined.name, "role": joined.role}
        self.outbox.put_missed(Frame(shown.snapshot(joined.room_id, theirs, seen.members)))
        return dict([(joined.conversation_id, shown.change), seen.mark])

    # Sending ----------------------------------------------------------------------------------------------------------
    async def on_message(self, frame: frames.MessageIn) -> None:
        """Handed to the writer; the answer follows when it is stored, in the order of frames."""
        self._check_rate()
        _check_one_place(frame)
        if _is_for_room(frame):
            post: Any = await self._room_post(frame)
        elif (group_id := _group_of(frame)) is not None:
            post = functools.partial(_group_draft, self.require_sign_in(), group_id, self._body(frame))
        else:
            post = self._private_draft(frame)
        while len(self._in_flight) >= MOST_IN_FLIGHT:
            await asyncio.wait([self._in_flight[0]])
        future = self.runtime.writer.put(post)
        self._in_flight.append(future)
        future.add_done_callback(functools.partial(self._stored, frame))

    async def _room_post(self, frame: frames.MessageIn) -> RoomPost:
        assert frame.room_id is not None
        await self.enter(frame.room_id, frame.username)
        return RoomPost(
            room_id=frame.room_id,
            user_id=self.user_id,
            username=self.username or "",
            guest_name=frame.username or "",
            address=self.address,
            movie_id=frame.movie_id,
            **self._body(frame),
        )

    def _private_draft(self, frame: frames.MessageIn) -> PrivateDraft:
        if self.who is None:
            raise NotAuthenticated
        if not frame.recipient:
            raise Invalid.field("recipient", _("Name a recipient, a group or a room."))
        return PrivateDraft(
            actor_id=self.who.user_id, actor_name=self.who.username, recipient=frame.recipient, **self._body(frame)
        )

    def _body(self, frame: frames.MessageIn) -> dict[str, Any]:
        names = ("content", "message_type", "content_type", "file_id", "reply_to", "client_id", "movie_time")
        return {name: getattr(frame, name) for name in names} | {"origin": self.id}

    def _check_rate(self) -> None:
        rate, burst = settings.LIMIT_MESSAGES_PER_SECOND, settings.LIMIT_MESSAGE_BURST
        if self.who is not None:
            wait = take(f"messages:{self.who.user_id}", rate, burst)
        else:
            # What one guest is refused is not taken from the others behind the same address.
            wait = take(f"messages:socket:{self.id}", rate, burst)
            if wait is None:
                wait = take(f"messages:address:{self.address}", 10 * rate, 10 * burst)
        if wait is not None:
            raise TooManyRequests(retry_after=wait)

    def _stored(self, frame: frames.MessageIn, future: asyncio.Future[Posted]) -> None:
        """Answers come in the order of frames: the writer finishes what one socket sent in that order."""
        self._in_flight.popleft()
        if self.is_ending or future.cancelled():
            return
        error = future.exception()
        if error is None:
            if self.speaks_v2:
                self.put(_ack(frame, future.result()))
        elif isinstance(error, Banned | GuestsRefused):
            self.close(4503, error, frame.client_id or frame.type)
        else:
            refusal = error if isinstance(error, ApiError) else ServerError()
            self.refuse(refusal, frame.client_id or frame.type)

    async def before_refusal(self) -> None:
        if self._in_flight:
            await asyncio.wait(list(self._in_flight))

    async def gone(self) -> None:
        await super().gone()
        await self.before_refusal()

    # Cursors and typing -----------------------------------------------------------------------------------------------
    async def on_received(self, frame: frames.Received) -> None:
        await self.before_refusal()
        who = self.require_sign_in()
        await self.runtime.workers.run(mark_delivered, user=who.user, conversation_id=frame.conversation_id, seq=frame.seq)

    async def on_read(self, frame: frames.Read) -> None:
        await self.before_refusal()
        who = self.require_sign_in()
        await self.runtime.workers.run(mark_read, actor=who.user, conversation_id=frame.conversation_id, seq=frame.seq)

    async def on_typing(self, frame: frames.TypingIn) -> None:
        """Never stored, and at most once in three seconds per place."""
        place = str(frame.room_id or frame.group_id or frame.recipient)
        now = self.runtime.loop.time()
        if now - self._typed.get(place, -TYPING_SECONDS) < TYPING_SECONDS:
            return
        if len(self._typed) > 100:
            self._typed.clear()
        self._typed[place] = now
        address, event = await self._typing_event(frame)
        bus.signal(address, event)

    async def _typing_event(self, frame: frames.TypingIn) -> tuple[str, TypingSignalled]:
        if frame.room_id is not None and (joined := self.room_named(frame.room_id)) is not None:
            event = TypingSignalled(user_id=self.user_id, username=joined.name, room_id=joined.room_id, origin=self.id)
            return bus.conversation_address(joined.conversation_id), event
        who = self.require_sign_in()
        if frame.group_id is not None:
            if (place := self.groups.named(frame.group_id)) is not None:
                event = TypingSignalled(user_id=who.user_id, username=who.username, group_id=place[1], origin=self.id)
                return bus.conversation_address(place[0]), event
        elif frame.recipient is not None:
            for user_id, name in (await self.runtime.workers.run(contacts_of, who.user_id)).items():
                if name == frame.recipient:
                    event = TypingSignalled(user_id=who.user_id, username=who.username, recipient=name, origin=self.id)
                    return bus.user_address(user_id), event
        raise Invalid.field("recipient", _("Name a recipient, a group or a room."))

    # Catching up ------------------------------------------------------------------------------------------------------
    async def said_hello(self, frame: frames.Hello) -> None:
        if frame.since is not None:
            await self._catch_up(frame.since)

    async def on_resume(self, frame: frames.Resume) -> None:
        await self.before_refusal()
        await self._catch_up(frame.since)

    async def _catch_up(self, since: dict[str, int]) -> None:
        who = self.require_sign_in()
        await catch_up(self, who.user_id, since)


def _group_draft(who: Identity, group_id: int, body: dict[str, Any]) -> ConversationDraft:
    """In the writer's thread. NotFound for a group that one is not in."""
    conversation_id = group_conversation(who.user_id, group_id)
    return ConversationDraft(conversation_id=conversation_id, actor_id=who.user_id, sender_name=who.username, **body)


def _ack(frame: frames.MessageIn, posted: Posted) -> frames.Ack:
    message = posted.message
    return frames.Ack(
        client_id=frame.client_id,
        id=message.id,
        seq=message.seq,
        change=message.change,
        conversation_id=message.conversation_id,
        timestamp=message.timestamp,
        duplicate=posted.duplicate,
    )


def _check_one_place(frame: frames.MessageIn) -> None:
    """What is meant for one person must not be heard by a room because the frame names both."""
    named = [name for name in ("room_id", "group_id", "recipient") if getattr(frame, name) not in (None, "")]
    if len(named) > 1:
        raise Invalid(errors={name: [_("Name one recipient, one group or one room.")] for name in named})


def _is_for_room(frame: frames.MessageIn) -> bool:
    """An empty `room_id` beside another place is a form field left empty; alone it names a room that does not exist."""
    return frame.room_id is not None and (frame.room_id != "" or not (frame.recipient or frame.group_id))


def _group_of(frame: frames.MessageIn) -> int | None:
    """`group_id`, or the id of a group in `recipient` with `message_type: group`; None for a private message."""
    named: object = frame.group_id
    if named is None and frame.message_type == "group":
        named = frame.recipient
    if named is None:
        return None
    if isinstance(named, str):
        if not (named.isascii() and named.isdigit() and len(named) <= 18):
            raise Invalid.field("group_id", _("Not the id of a group."))
        named = int(named)
    assert isinstance(named, int)
    return named if 0 < named < 2**63 else 0

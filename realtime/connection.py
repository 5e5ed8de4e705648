"""One socket: its life from handshake to end, the same on all three paths. What frames do is in chat, sync and presence."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, ClassVar

import msgspec
from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from msgspec import UNSET, UnsetType

from core import errors
from core.bus import user_address
from core.clock import iso_ms, now, now_ms
from core.errors import (
    ApiError,
    BadToken,
    Banned,
    GuestsRefused,
    Invalid,
    NotAuthenticated,
    ServerError,
    TooManyRequests,
    Unavailable,
)
from core.limits import take
from core.net import scope_address
from realtime import decoding, frames, handshake, identity, runtime
from realtime.counting import Flood
from realtime.daphne_pressure import pressure_of
from realtime.identity import Identity
from realtime.joined import Joined
from realtime.outbox import Outbox
from realtime.protocol import EXTENSION
from realtime.wire import Frame

logger = logging.getLogger("matinee.realtime")

Message = MutableMapping[str, Any]
Answer = Callable[[Any], Awaitable[None]]
HEARTBEAT_SECONDS = 20.0
FRAMES = 4
"""Times as many frames of other kinds as messages."""
TOLD_LIMITS = ("FRAME_BYTES", "CONTENT_CHARS", "MESSAGE_BURST")


class Connection(AsyncConsumer):
    """A Channels consumer that owns its receive loop. The channel layer is not its business: the hub listens for all."""

    channel_layer_alias = None
    door: ClassVar[str]
    answers: ClassVar[dict[str, str]]
    """Per frame type the name of the method that answers it."""

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        self.runtime = runtime.current()
        self.address = scope_address(scope)
        self.raw_send = send
        await receive()
        self.offer = handshake.read(scope)
        with translation.override(self.offer.language):
            try:
                self.runtime.admission.admit(self.address)
            except ApiError as error:
                await handshake.refuse(scope, send, error)
                return
            try:
                await self._live(scope, receive, send)
            finally:
                self.runtime.admission.leave(self.address)

    # Life -------------------------------------------------------------------------------------------------------------
    async def _live(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        try:
            who = await identity.at_handshake(self.runtime, self.offer)
        except (ApiError, DatabaseError) as error:
            refusal = error if isinstance(error, ApiError) else Unavailable()
            if not (isinstance(refusal, BadToken) and self.offer.header_token is None):
                await handshake.refuse(scope, send, refusal)
                return
            who = None
            bad_token: BadToken | None = refusal
        else:
            bad_token = None
        self._open(scope, send)
        self.runtime.hub.add(self)
        try:
            if who is not None and not await self._let_in(who):
                await handshake.refuse(scope, send, Unavailable())
                return
            await send({"type": "websocket.accept", "subprotocol": self.offer.subprotocol})
            self._begin(who, bad_token)
            while (message := await receive())["type"] != "websocket.disconnect":
                if not self.is_ending:
                    await self._received(message)
        finally:
            await self._end()

    def _open(self, scope: Message, send: Any) -> None:
        self.uuid = uuid.uuid4()
        self.id = self.uuid.hex
        self.who: Identity | None = None
        self.user_id: int | None = None
        self.speaks_v2 = self.offer.speaks_v2
        self.device_id = ""
        self.addresses: set[str] = set()
        self.rooms: dict[int, Joined] = {}
        self.is_ending = False
        self.flood = Flood()
        self._close_task: asyncio.Task[None] | None = None
        self.protocol = (scope.get("extensions") or {}).get(EXTENSION)
        self.outbox = Outbox(self.runtime.flusher, send, self.protocol, self._too_slow)
        self.is_accepted = False
        self._closing: tuple[int, ApiError | None, str | None] | None = None
        self.outbox.hold()

    async def _let_in(self, who: Identity) -> bool:
        """Before the handshake is answered: who is connected hears everything from then on. False: the database is down."""
        try:
            await self.sign_in(who)
        except (DatabaseError, Unavailable, ServerError):
            logger.warning("somebody could not be signed in at the handshake", exc_info=True)
            return False
        return True

    def _begin(self, who: Identity | None, bad_token: BadToken | None) -> None:
        """The first moment of an open socket: from here on a refusal is a frame and a close code."""
        self.is_accepted = True
        if self.protocol is None:
            self.outbox.pressure = pressure_of(self.raw_send)
        if bad_token is not None:
            self.close(4501, bad_token)
        elif self.runtime.is_draining:
            self.close(1012)
        elif self._closing is not None:
            self.close(*self._closing)
        elif who is None:
            self.arrived_as_guest()
        if self.speaks_v2 and not self.is_ending:
            self.outbox.put_missed(Frame(self._hello()))
        if not self.is_ending:
            self.outbox.release({})

    async def _end(self) -> None:
        self.is_ending = True
        self.outbox.close()
        self.runtime.hub.remove(self)
        await self.gone()
        if self.who is not None:
            self.runtime.admission.leave_user(self.who.user_id)
        self.runtime.presence.closed(self, self.rooms_left())

    # Who --------------------------------------------------------------------------------------------------------------
    async def sign_in(self, who: Identity) -> None:
        """From now on this socket is that person's. Signing in again must be the same person: then it renews."""
        if self.who is not None:
            if self.who.user_id != who.user_id:
                raise errors.Conflict(_("This socket belongs to another account."))
            self.who = who
            await self._check_login(who)
            return
        try:
            self.runtime.admission.admit_user(who.user_id)
        except ApiError as error:
            self.close(4029, error)
            return
        self.who, self.user_id = who, who.user_id
        self.device_id = self.device_id or who.device_id
        address = user_address(who.user_id)
        self.runtime.hub.listen(address, self)
        if self.runtime.presence.closed(self, self.rooms_left()):
            # What was written of a guest goes; the person gets a row of their own.
            self.uuid = uuid.uuid4()
        self.runtime.presence.opened(self)
        await self.runtime.hub.remote.heard(address)
        if await self._check_login(who):
            await self.signed_in(who)

    async def _check_login(self, who: Identity) -> bool:
        """The login may have ended between the look at the token and our first chance to hear of it."""
        is_live = await self.runtime.live_logins.put(who.login_id)
        if not is_live:
            self.close(4501, BadToken())
        return is_live

    async def signed_in(self, who: Identity) -> None:
        """Hook of a path: what a person's socket listens to."""

    def arrived_as_guest(self) -> None:
        """Hook of a path: a socket that brought no token."""

    async def gone(self) -> None:
        """Hook of a path: leave rooms, finish what is pending."""

    def look_whether_welcome(self) -> None:
        """Hook of a path: somebody has to leave a room, and it may be this one, who is only just coming in."""

    def rooms_left(self) -> dict[int, str]:
        """Hook of a path: row and public ids of the rooms that this socket was in."""
        return {}

    def contacts_are(self, ids: frozenset[int]) -> None:
        """Hook of a path: whose presence this person may know of from now on."""

    def parts_from(self, user_id: int) -> None:
        """Hook of a path: no longer of this one's, before the database was asked."""

    def renamed(self, username: str) -> None:
        if self.who is not None:
            self.who = msgspec.structs.replace(self.who, username=username)

    @property
    def username(self) -> str | None:
        return self.who.username if self.who else None

    # In ---------------------------------------------------------------------------------------------------------------
    async def _received(self, message: Message) -> None:
        text = message.get("text")
        head = decoding.Head()
        try:
            if text is None:
                raise Invalid(_("Binary frames are not understood here."), slug="binary")
            if settings.LIMIT_FRAME_BYTES and len(text.encode()) > settings.LIMIT_FRAME_BYTES:
                # Servers with a limit of their own close with 1009 before this.
                self.close(1009 if self.protocol else 4009)
                return
            head = decoding.head_of(text)
            frame = decoding.body_of(text, head, door=self.door, speaks_v2=self.speaks_v2)
        except ApiError as error:
            await self.before_refusal()
            self.refuse(error, head.ref)
            return
        try:
            self.check_rate(frame)
        except ApiError as error:
            await self.before_refusal()
            self.refuse(error, head.ref)
            return
        await self.answer(frame, head)

    def check_rate(self, frame: frames.In) -> None:
        """Everything but sending (which has a bucket of its own, shared with REST) and answering pings."""
        if frame.type not in ("message", "ping"):
            rate, burst = settings.LIMIT_MESSAGES_PER_SECOND * FRAMES, settings.LIMIT_MESSAGE_BURST * FRAMES
            wait = take(f"frames:{self.user_id or self.id}", rate, burst)
            if wait is not None:
                raise TooManyRequests(retry_after=wait)

    async def answer(self, frame: frames.In, head: decoding.Head) -> None:
        method: Answer = getattr(self, self.answers.get(frame.type) or COMMON[frame.type])
        await self._guarded(method(frame), head.ref)

    async def before_refusal(self) -> None:
        """Hook of a path: answers come in the order of frames."""

    async def _guarded(self, work: Awaitable[None], ref: str | None) -> None:
        """Whatever goes wrong with one frame is told and leaves the socket open, but for the refusals that are final."""
        try:
            await work
        except (Banned, GuestsRefused) as error:
            await self.before_refusal()
            self.close(4503, error, ref)
        except ApiError as error:
            await self.before_refusal()
            self.refuse(error, ref)
        except DatabaseError:
            logger.warning("the database did not answer a %s frame", self.door, exc_info=True)
            self.refuse(Unavailable(), ref)
        except Exception:
            logger.exception("a %s frame failed", self.door)
            self.refuse(ServerError(), ref)

    # Out --------------------------------------------------------------------------------------------------------------
    def put(self, frame: frames.Out) -> None:
        self.outbox.put(Frame(frame))

    def refuse(self, error: ApiError, ref: str | None = None) -> None:
        self.put(self.refusal(error, ref))
        if self.flood.refused():
            self.close(4029)

    def refusal(self, error: ApiError, ref: str | None) -> frames.Error:
        return error_frame(error, ref)

    def close(self, code: int, error: ApiError | None = None, ref: str | None = None) -> None:
        """Say why, if there is more to say than the code, and end. May be called from anywhere on the loop."""
        if not self.is_accepted:
            # A close code needs an open socket.
            self._closing = self._closing or (code, error, ref)
            return
        if self.is_ending:
            return
        self.is_ending = True
        if error is not None:
            # Past what waits for a snapshot: there is no later. In this socket's language, whoever makes it close.
            with translation.override(self.offer.language):
                self.outbox.put_missed(Frame(error_frame(error, ref)))
        self.outbox.close()
        if self.protocol is not None:
            self.protocol.end(code)
        else:
            self._close_task = self.runtime.loop.create_task(self._close_plainly(code))

    async def _close_plainly(self, code: int) -> None:
        await self.outbox.drained()
        try:
            async with asyncio.timeout(10):
                await self.raw_send({"type": "websocket.close", "code": code})
        except Exception as error:
            logger.debug("the client was gone before it could be told to go: %r", error)

    def _too_slow(self) -> None:
        self.runtime.loop.call_soon(self.close, 4008)

    # Frames that every path knows -------------------------------------------------------------------------------------
    async def on_auth(self, frame: frames.Auth) -> None:
        await self.before_refusal()
        await self.sign_in_by(frame.token, frame.client_id or frame.type)

    async def sign_in_by(self, token: str, ref: str) -> None:
        """A wrong token is final. `ref` names the frame that brought it."""
        try:
            who = await self.runtime.tokens.put(token)
        except BadToken as error:
            self.close(4501, error, ref)
            return
        await self.sign_in(who)

    async def on_hello(self, frame: frames.Hello) -> None:
        await self.before_refusal()
        self.speaks_v2 = True
        if frame.device_id:
            self.device_id = frame.device_id[:128]
        self.put(self._hello())
        await self.said_hello(frame)

    async def said_hello(self, frame: frames.Hello) -> None:
        """Hook of a path: catch up with `since`."""

    def _hello(self) -> frames.HelloOut:
        limits = {name.lower(): getattr(settings, f"LIMIT_{name}") for name in TOLD_LIMITS}
        return frames.HelloOut(
            session=self.id, user=self.username, server_time=now_ms(), heartbeat_s=HEARTBEAT_SECONDS, limits=limits
        )

    async def on_ping(self, frame: frames.Ping) -> None:
        received = now_ms()
        self.put(frames.Pong(t0=frame.t0, t1=received, t2=now_ms()))

    def require_sign_in(self) -> Identity:
        if self.who is None:
            raise NotAuthenticated
        return self.who


COMMON = {"auth": "on_auth", "hello": "on_hello", "ping": "on_ping"}


def error_frame(error: ApiError, ref: str | None = None, *, sync: dict[str, Any] | UnsetType = UNSET) -> frames.Error:
    body = errors.envelope(error)
    return frames.Error(
        detail=body["detail"],
        code=body["code"],
        timestamp=iso_ms(now()),
        error=body["error"],
        ref=ref if ref else UNSET,
        retry_after=UNSET if error.retry_after is None else round(error.retry_after, 3),
        errors=body.get("errors", UNSET),
        sync=sync,
    )

"""A client for Matinee's sockets that comes back by itself and loses, doubles and reorders nothing. One file: copy it.

    async with Client("ws://127.0.0.1:8000", token=token, on_frame=print) as client:
        room = await client.join("movie-7")
        ack = await client.send(room_id="movie-7", content="Good evening")

Needs Python 3.11 and websockets 14 or newer. docs/clients.md says what it promises, docs/protocol.md what the frames mean.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import random
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0  # Seconds before coming back: doubled each time, and spread by half.
PING_SECONDS, ANSWER_SECONDS = 15.0, 10.0
RENEW_SECONDS = 60.0  # Renew a token so long before its end, or after four fifths of its life.

log = logging.getLogger("matinee.client")
Frame = dict[str, Any]


class Refused(Exception):
    """The server's answer to one frame: `code` (an HTTP status), `error` (stable), `detail`, `errors`, `retry_after` (s)."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(f"{frame['code']} {frame['error']}: {frame['detail']}")
        self.frame = frame
        self.code, self.error, self.detail = frame["code"], frame["error"], frame["detail"]
        self.errors, self.retry_after = frame.get("errors"), frame.get("retry_after")


class Ended(Exception):
    """For good: `code` is 1000 after `close()`, else a final close code. `frame` is the error that said why, or None."""

    def __init__(self, code: int, frame: Frame | None = None) -> None:
        super().__init__(f"{code} {frame['detail'] if frame else ''}".strip())
        self.code, self.frame = code, frame


class Unsure(Exception):
    """The line broke during a guest's send. Guests have no name to know a repetition by, so it was not repeated."""


@dataclass(eq=False)
class Request:
    """What was asked and goes out again on each new connection: a send until it is answered, a join until `leave`."""

    text: str
    answer: asyncio.Future[Frame]
    room_id: str | None = None
    sent_on: ClientConnection | None = None


def is_final(code: int) -> bool:
    """Close codes from 4500 on: nothing changes by trying again."""
    return 4500 <= code < 5000


def back_off(tries: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds to wait before try number `tries` (from 0): growing, and spread so that a crowd does not return at once."""
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries, 10))
    return longest / 2 + longest / 2 * chance()


def ends_at(token: str) -> float:
    """When a JWT ends, in seconds since 1970; never if it does not say."""
    try:
        payload = token.split(".")[1]
        return float(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"])
    except (IndexError, KeyError, ValueError):
        return float("inf")


class Client:
    """One socket, for as long as it takes.

    `on_frame(frame)` hears everything but acks and pongs: each `message` and `change` once and in its conversation's order,
    but not what was sent through this client. It must not block; what it raises is logged.
    `await renew()` brings a fresh token: without `token`, and before one ends. `await on_resync(frame)`: more was missed
    than is replayed, so read the lists again over REST; it may return the `last_change` of conversations, {id: change}.
    `cursors`, kept from an earlier client, resume where that one ended. `options` go to `websockets.connect`.
    """

    def __init__(
        self,
        server: str,
        *,
        path: str = "/ws/chat",
        token: str | None = None,
        renew: Callable[[], Awaitable[str]] | None = None,
        on_frame: Callable[[Frame], object] = lambda frame: None,
        on_resync: Callable[[Frame], Awaitable[Mapping[int, int] | None]] | None = None,
        cursors: Mapping[int, int] | None = None,
        **options: Any,
    ) -> None:
        self.address = f"{server.rstrip('/')}{path}"
        self.cursors = dict(cursors or {})
        """The last change known of each conversation."""
        self.user: str | None = None
        self.limits: dict[str, float] = {}
        self._is_chat = path == "/ws/chat"
        self._samples: deque[tuple[float, float]] = deque(maxlen=8)
        self._token: str | None = None
        self._renew, self._renew_at = renew, 0.0
        if token:
            self._use_token(token)
        self._on_frame, self._on_resync = on_frame, on_resync
        self._options = {"compression": None, "ping_interval": None, "close_timeout": 5, "max_size": 2**24} | options
        self._requests: dict[str, Request] = {}
        self._own: dict[int, set[int]] = {}  # Changes beyond the cursor that are sends of ours.
        self._held: list[Frame] | None = None  # While catching up: told afterwards, in order.
        self._caught_up: asyncio.Future[Frame] | None = None
        self._last_ping = 0.0
        self._missed_too_much = False
        self._connection: ClientConnection | None = None  # Since its hello.
        self._ready: ClientConnection | None = None  # Since it has caught up.
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard_at = self._not_before = 0.0
        self._last_error: Frame | None = None
        self._end: asyncio.Future[Ended] | None = None

    async def __aenter__(self) -> Self:
        self._end = asyncio.get_running_loop().create_future()
        self._run_task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    # What one does with it --------------------------------------------------------------------------------------------
    async def send(self, *, client_id: str | None = None, **frame: Any) -> Frame:
        """Send a message (`recipient`, `group_id` or `room_id`; `content`, ...); its `ack` once it is stored, exactly once.

        Waits through lost connections. Cancelling stops the waiting, not the sending. Raises Refused, Ended, Unsure.
        """
        client_id = client_id or uuid.uuid4().hex
        return await self._ask(client_id, {"type": "message", **frame, "client_id": client_id})

    async def join(self, room_id: str, username: str | None = None, **key: str) -> Frame:
        """Enter a room, also again after each reconnect; its `snapshot`. Guests give a `username`, who comes to a party its
        `password`, or the `invite` at the end of its link. Raises Refused, Ended.
        """
        ref = f"join {room_id}"[:64]
        frame = {"type": "join", "room_id": room_id, "username": username, "client_id": ref, **key}
        return await self._ask(ref, frame, room_id)

    def leave(self, room_id: str) -> None:
        if self._requests.pop(f"join {room_id}"[:64], None):
            self.say(type="leave", room_id=room_id)

    def say(self, **frame: Any) -> bool:
        """Send what is stale a moment later (typing, read, subscribe, a position); False, and not sent, while disconnected."""
        if self._connection is None:
            return False
        self._spawn(self._write(self._connection, json.dumps(frame)))
        return True

    def server_now(self) -> float:
        """The server's clock in ms since 1970, by the quickest of the last pings; our own before the first answer."""
        return time.monotonic() * 1000 + min(self._samples)[1] if self._samples else time.time() * 1000

    async def ended(self) -> Ended:
        """Wait until it is over, and hear why."""
        assert self._end is not None, "use it with `async with`"
        return await asyncio.shield(self._end)

    async def close(self) -> None:
        self._run_task.cancel()
        with suppress(asyncio.CancelledError):
            await self._run_task
        self._finish(1000)

    # A connection after the other -------------------------------------------------------------------------------------
    async def _run(self) -> None:
        try:
            self._finish(await self._until_final())
        finally:
            self._finish(1000)

    async def _until_final(self) -> int:
        tries = 0
        while True:
            code, steady_since = 1006, time.monotonic() + LONGEST_WAIT
            try:
                code = await self._live()
            except InvalidStatus as refused:
                code = 4501 if refused.response.status_code == 401 else 1006
                self._wait_at_least(refused.response.headers.get("Retry-After"))
            except (OSError, TimeoutError, WebSocketException) as error:
                log.info("could not connect to %s: %s", self.address, error)
            except Exception:
                log.warning("could not connect to %s", self.address, exc_info=True)
            self._connection = self._ready = self._held = None
            if is_final(code):
                return code
            self._break(code)
            tries = 0 if time.monotonic() > steady_since else tries
            await asyncio.sleep(max(back_off(tries), self._not_before - time.monotonic()))
            tries += 1

    async def _live(self) -> int:
        """From connecting to the close code."""
        if self._renew and (self._token is None or self.server_now() / 1000 >= self._renew_at):
            self._use_token(await self._renew())
        # Not in a header: refused there, some servers can only say 403, for whatever reason.
        protocols: list[Any] = ["matinee.v2", *(("bearer", self._token) if self._token else ())]
        async with connect(self.address, subprotocols=protocols, **self._options) as connection:
            self._held, self._heard_at, self._not_before = [], time.monotonic(), 0.0
            self._spawn(self._watch(connection))
            self._spawn(self._keep_signed_in(connection))
            try:
                async for text in connection:
                    self._heard_at = time.monotonic()
                    self._receive(connection, json.loads(text))
            except ConnectionClosed:
                pass
            finally:
                for task in self._tasks:
                    task.cancel()
            return connection.close_code or 1006

    async def _greet(self, connection: ClientConnection) -> None:
        """After hello: into the rooms, hear what was missed, and only then send what waits."""
        for request in [request for request in self._requests.values() if request.room_id is not None]:
            await self._transmit(connection, request)
        await self._catch_up(connection)
        while waiting := [request for request in self._requests.values() if request.sent_on is not connection]:
            for request in waiting:
                await self._transmit(connection, request)
        self._ready = connection

    async def _catch_up(self, connection: ClientConnection) -> None:
        for _attempt in range(2):
            answer = await self._missed(connection)
            if answer["type"] == "error" and answer["code"] >= 500:
                await connection.close()
                return
            if answer["type"] in ("synced", "pong") and not self._missed_too_much:
                break
            self._missed_too_much = False
            fresh = await self._resync(answer)
            if not fresh:
                break
            self._move(fresh)
        held, self._held = self._held or [], None
        for frame in sorted(held, key=lambda frame: frame["change"]):
            self._take(frame)
        self._move(answer.get("conversations", {}))

    async def _missed(self, connection: ClientConnection) -> Frame:
        """Ask for it, and wait for all of it. Guests get it with the rooms' snapshots: the pong comes after those."""
        self._caught_up = asyncio.get_running_loop().create_future()
        if self._is_chat and self.user is not None:
            since = {str(conversation_id): change for conversation_id, change in self.cursors.items()}
            await connection.send(json.dumps({"type": "resume", "since": since, "client_id": "resume"}))
        else:
            self._last_ping = time.monotonic() * 1000
            await self._write(connection, json.dumps({"type": "ping", "t0": self._last_ping}))
        return await self._caught_up

    async def _resync(self, frame: Frame) -> Mapping[int, int] | None:
        try:
            return await self._on_resync(frame) if self._on_resync else None
        except Exception:
            log.exception("on_resync failed")
            return None

    async def _transmit(self, connection: ClientConnection, request: Request) -> None:
        request.sent_on = connection
        limit = self.limits.get("frame_bytes")
        if limit and len(request.text.encode()) > limit:
            self._too_large(request, f"More than {limit} bytes.")
        else:
            await self._write(connection, request.text)

    async def _write(self, connection: ClientConnection, text: str) -> None:
        with suppress(ConnectionClosed):  # Whoever reads from it learns it too.
            await connection.send(text)

    async def _watch(self, connection: ClientConnection) -> None:
        """A connection can die without a word (a tunnel, a sleeping laptop): ask, and give it up when nothing answers."""
        while True:
            asked_at = await self._ping(connection)
            await asyncio.sleep(ANSWER_SECONDS)
            if self._heard_at < asked_at:
                connection.transport.abort()
                return
            await asyncio.sleep(PING_SECONDS - ANSWER_SECONDS)

    async def _ping(self, connection: ClientConnection) -> float:
        asked_at = time.monotonic()
        await self._write(connection, json.dumps({"type": "ping", "t0": asked_at * 1000}))
        return asked_at

    async def _keep_signed_in(self, connection: ClientConnection) -> None:
        while self._renew is not None:
            await asyncio.sleep(1)  # What we know of the server's clock changes meanwhile.
            if self.server_now() / 1000 < self._renew_at:
                continue
            try:
                self._use_token(await self._renew())
                await self._write(connection, json.dumps({"type": "auth", "token": self._token}))
            except Exception:
                log.warning("could not renew the token; trying again", exc_info=True)

    def _use_token(self, token: str) -> None:
        end = ends_at(token)
        self._token, self._renew_at = token, end - min(RENEW_SECONDS, max(0.0, end - self.server_now() / 1000) / 5)

    # Frames -----------------------------------------------------------------------------------------------------------
    def _receive(self, connection: ClientConnection, frame: Frame) -> None:
        kind = frame["type"]
        if kind in ("message", "change"):
            self._take(frame) if self._held is None else self._held.append(frame)
        elif kind == "ack":
            self._acknowledged(frame)
        elif kind == "pong":
            self._pong(frame)
        elif kind in ("synced", "resync"):
            self._answer_catching_up(frame)
        elif kind == "error":
            self._refused(frame)
        else:
            if kind == "hello":
                self._connection, self.user, self.limits = connection, frame["user"], frame["limits"]
                self._spawn(self._greet(connection))
            elif kind == "snapshot":
                self._entered(frame)
            elif kind == "removed":
                self._requests.pop(f"join {frame.get('room_id')}"[:64], None)
            self._tell(frame)

    def _take(self, frame: Frame) -> None:
        """Tell it, unless it is known. Everything of a conversation comes by ascending change, but for our own sends' acks."""
        message = frame.get("message", frame)
        conversation_id, change = message["conversation_id"], message["change"]
        if change <= self.cursors.get(conversation_id, -1):
            return
        is_own = change in self._own.get(conversation_id, ())
        self._move({conversation_id: change})
        if frame["type"] == "message" and message.get("client_id") in self._requests:
            # Stored on a connection that broke before the ack, or come back in its room before it.
            is_own = True
            keys = ("client_id", "id", "seq", "change", "conversation_id", "timestamp")
            self._settle(message["client_id"], {"type": "ack", **{key: message[key] for key in keys}, "duplicate": False})
        if not is_own:
            self._tell(frame)

    def _acknowledged(self, frame: Frame) -> None:
        """What was said before it may still be on its way, so the cursor moves only if nothing lies between."""
        conversation_id, change = frame["conversation_id"], frame["change"]
        if not frame["duplicate"] and change > self.cursors.get(conversation_id, 0):
            self._own.setdefault(conversation_id, set()).add(change)
            if change == self.cursors.get(conversation_id, 0) + 1:
                self._move({conversation_id: change})
        self._settle(frame["client_id"], frame)

    def _move(self, cursors: Mapping[Any, int]) -> None:
        """Forward only, and over our own sends that follow."""
        for conversation_id, change in ((int(key), change) for key, change in cursors.items()):
            own = self._own.get(conversation_id, set())
            change = max(change, self.cursors.get(conversation_id, 0))
            while change + 1 in own:
                change += 1
            self.cursors[conversation_id] = change
            if left := {later for later in own if later > change}:
                self._own[conversation_id] = left
            else:
                self._own.pop(conversation_id, None)

    def _entered(self, frame: Frame) -> None:
        request = self._requests.get(f"join {frame['room_id']}"[:64])
        if request and not request.answer.done():
            request.answer.set_result(frame)
        if not self._is_chat:
            return
        conversation_id, messages = frame["room"]["conversation_id"], frame["messages"]
        known = self.cursors.get(conversation_id)
        if known is None:
            self._move({conversation_id: max((message["change"] for message in messages), default=0)})
        elif self.user is None and self._held is not None:
            missed = [message for message in messages if message["change"] > known]
            self._missed_too_much |= len(missed) == len(messages) >= 50
            self._held += missed

    def _refused(self, frame: Frame) -> None:
        self._last_error, ref = frame, frame.get("ref")
        if not ref:  # What answers a frame of ours says when to send that again, and nothing about this connection.
            self._wait_at_least(frame.get("retry_after"))
        request = self._requests.get(ref or "")
        is_answer = self._fail(request, Refused(frame)) if request else ref == "resume" and self._answer_catching_up(frame)
        if not is_answer:
            self._tell(frame)

    def _pong(self, frame: Frame) -> None:
        now = time.monotonic() * 1000
        trip = now - frame["t0"] - (frame["t2"] - frame["t1"])
        self._samples.append((trip, (frame["t1"] - frame["t0"] + frame["t2"] - now) / 2))
        if frame["t0"] == self._last_ping:
            self._answer_catching_up(frame)

    def _answer_catching_up(self, frame: Frame) -> bool:
        if self._caught_up is None or self._caught_up.done():
            return False
        self._caught_up.set_result(frame)
        return True

    def _tell(self, frame: Frame) -> None:
        try:
            self._on_frame(frame)
        except Exception:
            log.exception("on_frame failed with a frame of type %s", frame["type"])

    # Requests ---------------------------------------------------------------------------------------------------------
    async def _ask(self, ref: str, frame: Frame, room_id: str | None = None) -> Frame:
        assert self._end is not None, "use it with `async with`"
        if self._end.done():
            raise self._end.result()
        request = self._requests.get(ref)
        if request is None:
            answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(lambda done: done.cancelled() or done.exception())  # Nobody may be waiting any more.
            request = self._requests[ref] = Request(json.dumps(frame), answer, room_id)
            if self._ready:
                await self._transmit(self._ready, request)
        return await asyncio.shield(request.answer)

    def _settle(self, client_id: str, ack: Frame) -> None:
        request = self._requests.pop(client_id, None)
        if request and not request.answer.done():
            request.answer.set_result(ack)

    def _break(self, code: int) -> None:
        """What cannot be repeated fails now."""
        sends = [request for request in self._requests.values() if request.room_id is None and request.sent_on]
        if code in (1009, 4009) and sends:
            self._too_large(max(sends, key=lambda send: len(send.text)), "The server closed over it.")
        for send in sends if self.user is None else ():
            self._fail(send, Unsure("the line broke; it may have been stored"))

    def _too_large(self, request: Request, detail: str) -> None:
        self._fail(request, Refused({"type": "error", "code": 413, "error": "too_large", "detail": detail}))

    def _fail(self, request: Request, error: Exception) -> bool:
        """False if nobody waits for the answer any more (a room entered again)."""
        self._requests = {ref: other for ref, other in self._requests.items() if other is not request}
        if request.answer.done():
            return False
        request.answer.set_exception(error)
        return True

    def _finish(self, code: int) -> None:
        assert self._end is not None
        if not self._end.done():
            self._end.set_result(Ended(code, self._last_error if is_final(code) else None))
        for request in list(self._requests.values()):
            self._fail(request, self._end.result())

    def _wait_at_least(self, seconds: Any) -> None:
        with suppress(TypeError, ValueError):
            self._not_before = max(self._not_before, time.monotonic() + float(seconds))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, ConnectionClosed):
            log.error("the client's %s failed", task, exc_info=error)

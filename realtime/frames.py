"""Every frame, once. What comes in is decoded into one wide struct per type; what goes out is one struct per shape.

docs/protocol.md's tables are generated from here. `v2 = True` marks a frame that only sockets which said `hello` (or chose
the subprotocol) may send or get. Times are ISO 8601 UTC with milliseconds; positions seconds; `t*` and `at` milliseconds.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""One that a database can look for."""
Text = str | UnsetType


# In -------------------------------------------------------------------------------------------------------------------
class In(msgspec.Struct, kw_only=True):
    """A frame from a client. Unknown keys are ignored; `client_id` comes back in the answer."""

    type: ClassVar[str]
    doors: ClassVar[tuple[str, ...]] = ("chat", "sync", "presence")
    v2: ClassVar[bool] = False
    told_by: ClassVar[str | None] = None
    """The key that tells this shape from another of the same type."""
    client_id: str | None = None


class Auth(In):
    """Sign in on a socket without another carrier, or bring a fresh token before the old one ends."""

    type = "auth"
    token: str


class Hello(In):
    """Ask for the v2 frames. `since` resumes at once, like `resume`."""

    type = "hello"
    device_id: str | None = None
    since: dict[str, int] | None = None


class Ping(In):
    """Ask for the server's time; answered at once."""

    type, v2 = "ping", True
    t0: float


class Join(In):
    """Enter a room. Without a token on the socket, `token` signs in first. `password` or `invite` opens a party.

    A guest who is there already takes another name by it, and stays what they are.
    """

    type, doors = "join", ("chat", "sync")
    room_id: str
    username: str | None = None
    token: str | None = None
    password: str | None = None
    invite: str | None = None


class Leave(In):
    """Be in this room no more."""

    type, doors = "leave", ("chat", "sync")
    room_id: str


class MessageIn(In):
    """To a room, a person (`recipient`) or a group (`group_id`; or its id in `recipient` with `message_type: group`).

    `movie_time` is a second of the film `movie_id`; without that, of the one that the room shows when the message arrives.
    """

    type, doors = "message", ("chat",)
    room_id: str | None = None
    username: str | None = None
    recipient: str | None = None
    group_id: int | str | None = None
    content: str = ""
    message_type: str = "text"
    content_type: str = "text/plain"
    file_id: str | None = None
    reply_to: int | None = None
    movie_time: float | None = None
    movie_id: int | None = None


class Received(In):
    """Cursor: everything up to `seq` has arrived here."""

    type, doors, v2 = "received", ("chat",), True
    conversation_id: Number
    seq: Number


class Read(In):
    """Cursor: everything up to `seq` has been read."""

    type, doors, v2 = "read", ("chat",), True
    conversation_id: Number
    seq: Number


class TypingIn(In):
    """Somebody types there; ends by itself after 6 s, never stored."""

    type, doors, v2 = "typing", ("chat",), True
    recipient: str | None = None
    group_id: int | str | None = None
    room_id: str | None = None


class Resume(In):
    """What changed after these change numbers; a conversation not named starts at its last read message."""

    type, doors, v2 = "resume", ("chat",), True
    since: dict[str, int]


class SyncIn(In):
    """A position report of a player. Joins implicitly; only the acting host's moves the timeline."""

    type, doors = "sync", ("sync",)
    room_id: str
    current_time: int | float
    username: str | None = None


class SyncCommand(In):
    """A command: `action` is play, pause, seek (to `current_time`), rate or load (`movie_id`). A pause may say where its
    player stopped. `base_rev`: the revision that it answers. Answered by a `sync` with its `cmd_id`, or by an `error`.
    """

    type, doors, v2, told_by = "sync", ("sync",), True, "action"
    room_id: str
    action: str
    cmd_id: str
    current_time: int | float | None = None
    rate: float | None = None
    movie_id: Number | None = None
    base_rev: Number | None = None
    username: str | None = None


class Buffering(In):
    """This player has waited for data for a second, in the state that `epoch` and `rev` name."""

    type, doors, v2 = "buffering", ("sync",), True
    room_id: str
    epoch: Number
    rev: Number
    current_time: int | float


class Ready(In):
    """This player has data enough to go on, in the state that `epoch` and `rev` name."""

    type, doors, v2 = "ready", ("sync",), True
    room_id: str
    epoch: Number
    rev: Number
    current_time: int | float


class Progress(In):
    """How this player is: every 5 s (10 s in a hidden tab). `rtt` in milliseconds, `drift` and `buffered_ahead` in seconds,
    null where not known. Moves nothing.
    """

    type, doors, v2 = "progress", ("sync",), True
    room_id: str
    epoch: Number
    rev: Number
    current_time: int | float
    state: str
    buffered_ahead: float | None = None
    rtt: float | None = None
    drift: float | None = None


class Subscribe(In):
    """Follow these people: their status now and at every change. Who may not be seen: `error` 404 with `errors.users`."""

    type, doors = "subscribe", ("presence",)
    users: list[str]


class Unsubscribe(In):
    """Follow them no more."""

    type, doors = "unsubscribe", ("presence",)
    users: list[str]


class Heartbeat(In):
    """Keeps the device's last_seen fresh."""

    type, doors = "heartbeat", ("presence",)


INCOMING: tuple[type[In], ...] = (
    Auth, Hello, Ping, Join, Leave, MessageIn, Received, Read, TypingIn, Resume, SyncIn, SyncCommand,
    Buffering, Ready, Progress, Subscribe, Unsubscribe, Heartbeat,
)  # fmt: skip


# Out ------------------------------------------------------------------------------------------------------------------
class Out(msgspec.Struct, kw_only=True, tag_field="type"):
    """A frame to a client. Optional keys are left out when UNSET."""

    doors: ClassVar[tuple[str, ...]] = ("chat", "sync", "presence")
    v2: ClassVar[bool] = False


class Error(Out, tag="error", kw_only=True):
    """A refusal. `ref` is the frame's `client_id` or `cmd_id`, or its type. `sync`: what a stale command had missed."""

    detail: str
    code: int
    timestamp: str
    error: str
    ref: Text = UNSET
    retry_after: float | UnsetType = UNSET
    errors: dict[str, list[str]] | UnsetType = UNSET
    sync: dict[str, Any] | UnsetType = UNSET


class HelloOut(Out, tag="hello", kw_only=True):
    """The v2 frames are on. `user` is null for a guest."""

    v2: ClassVar[bool] = True
    session: str
    user: str | None
    server_time: int
    heartbeat_s: float
    limits: dict[str, float]


class Pong(Out, tag="pong", kw_only=True):
    """`t1`: the ping arrived, `t2`: this left."""

    v2: ClassVar[bool] = True
    t0: float
    t1: int
    t2: int


class RoomMessage(Out, tag="message", kw_only=True):
    """In a room, to everyone in it. `verified` is false for a guest; `client_id` goes to the sender's own sockets.

    `movie_time` is a second of the film `movie_id`, which need not be the one that the room shows by now.
    """

    doors: ClassVar[tuple[str, ...]] = ("chat",)
    room_id: str
    username: str
    content: str
    id: int
    seq: int
    change: int
    conversation_id: int
    timestamp: str
    verified: bool
    message_type: str
    content_type: str
    movie_time: float | UnsetType = UNSET
    movie_id: int | UnsetType = UNSET
    file: dict[str, Any] | UnsetType = UNSET
    reply_to: int | UnsetType = UNSET
    client_id: Text = UNSET
    edited_at: Text = UNSET
    deleted: bool | UnsetType = UNSET


class DirectMessage(Out, tag="message", kw_only=True):
    """Private (`recipient`) or group (`group_id`)."""

    doors: ClassVar[tuple[str, ...]] = ("chat",)
    sender: str
    content: str
    timestamp: str
    message_type: str
    recipient: Text = UNSET
    group_id: int | UnsetType = UNSET
    id: int
    seq: int
    change: int
    conversation_id: int
    content_type: str
    file: dict[str, Any] | UnsetType = UNSET
    reply_to: int | UnsetType = UNSET
    client_id: Text = UNSET
    edited_at: Text = UNSET
    deleted: bool | UnsetType = UNSET


class Status(Out, tag="status", kw_only=True):
    """`online` or `offline`. On /ws/presence with `last_seen`."""

    doors: ClassVar[tuple[str, ...]] = ("chat", "presence")
    user: str
    status: str
    timestamp: str
    last_seen: Text = UNSET


class Ack(Out, tag="ack", kw_only=True):
    """A send of this socket is stored."""

    doors: ClassVar[tuple[str, ...]] = ("chat",)
    v2: ClassVar[bool] = True
    client_id: str | None
    id: int
    seq: int
    change: int
    conversation_id: int
    timestamp: str
    duplicate: bool


class Change(Out, tag="change", kw_only=True):
    """An edit or a deletion: the message as it now is."""

    doors: ClassVar[tuple[str, ...]] = ("chat",)
    v2: ClassVar[bool] = True
    conversation_id: int
    change: int
    message: RoomMessage | DirectMessage


class Receipt(Out, tag="receipt", kw_only=True):
    """How far somebody received and read a conversation. `read_seq` is 0 unless both, they and you, show receipts."""

    doors: ClassVar[tuple[str, ...]] = ("chat",)
    v2: ClassVar[bool] = True
    conversation_id: int
    user: str
    delivered_seq: int
    read_seq: int
    timestamp: str


class Typing(Out, tag="typing", kw_only=True):
    """Somebody types; forget it after 6 s."""

    doors: ClassVar[tuple[str, ...]] = ("chat",)
    v2: ClassVar[bool] = True
    user: str
    recipient: Text = UNSET
    group_id: int | UnsetType = UNSET
    room_id: Text = UNSET


class Synced(Out, tag="synced", kw_only=True):
    """Everything missed has been told; the last change of each conversation."""

    doors: ClassVar[tuple[str, ...]] = ("chat",)
    v2: ClassVar[bool] = True
    conversations: dict[str, int]


class Resync(Out, tag="resync", kw_only=True):
    """Too far behind to catch up by frames: read the lists again over REST."""

    doors: ClassVar[tuple[str, ...]] = ("chat",)
    v2: ClassVar[bool] = True
    reason: str


class ChatSnapshot(Out, tag="snapshot", kw_only=True):
    """The answer to a join on /ws/chat."""

    doors: ClassVar[tuple[str, ...]] = ("chat",)
    v2: ClassVar[bool] = True
    room_id: str
    room: dict[str, Any]
    members: dict[str, Any]
    messages: list[RoomMessage]


class SyncSnapshot(Out, tag="snapshot", kw_only=True):
    """The answer to a join on /ws/sync, and again when the acting host changes."""

    doors: ClassVar[tuple[str, ...]] = ("sync",)
    v2: ClassVar[bool] = True
    room_id: str
    sync: dict[str, Any] | None
    members: dict[str, Any]
    roles: dict[str, Any]
    policy: dict[str, Any]


class Members(Out, tag="members", kw_only=True):
    """Who came and went since the snapshot or the last of these; at most one a second per room."""

    doors: ClassVar[tuple[str, ...]] = ("chat", "sync")
    v2: ClassVar[bool] = True
    room_id: str
    joined: list[str]
    left: list[str]
    count: int


class RoomSettings(Out, tag="room", kw_only=True):
    """A room got other settings, or another film (`movie_id`, `title`): as they now are."""

    doors: ClassVar[tuple[str, ...]] = ("chat", "sync")
    v2: ClassVar[bool] = True
    room_id: str
    room: dict[str, Any]


class RoleOf(Out, tag="role", kw_only=True):
    """What somebody is in a party now: owner, host, member; guest when they belong to it no more."""

    doors: ClassVar[tuple[str, ...]] = ("chat", "sync")
    v2: ClassVar[bool] = True
    room_id: str
    user: str
    role: str


class Removed(Out, tag="removed", kw_only=True):
    """This room or group is no longer yours. Of a room: `closed`, `kicked` or `left`."""

    doors: ClassVar[tuple[str, ...]] = ("chat", "sync")
    v2: ClassVar[bool] = True
    reason: str
    room_id: Text = UNSET
    group_id: int | UnsetType = UNSET


class SyncRelay(Out, tag="sync", kw_only=True):
    """Another person's report, to contract sockets, with its values unchanged."""

    doors: ClassVar[tuple[str, ...]] = ("sync",)
    room_id: str
    username: str
    current_time: int | float


class SyncTimeline(Out, tag="sync", kw_only=True):
    """The room's timeline: `current_time` is the position at `at`, which may lie a moment ahead: then all start together.

    While it waits it names for whom, and plays at `wait_until` by itself. `action` and `cmd_id`: of the command that did it.
    """

    doors: ClassVar[tuple[str, ...]] = ("sync",)
    v2: ClassVar[bool] = True
    room_id: str
    username: str
    current_time: float
    at: int
    server_time: int
    state: str
    paused: bool
    rate: float
    rev: int
    epoch: int
    movie_id: int
    duration: float | None
    action: str | None
    cmd_id: str | None
    reason: str | None
    waiting_for: list[str]
    wait_until: int | None


class Quality(Out, tag="quality", kw_only=True):
    """How the players are whose `progress` came since the last of these: `user`, `drift`, `rtt`, `state`. The farthest off
    first, at most 50; at most one a second per room.
    """

    doors: ClassVar[tuple[str, ...]] = ("sync",)
    v2: ClassVar[bool] = True
    room_id: str
    members: list[dict[str, Any]]


OUTGOING: tuple[type[Out], ...] = (
    Error, HelloOut, Pong, RoomMessage, DirectMessage, Status, Ack, Change, Receipt, Typing, Synced, Resync,
    ChatSnapshot, SyncSnapshot, Members, RoomSettings, RoleOf, Removed, SyncRelay, SyncTimeline, Quality,
)  # fmt: skip

CLOSE_CODES: dict[int, str] = {
    1007: "invalid UTF-8 (by the transport)",
    1009: "frame larger than LIMIT_FRAME_BYTES (by the transport)",
    1012: "the server restarts: come back with jitter",
    4008: "too slow a reader: come back and resume",
    4029: "flooding, or too many sockets: come back after retry_after",
    4501: "bad, ended or revoked token: final until signed in again",
    4503: "not allowed (banned, or guests are not allowed): final",
}

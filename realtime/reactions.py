"""What this process does when something happened: one handler per event, each telling every local socket that listens.

Importing this module registers the handlers with the hub.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import UNSET

from accounts.events import AccountRenamed, BlockChanged, LoginEnded
from core.bus import presence_address
from core.errors import BadToken, Banned
from core.events import Event
from groups.contacts import LARGEST_GROUP
from groups.events import MembershipChanged
from messaging.events import CursorMoved, MessageChanged, MessagePosted
from messaging.message_view import MessageView
from movies.events import MovieUnpublished
from presence.events import StatusChanged
from realtime import frames, outgoing, runtime
from realtime.hub import IN_ORDER, REACTIONS, React
from realtime.signals import QualityReported, RosterTouched, TypingSignalled
from realtime.sync_view import tell_host
from realtime.timelines import follow_film
from realtime.wire import Frame
from rooms.events import HostChanged, PositionRelayed, RoleChanged, RoomChanged, RoomClosed, Sanctioned, TimelineMoved
from rooms.services import empty_unpublished

if TYPE_CHECKING:
    from realtime.connection import Connection

E = TypeVar("E", bound=Event)
Sockets = Collection["Connection"]
Reaction = Callable[[str, E, Sockets], None]
SMALL_GROUP = 20
"""Listeners of one conversation here: beyond it, delivered cursors of a group cost more than they tell."""


def on(kind: type[E], reactions: dict[type[Event], React] = REACTIONS) -> Callable[[Reaction[E]], Reaction[E]]:
    """Register the reaction to an event: it gets the address, the event and this process's listeners."""

    def register(react: Reaction[E]) -> Reaction[E]:
        reactions[kind] = react
        return react

    return register


# Messages: the lanes let them go in order -----------------------------------------------------------------------------
@on(MessagePosted, IN_ORDER)
def message_posted(address: str, event: MessagePosted, sockets: Sockets) -> None:
    chats = [socket for socket in sockets if socket.door == "chat" and socket.may_hear(event.message)]
    tell_message(event, chats)
    _note_delivered(event, chats)


@on(MessageChanged, IN_ORDER)
def message_changed(address: str, event: MessageChanged, sockets: Sockets) -> None:
    frame = Frame(outgoing.change_frame(event.message), mark=_mark(event.message))
    for socket in sockets:
        if socket.door == "chat" and socket.speaks_v2 and socket.may_hear(event.message):
            socket.outbox.put(frame)


def tell_message(event: MessagePosted, sockets: Sockets) -> None:
    message, origin = event.message, event.origin
    mark = _mark(message)
    frame = own = Frame(outgoing.message_frame(message), mark=mark)
    if message.client_id is not None:
        own = Frame(outgoing.message_frame(message, client_id=message.client_id), mark=mark)
    sender_id, is_room = message.sender_id, message.room_id is not None
    for socket in sockets:
        if socket.id == origin:
            # What one sent oneself comes back in a room only; elsewhere the ack says it.
            if is_room:
                socket.outbox.put(own)
        elif sender_id is not None and socket.user_id == sender_id:
            socket.outbox.put(own)
        else:
            socket.outbox.put(frame)


def _mark(message: MessageView) -> tuple[int, int]:
    return message.conversation_id, message.change


def _note_delivered(event: MessagePosted, sockets: Sockets) -> None:
    message = event.message
    if message.room_id is not None or (message.group_id is not None and len(sockets) > SMALL_GROUP):
        return
    for user_id in {socket.user_id for socket in sockets if not socket.is_ending}:
        if user_id is not None and user_id != message.sender_id:
            runtime.current().receipts.delivered(user_id, message.conversation_id, message.seq)
    if message.recipient_id is not None and message.sender_id is not None:
        for socket in sockets:
            # Two people who write to each other may know whether the other is here.
            socket.meet(message.sender_id if socket.user_id == message.recipient_id else message.recipient_id)


@on(CursorMoved)
def cursor_moved(address: str, event: CursorMoved, sockets: Sockets) -> None:
    told = runtime.current().receipts.told.at_least(event)
    key, made = f"receipt {event.conversation_id} {event.user_id}", dict[int, Frame]()
    for socket in sockets:
        read_seq = told.read_for(socket.user_id, event)
        if read_seq is None or socket.door != "chat" or not socket.speaks_v2:
            continue
        if read_seq not in made:
            made[read_seq] = Frame(outgoing.receipt_frame(event, delivered_seq=told.delivered, read_seq=read_seq), key)
        socket.outbox.put(made[read_seq])


@on(TypingSignalled)
def typing(address: str, event: TypingSignalled, sockets: Sockets) -> None:
    def or_unset(value: Any) -> Any:
        return UNSET if value is None else value

    frame = Frame(
        frames.Typing(
            user=event.username,
            recipient=or_unset(event.recipient),
            group_id=or_unset(event.group_id),
            room_id=or_unset(event.room_id),
        ),
        key=f"typing {event.username}",
    )
    for socket in sockets:
        if socket.door == "chat" and socket.speaks_v2 and socket.id != event.origin:
            socket.outbox.put(frame)


# People ---------------------------------------------------------------------------------------------------------------
@on(LoginEnded)
def login_ended(address: str, event: LoginEnded, sockets: Sockets) -> None:
    for socket in list(sockets):
        who = socket.who
        if who is not None and (event.login_ids is None or str(who.login_id) in event.login_ids):
            socket.close(4501, BadToken())


@on(AccountRenamed)
def account_renamed(address: str, event: AccountRenamed, sockets: Sockets) -> None:
    for socket in sockets:
        if socket.user_id == event.user_id:
            socket.renamed(event.username)


@on(BlockChanged)
def block_changed(address: str, event: BlockChanged, sockets: Sockets) -> None:
    people = {event.blocker_id, event.blocked_id}
    if event.is_blocked:
        # At once: the next status may be right behind.
        for socket in list(sockets):
            for other in people - {socket.user_id}:
                socket.parts_from(other)
    runtime.current().contacts.look_again(people)


@on(StatusChanged)
def status_changed(address: str, event: StatusChanged, sockets: Sockets) -> None:
    runtime.current().told_statuses[event.user_id] = event.is_online
    key = f"status {event.user_id}"
    plain = Frame(outgoing.status_frame(event, with_last_seen=False), key)
    with_last_seen = Frame(outgoing.status_frame(event, with_last_seen=True), key)
    for socket in sockets:
        if socket.door == "presence":
            socket.outbox.put(with_last_seen)
        elif socket.user_id != event.user_id:
            socket.outbox.put(plain)


@on(MembershipChanged)
def membership_changed(address: str, event: MembershipChanged, sockets: Sockets) -> None:
    for socket in list(sockets):
        if socket.door == "chat" and socket.user_id == event.user_id:
            socket.groups.moved(event)
    current = runtime.current()
    people = {event.user_id, *(socket.user_id for socket in sockets)}
    if len(people) <= LARGEST_GROUP + 1:
        # A small group: its people may see each other. Who hears of them on /ws/presence alone does not hear the group.
        people |= {socket.user_id for socket in current.hub.listeners(presence_address(event.user_id))}
        current.contacts.look_again(people)


# Rooms ----------------------------------------------------------------------------------------------------------------
@on(HostChanged)
def host_changed(address: str, event: HostChanged, sockets: Sockets) -> None:
    current = runtime.current()
    current.begin(tell_host(current, event.room_pk, event.room_id))


@on(TimelineMoved)
def timeline_moved(address: str, event: TimelineMoved, sockets: Sockets) -> None:
    follow_film(sockets, event.room_pk, event.timeline.movie_id)
    runtime.current().timelines.heard(event)


@on(QualityReported)
def quality_reported(address: str, event: QualityReported, sockets: Sockets) -> None:
    runtime.current().qualities.heard(event)


@on(PositionRelayed)
def position_relayed(address: str, event: PositionRelayed, sockets: Sockets) -> None:
    relay = frames.SyncRelay(room_id=event.room_id, username=event.username, current_time=event.current_time)
    frame = Frame(relay, key=f"position {event.room_pk} {event.username}")
    for socket in sockets:
        if socket.door == "sync" and not socket.speaks_v2 and socket.id != event.origin:
            socket.outbox.put(frame)


@on(RosterTouched)
def roster_touched(address: str, event: RosterTouched, sockets: Sockets) -> None:
    runtime.current().rosters.heard(event)


@on(RoomChanged)
def room_changed(address: str, event: RoomChanged, sockets: Sockets) -> None:
    told = runtime.current().told_settings
    before, told[event.room_pk] = told.get(event.room_pk), event.room
    frame = Frame(frames.RoomSettings(room_id=event.room_id, room=event.room), key=f"room {event.room_pk}")
    _tell_inside(event.room_pk, frame, sockets)
    # Who may steer it depends on its settings, and on roles; of another film the timeline tells.
    if not _is_another_film(before, event.room):
        runtime.current().begin(tell_host(runtime.current(), event.room_pk, event.room_id))


def _is_another_film(before: dict[str, Any] | None, now: dict[str, Any]) -> bool:
    """And nothing else."""
    changed = {name for name in now if before is not None and now[name] != before.get(name)}
    return bool(changed) and changed <= {"movie_id", "title"}


@on(RoleChanged)
def role_changed(address: str, event: RoleChanged, sockets: Sockets) -> None:
    frame = Frame(frames.RoleOf(room_id=event.room_id, user=event.username, role=event.role))
    _tell_inside(event.room_pk, frame, sockets)
    if event.role == "guest":
        for socket in [socket for socket in sockets if socket.user_id == event.user_id]:
            socket.put_out(event.room_pk, reason="left")
    runtime.current().begin(tell_host(runtime.current(), event.room_pk, event.room_id))


def _tell_inside(room_pk: int, frame: Frame, sockets: Sockets) -> None:
    for socket in sockets:
        if socket.speaks_v2 and room_pk in socket.rooms:
            socket.outbox.put(frame)


@on(RoomClosed)
def room_closed(address: str, event: RoomClosed, sockets: Sockets) -> None:
    for socket in list(sockets):
        socket.put_out(event.room_pk, reason="closed")


@on(Sanctioned)
def sanctioned(address: str, event: Sanctioned, sockets: Sockets) -> None:
    if event.kind == "mute" or event.lifted:
        return
    hub = runtime.current().hub
    for socket in list(hub.sockets.values() if event.room_pk is None else sockets):
        socket.look_whether_welcome()
        if event.room_pk is None and not socket.rooms:
            continue
        names = [joined.name for joined in socket.rooms.values() if event.room_pk in (None, joined.room_pk)]
        if any(event.concerns(user_id=socket.user_id, address=socket.address, guest_name=name) for name in names):
            if event.kind == "ban":
                socket.close(4503, Banned())
            elif event.room_pk is not None:
                socket.put_out(event.room_pk, reason="kicked")


@on(MovieUnpublished)
def movie_unpublished(address: str, event: MovieUnpublished, sockets: Sockets) -> None:
    for socket in list(runtime.current().hub.sockets.values()):
        socket.look_whether_welcome()
        for joined in [joined for joined in socket.rooms.values() if joined.movie_id == event.movie_id]:
            socket.put_out(joined.room_pk, reason="closed")
    # Or whoever was there would be among the people of the room, and lead it, once the film is back.
    runtime.current().begin(runtime.current().workers.run(empty_unpublished, movie_id=event.movie_id))

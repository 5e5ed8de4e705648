"""The parts of a pass that concern rooms and statuses: each compares what was told with what the database says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from accounts.selectors import username_of
from core.bus import presence_address, room_address
from core.clock import iso_ms, now
from core.errors import Banned
from presence.events import StatusChanged
from presence.selectors import statuses_of
from realtime.sync_view import tell_host
from rooms.events import RoomChanged
from rooms.facts import settings_in
from rooms.selectors import hosts_of, timelines_of
from rooms.services import InRoom, no_longer_welcome

if TYPE_CHECKING:
    from realtime.runtime import Runtime

T = TypeVar("T")
CHUNK = 500
PRESENCE = presence_address(0).removesuffix("0")


def in_chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Portions that every database takes as one list of parameters."""
    rest = iter(items)
    while some := list(islice(rest, CHUNK)):
        yield some


async def check_people(runtime: Runtime) -> None:
    """Bans, kicks and closed rooms that were not heard of; rosters are looked at again."""
    sockets = [socket for socket in runtime.hub.sockets.values() if socket.rooms and not socket.is_ending]
    people = [
        InRoom(f"{socket.id} {joined.room_pk}", joined.room_id, socket.user_id, socket.address, joined.name)
        for socket in sockets
        for joined in socket.rooms.values()
    ]
    for some in in_chunks(people):
        for key, reason in (await runtime.workers.run(no_longer_welcome, some)).items():
            socket_id, room_pk = key.split()
            socket = runtime.hub.sockets.get(socket_id)
            if socket is not None and reason == "banned":
                socket.close(4503, Banned())
            elif socket is not None:
                socket.put_out(int(room_pk), reason=reason)
    runtime.rosters.look_again()


async def check_hosts(runtime: Runtime) -> None:
    rooms = {
        joined.room_pk: joined.room_id
        for socket in runtime.hub.sockets.values()
        if socket.door == "sync"
        for joined in socket.rooms.values()
    }
    for room_pk in [room_pk for room_pk in runtime.told_hosts if room_pk not in rooms]:
        del runtime.told_hosts[room_pk]
    for some in in_chunks(rooms):
        for room_pk, host in (await runtime.workers.run(hosts_of, some)).items():
            if runtime.told_hosts.setdefault(room_pk, host) != host and runtime.hub.listeners(room_address(room_pk)):
                await tell_host(runtime, room_pk, rooms[room_pk])


async def check_settings(runtime: Runtime) -> None:
    """Other settings of rooms that were not heard of here."""
    rooms = {
        joined.room_pk: joined.room_id
        for socket in runtime.hub.sockets.values()
        if socket.speaks_v2
        for joined in socket.rooms.values()
    }
    told = runtime.told_settings
    for room_pk in told.keys() - rooms.keys():
        del told[room_pk]
    for some in in_chunks(rooms):
        before = dict(told)
        for room_pk, facts in (await runtime.workers.run(settings_in, some)).items():
            # What was heard while the database answered is newer than the answer.
            if told.setdefault(room_pk, facts) != facts and told[room_pk] is before.get(room_pk):
                event = RoomChanged(room_pk=room_pk, room_id=rooms[room_pk], room=facts)
                runtime.hub.deliver(room_address(room_pk), event)


async def check_timelines(runtime: Runtime) -> None:
    """Changes that were not heard of here, and rooms that nobody here watches any more."""
    told = runtime.timelines.rooms()
    watched = {room_pk for socket in runtime.hub.sockets.values() if socket.door == "sync" for room_pk in socket.rooms}
    for room_pk in told.keys() - watched:
        runtime.timelines.forget(room_pk)
    for some in in_chunks(told.keys() & watched):
        for room_pk, timeline in (await runtime.workers.run(timelines_of, some)).items():
            runtime.timelines.read(room_pk, told[room_pk], timeline)


async def check_statuses(runtime: Runtime) -> None:
    """People whose presence somebody here follows."""
    followed = {int(address.removeprefix(PRESENCE)) for address in runtime.hub.addresses() if address.startswith(PRESENCE)}
    told = runtime.told_statuses
    for user_id in [user_id for user_id in told if user_id not in followed]:
        del told[user_id]
    for some in in_chunks(followed):
        for user_id, status in (await runtime.workers.run(statuses_of, some)).items():
            if told.setdefault(user_id, status.is_online) != status.is_online:
                event = StatusChanged(
                    user_id=user_id,
                    username=await runtime.workers.run(username_of, user_id),
                    is_online=status.is_online,
                    at=iso_ms(status.changed_at or now()),
                    last_seen_at=iso_ms(status.last_seen_at) if status.last_seen_at else None,
                )
                runtime.hub.deliver(presence_address(user_id), event)

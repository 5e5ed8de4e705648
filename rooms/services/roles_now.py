"""What people are in a room at this moment: their stored role, and who acts as host or owner on top of it."""

from __future__ import annotations

from collections.abc import Collection

from presence.selectors import live_attendances
from rooms.data import Role, Viewer, person_key
from rooms.models import Room, RoomRole
from rooms.playback import Person, is_waited_for
from rooms.rights import effective, leads
from rooms.selectors import PEOPLE, role_of
from rooms.services.hosts import is_host, with_host


def effective_role(room: Room, viewer: Viewer) -> Role:
    """At most one query while the room has its host."""
    acts = is_host(with_host(room), viewer.socket_id, viewer.user_id)
    if acts and not room.is_party:
        return "host"
    return effective(role_of(room, viewer.user_id), acts=acts, is_party=room.is_party)


def is_counted(room: Room, viewer: Viewer) -> bool:
    """Whether the room waits for somebody. Two queries at most."""
    if room.wait == Room.Wait.STRICT:
        return True
    if room.wait == Room.Wait.OFF:
        return False
    people = people_watching(room)
    return is_waited_for(room.wait, people=people, leads=False) or leads(effective_role(room, viewer))


def waited_for(room: Room, audience: Collection[Person]) -> list[Person]:
    """For whom of them the room waits: for nobody who left. Three queries at most."""
    if room.wait == Room.Wait.OFF:
        return []
    there = keys_watching(room.pk)
    audience = [person for person in audience if person.key in there]
    if is_waited_for(room.wait, people=people_watching(room), leads=False):
        return audience
    hosts = RoomRole.objects.filter(room=room, role__in=("owner", "host")).values_list("user_id", flat=True)
    keys = {f"u{user_id}" for user_id in hosts}
    if room.host_user_id is not None:
        keys.add(f"u{room.host_user_id}")
    elif room.host_socket is not None:
        keys.add(person_key(None, room.host_socket))
    return [person for person in audience if person.key in keys]


def keys_watching(room_pk: int) -> set[str]:
    """The keys of those on /ws/sync. One query."""
    rows = live_attendances([room_pk]).filter(door="sync").values_list("user_id", "socket_id")
    return {person_key(user_id, socket_id) for user_id, socket_id in rows}


def people_watching(room: Room) -> int:
    """How many people are on /ws/sync."""
    found: int = live_attendances([room.pk]).filter(door="sync").aggregate(people=PEOPLE)["people"]
    return found

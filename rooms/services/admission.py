"""Who is let into a party: by role, password or invite, and while there is a place. Decided under the lock of its row."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence

from accounts.models import User
from core.errors import NotFound, RoomFull, WrongPassword
from presence.selectors import live_attendances
from rooms.data import Entering, Role
from rooms.models import Room, RoomRole
from rooms.selectors import is_invited, password_required, roles_in


class Admission:
    """For one batch of arrivals. Costs nothing where nobody comes to a party, else four queries, five with new members.

    Locks the people, then the rooms: whoever deletes an account locks it first and then what it owns. Only inside the
    transaction that writes the attendance.
    """

    def __init__(self, people: Sequence[Entering], rooms: Iterable[Room]) -> None:
        parties = {room.room_id: room for room in rooms if room.is_party}
        self._new: list[tuple[int, int]] = []
        self._parties: dict[int, Room] = {}
        if not parties:
            return
        coming = {somebody.user_id for somebody in people if somebody.room_id in parties and somebody.user_id is not None}
        locked = User.objects.select_for_update(no_key=True).filter(pk__in=coming, is_active=True).order_by("pk")
        self._people = set(locked.values_list("pk", flat=True))
        self._parties = _locked(people, rooms)
        self._roles = roles_in(self._parties, self._people)
        limited = [party.pk for party in self._parties.values() if party.capacity is not None]
        self._places = {pk: Places() for pk in limited}
        for row in live_attendances(limited) if limited else ():
            self._places[row.room_id].take(row.socket_id, row.user_id, (row.guest_name, row.address), row.door)

    def admit(self, somebody: Entering, room: Room, name: str) -> Role:
        """What they are there from now on. NotFound for a party that was closed meanwhile; WrongPassword
        (`password_required` without one); RoomFull, but for its owner and hosts.
        """
        if not room.is_party:
            return "guest" if somebody.user_id is None else "member"
        party = self._parties.get(room.pk)
        if party is None or party.closed_at is not None:
            raise NotFound
        role = self._roles.get((party.pk, somebody.user_id or 0))
        if role is None:
            check_key(party, invite=somebody.invite, proof=somebody.proof)
        self._take_place(party, somebody, name, is_sure=role in ("owner", "host"))
        if role is None and somebody.user_id in self._people:
            self._new.append((party.pk, somebody.user_id))
            self._roles[party.pk, somebody.user_id] = role = "member"
        return role or "guest"

    def write(self) -> None:
        """Whoever was let in is a member, and needs no password again."""
        if self._new:
            made = [RoomRole(room_id=room_pk, user_id=user_id) for room_pk, user_id in sorted(self._new)]
            RoomRole.objects.bulk_create(made, ignore_conflicts=True)

    def _take_place(self, party: Room, somebody: Entering, name: str, *, is_sure: bool) -> None:
        places = self._places.get(party.pk)
        if places is None or party.capacity is None:
            return
        guest = (name, somebody.address or None)
        if not is_sure and not places.fits(party.capacity, somebody.socket_id, somebody.user_id, guest, somebody.door):
            raise RoomFull
        places.take(somebody.socket_id, somebody.user_id, guest, somebody.door)


def check_key(party: Room, *, invite: str | None, proof: str | None) -> None:
    """WrongPassword unless the invite or the proof opens the party, or nothing is needed."""
    if party.password and not is_invited(party, invite) and proof != party.password:
        raise password_required() if proof is None else WrongPassword()


def _locked(people: Sequence[Entering], rooms: Iterable[Room]) -> dict[int, Room]:
    """The parties as they are now. Rooms whose host will be settled in the same transaction are locked with them, in one
    order, or two batches could wait for each other.
    """
    settled = {somebody.room_id for somebody in people if somebody.door == "sync"}
    wanted = [room.pk for room in rooms if room.is_party or room.room_id in settled]
    locked = Room.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    return {room.pk: room for room in locked if room.is_party}


class Places:
    """How many people are in a room: an account once, guests of one name and address as often as they have sockets on the
    door where they have most.
    """

    def __init__(self) -> None:
        self._users: set[int] = set()
        self._guests: Counter[tuple[tuple[str, str | None], str]] = Counter()
        self._sockets: set[uuid.UUID] = set()

    @property
    def taken(self) -> int:
        most: dict[tuple[str, str | None], int] = {}
        for (guest, _door), sockets in self._guests.items():
            most[guest] = max(sockets, most.get(guest, 0))
        return len(self._users) + sum(most.values())

    def take(self, socket_id: uuid.UUID, user_id: int | None, guest: tuple[str, str | None], door: str) -> None:
        if user_id is not None:
            self._users.add(user_id)
        elif socket_id not in self._sockets:
            self._sockets.add(socket_id)
            self._guests[guest, door] += 1

    def fits(self, capacity: int, socket_id: uuid.UUID, user_id: int | None, guest: tuple[str, str | None], door: str) -> bool:
        """Whether there is a place, or they have theirs already: one more socket of theirs then takes none."""
        if user_id in self._users or socket_id in self._sockets:
            return True
        before = self.taken
        if user_id is not None:
            return before < capacity
        self._guests[guest, door] += 1
        is_same = self.taken == before
        self._guests[guest, door] -= 1
        return is_same or before < capacity

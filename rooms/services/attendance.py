"""Coming into a room and leaving it."""

from __future__ import annotations

import uuid
from typing import NamedTuple

from django.db import transaction

from core.deadlocks import tried_again
from core.errors import ApiError, NotFound
from presence import services as presence
from presence.models import Attendance
from presence.rows import Attending
from rooms.data import Entered, Entering, Host, PendingHost, Role, as_uuid
from rooms.guests import checked_guest_name
from rooms.models import Room, Sanction, TimelineRow
from rooms.selectors import check_may_stay, room_by_pk
from rooms.services.admission import Admission
from rooms.services.checks import open_rooms_of, refuse_banned, sanctions_against
from rooms.services.hosts import settle_host
from rooms.services.opening import open_room
from rooms.services.settling import settle_room, welcome


def enter(
    *,
    room_id: str,
    socket_id: uuid.UUID | str,
    door: str,
    user_id: int | None = None,
    username: str = "",
    guest_name: str = "",
    address: str | None = None,
    invite: str | None = None,
    proof: str | None = None,
) -> Entered:
    """Attend a room from a socket whose row is written already; entering again changes nothing.

    NotFound for a room that is not there, Banned, Kicked, what `Admission.admit` refuses at a party, and what
    `checked_guest_name` raises for a guest. On the door "sync" the acting host is settled too.
    """
    entering = Entering(
        room_id=room_id,
        socket_id=as_uuid(socket_id),
        door=door,
        user_id=user_id,
        username=username,
        guest_name=guest_name,
        address=address,
        invite=invite,
        proof=proof,
    )
    (answer,) = enter_many([entering])
    if isinstance(answer, ApiError):
        raise answer
    return answer


@tried_again
def enter_many(people: list[Entering]) -> list[Entered | ApiError]:
    """The same for many at once, in one transaction: what many arrivals cost is few queries. One answer each, in order."""
    with transaction.atomic():
        known, sanctions = open_rooms_of(people), sanctions_against(people)
        admission = Admission(people, known.values())
        answers = [_arrival(somebody, known, sanctions, admission) for somebody in people]
        presence.attend([arrival.attending for arrival in answers if isinstance(arrival, _Arrival)])
        admission.write()
        watched = {
            arrival.room.pk for arrival in answers if isinstance(arrival, _Arrival) and arrival.attending.door == "sync"
        }
        arriving = {arrival.attending.socket_id for arrival in answers if isinstance(arrival, _Arrival)}
        settled = {room_pk: _settle(room_pk, arriving) for room_pk in sorted(watched)}
        _put_out_of_closed(answers, settled)
    return [_entered(answer, settled) if isinstance(answer, _Arrival) else answer for answer in answers]


class _Settled(NamedTuple):
    host: Host | None
    settle_after: float | None
    """Seconds after which to look again."""


class _Arrival(NamedTuple):
    room: Room
    name: str
    role: Role
    attending: Attending


def _arrival(
    somebody: Entering, known: dict[str, Room], sanctions: list[Sanction], admission: Admission
) -> _Arrival | ApiError:
    try:
        name = checked_guest_name(somebody.guest_name) if somebody.user_id is None else somebody.username
        room = known.get(somebody.room_id)
        if room is None:
            room = known[somebody.room_id] = open_room(somebody.room_id)
        refuse_banned(somebody, name, room, sanctions)
        role = admission.admit(somebody, room, name)
    except ApiError as refusal:
        return refusal
    attending = Attending(
        socket_id=somebody.socket_id,
        room_id=room.pk,
        user_id=somebody.user_id,
        guest_name=name if somebody.user_id is None else "",
        address=(somebody.address or None) if somebody.user_id is None else None,
        door=somebody.door,
    )
    return _Arrival(room, name, role, attending)


def _settle(room_pk: int, arriving: set[uuid.UUID]) -> _Settled | None:
    """Who is host now; None when the film was unpublished while people came in."""
    try:
        room = room_by_pk(room_pk)
        _follow_film(room)
        welcome(room, arriving)
    except NotFound:
        return None
    pending = settle_host(room_pk=room_pk)
    room.refresh_from_db(fields=["host_user", "host_socket", "host_name"])
    return _Settled(room.host, pending.seconds if pending else None)


def _put_out_of_closed(answers: list[_Arrival | ApiError], settled: dict[int, _Settled | None]) -> None:
    """Who came into a room that closed meanwhile did not come in. The others of the batch did."""
    presence.unattend(
        (answer.attending.socket_id, answer.room.pk)
        for answer in answers
        if isinstance(answer, _Arrival) and settled.get(answer.room.pk, answer) is None
    )


def _entered(arrival: _Arrival, settled: dict[int, _Settled | None]) -> Entered | ApiError:
    room = arrival.room
    found = settled.get(room.pk, _Settled(room.host, None))
    if found is None:
        return NotFound()
    return Entered(
        room_pk=room.pk,
        room_id=room.room_id,
        conversation_id=room.conversation_id,
        movie_id=room.movie_id,
        name=arrival.name,
        role=arrival.role,
        is_party=room.is_party,
        host=found.host,
        settle_after=found.settle_after,
    )


def _follow_film(room: Room) -> None:
    """A film may have got another length since the room was made."""
    row = room.timeline_row
    if row.movie_id == room.movie_id and row.duration != room.movie.duration:
        # The room's lock before its timeline, in the order of whoever moves the timeline.
        Room.objects.select_for_update(no_key=True).get(pk=room.pk)
        TimelineRow.objects.filter(room=room, movie_id=room.movie_id).update(duration=room.movie.duration)


@tried_again
def rename_guest(*, socket_id: uuid.UUID | str, room_pk: int, door: str, name: str, address: str | None = None) -> str:
    """Another name for a guest at a socket, as it is then: they stay where they are, and who leads goes on leading.

    NotFound when the room closed meanwhile, Banned and Kicked, and what `checked_guest_name` raises.
    """
    name = checked_guest_name(name)
    with transaction.atomic():
        check_may_stay(room_pk=room_pk, user_id=None, address=address, guest_name=name)
        presence.rename_guest(socket_id=as_uuid(socket_id), room_id=room_pk, name=name)
        if door == "sync":
            settle_host(room_pk=room_pk)
    return name


@tried_again
def leave(*, socket_id: uuid.UUID | str, room_pk: int) -> PendingHost | None:
    """No longer attend a room; also fine when the socket's row is gone already. Says when to settle the host again."""
    socket_id = as_uuid(socket_id)
    with transaction.atomic():
        door = Attendance.objects.filter(socket_id=socket_id, room_id=room_pk).values_list("door", flat=True).first()
        if door is not None:
            presence.unattend([(socket_id, room_pk)])
        return settle_room(room_pk=room_pk) if door != "chat" else None

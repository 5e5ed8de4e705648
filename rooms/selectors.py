"""Reading rooms. A room exists only while its film is published, a party until it is closed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeGuard, cast

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.clock import now, now_ms
from core.errors import Banned, Kicked, NotFound, WrongPassword
from messaging.message_view import MessageView, views_in
from messaging.models import Message
from messaging.selectors import messages_of
from presence.selectors import live_attendances
from rooms.data import Host, Role
from rooms.models import Room, RoomRole, Sanction, TimelineRow
from rooms.playback import Timeline, settled

PUBLIC_ROOM = re.compile(r"movie-([1-9][0-9]{0,17})", re.ASCII)
ROOM_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
SHOWN_MESSAGES = 50


def is_room_id(value: object) -> TypeGuard[str]:
    """Whether a room could have this name at all."""
    return isinstance(value, str) and ROOM_ID.fullmatch(value) is not None


def movie_id_of(room_id: object) -> int:
    """Which film's public room that is. NotFound for anything that is not the name of one."""
    match = PUBLIC_ROOM.fullmatch(room_id) if isinstance(room_id, str) else None
    if match is None:
        raise NotFound
    return int(match[1])


def open_rooms() -> QuerySet[Room]:
    """Rooms of published films that were not closed, with film, timeline and conversation."""
    rooms = Room.objects.filter(movie__is_published=True, closed_at=None)
    return rooms.select_related("movie", "timeline_row", "conversation", "owner")


def room_by_pk(room_pk: int) -> Room:
    """NotFound also when its film was unpublished."""
    room = open_rooms().filter(pk=room_pk).first()
    if room is None:
        raise NotFound
    return room


def hosts_of(room_pks: Iterable[int]) -> dict[int, Host | None]:
    """Who is acting host of each. One query."""
    return {room.pk: room.host for room in Room.objects.filter(pk__in=list(room_pks))}


def current_timeline(room: Room) -> Timeline:
    """What the timeline has become by now."""
    return settled(room.timeline_row.timeline, now_ms())


def role_of(room: Room, user_id: int | None) -> Role:
    """What somebody is in a room. In a public room staff are hosts and everyone signed in is a member; in a party it is
    what its `RoomRole` says, "guest" without one. One query.
    """
    if user_id is None:
        return "guest"
    if not room.is_party:
        return "host" if User.objects.filter(pk=user_id, is_staff=True, is_active=True).exists() else "member"
    found = RoomRole.objects.filter(room=room, user_id=user_id).values_list("role", flat=True).first()
    return cast(Role, found or "guest")


def room_with_roles(room_pk: int, user_ids: Iterable[int]) -> tuple[Room, dict[int, Role]]:
    """`room_by_pk`, and what each of these people is there, as `role_of` says. One query more for each 500 people."""
    room = room_by_pk(room_pk)
    user_ids = sorted(user_ids)
    roles: dict[int, Role] = dict.fromkeys(user_ids, "guest" if room.is_party else "member")
    for start in range(0, len(user_ids), 500):
        some = user_ids[start : start + 500]
        if room.is_party:
            found = RoomRole.objects.filter(room=room, user_id__in=some).values_list("user_id", "role")
            roles.update({user_id: cast(Role, role) for user_id, role in found})
        else:
            staff = User.objects.filter(pk__in=some, is_staff=True, is_active=True).values_list("pk", flat=True)
            roles.update(dict.fromkeys(staff, "host"))
    return room, roles


def timelines_of(room_pks: Iterable[int]) -> dict[int, Timeline]:
    """What each of these timelines has become by now. One query."""
    t_ms = now_ms()
    rows = TimelineRow.objects.filter(room_id__in=list(room_pks))
    return {row.room_id: settled(row.timeline, t_ms) for row in rows}


def roles_in(room_pks: Iterable[int], user_ids: Iterable[int | None]) -> dict[tuple[int, int], Role]:
    """What these people are in these parties, by (row id of the room, of the person). One query, none for no room."""
    rooms, users = list(room_pks), {user_id for user_id in user_ids if user_id is not None}
    if not rooms or not users:
        return {}
    rows = RoomRole.objects.filter(room_id__in=rooms, user_id__in=users).values_list("room_id", "user_id", "role")
    return {(room_pk, user_id): cast(Role, role) for room_pk, user_id, role in rows}


def is_invited(room: Room, invite: str | None) -> bool:
    """Whether this is the key of the party's link."""
    return bool(invite and room.invite_key) and constant_time_compare(invite or "", room.invite_key)


def password_required() -> WrongPassword:
    return WrongPassword(_("This room has a password."), slug="password_required")


# Sanctions ------------------------------------------------------------------------------------------------------------


def sanctions_of(*, room_pk: int | None, user_id: int | None, address: str | None, guest_name: str = "") -> QuerySet[Sanction]:
    """What is in force against a person, or against a guest by address or name, in this room or everywhere."""
    if user_id is not None:
        whom = Q(user_id=user_id)
    else:
        whom = Q(user=None, address=None, guest_name=guest_name)
        if address:
            whom |= Q(user=None, address=address)
    return Sanction.objects.in_force().filter(whom, Q(room=None) | Q(room_id=room_pk))


def check_not_banned(*, room_pk: int, user_id: int | None, address: str | None, guest_name: str = "") -> None:
    """Banned or Kicked if they are. One query."""
    found = sanctions_of(room_pk=room_pk, user_id=user_id, address=address, guest_name=guest_name)
    against = {sanction.kind: sanction for sanction in found.exclude(kind=Sanction.Kind.MUTE)}
    if Sanction.Kind.BAN in against:
        raise Banned
    if Sanction.Kind.KICK in against:
        raise kicked_by(against[Sanction.Kind.KICK])


def check_may_stay(*, room_pk: int, user_id: int | None, address: str | None, guest_name: str = "") -> None:
    """NotFound when the room closed meanwhile, and as `check_not_banned`. Two queries."""
    if not open_rooms().filter(pk=room_pk).exists():
        raise NotFound
    check_not_banned(room_pk=room_pk, user_id=user_id, address=address, guest_name=guest_name)


def kicked_by(sanction: Sanction) -> Kicked:
    """The refusal, with how long it lasts."""
    left = (sanction.until - now()).total_seconds() if sanction.until else None
    return Kicked(retry_after=left if left is None else max(0.0, left))


# Who is there, what was said ------------------------------------------------------------------------------------------

PEOPLE = Count("user_id", distinct=True) + Count("guest_name", distinct=True, filter=Q(user__isnull=True))
"""How many people attendances are: guests count by name."""


def people_counts(room_pks: Iterable[int]) -> dict[int, int]:
    """How many people are in each of these rooms. One query."""
    room_pks = list(room_pks)
    rows = live_attendances(room_pks).values("room_id").annotate(people=PEOPLE).order_by()
    counted: dict[int, int] = dict(rows.values_list("room_id", "people"))
    return {room_pk: counted.get(room_pk, 0) for room_pk in room_pks}


def rooms_with_people() -> QuerySet[Room]:
    """All rooms, those of unpublished films too, with `people`: how many are there now. For staff."""
    here = live_attendances().filter(room_id=OuterRef("pk")).order_by().values("room_id").annotate(people=PEOPLE)
    return Room.objects.select_related("movie", "timeline_row", "owner").annotate(
        people=Coalesce(Subquery(here.values("people")), 0)
    )


def live_public_rooms() -> QuerySet[Room]:
    """Public rooms in which somebody is, the fullest first, with `people`."""
    public: QuerySet[Any] = rooms_with_people().filter(kind=Room.Kind.PUBLIC, movie__is_published=True)
    rooms = public.filter(people__gt=0)
    return rooms.order_by("-people", "room_id")


def parties_of(user: User) -> QuerySet[Room]:
    """Open parties that a person belongs to, the newest first, with `mine`: what they are there."""
    return open_rooms().filter(roles__user=user).annotate(mine=F("roles__role")).order_by("-pk")


def sanctions_in(room: Room) -> QuerySet[Sanction]:
    """What is in force in this room alone, the newest first."""
    return Sanction.objects.in_force().filter(room=room).select_related("user", "created_by").order_by("-pk")


def messages_in(room: Room) -> QuerySet[Message]:
    """What was said in a room and not deleted."""
    return messages_of(room.conversation, None).filter(deleted_at=None)


class FilmWindow(NamedTuple):
    """A stretch of a film, from `start` up to `end` (s), without it. `after`: (movie_time, seq) of the last one known."""

    movie_id: int
    start: float
    end: float
    limit: int
    after: tuple[float, int] | None = None


def messages_by_film_time(room: Room, window: FilmWindow) -> list[Message]:
    """What was said while the film was there, in the film's order, one more than the window's limit. One query."""
    rows = messages_in(room).filter(movie_id=window.movie_id, movie_time__gte=window.start, movie_time__lt=window.end)
    if window.after is not None:
        time, seq = window.after
        rows = rows.filter(Q(movie_time__gt=time) | Q(movie_time=time, seq__gt=seq), movie_time__gte=time)
    return list(rows.order_by("movie_time", "seq")[: window.limit + 1])


def newest_in(room: Room, limit: int = SHOWN_MESSAGES) -> list[MessageView]:
    """The newest messages of a room, oldest first. One query."""
    return views_in(messages_in(room).order_by("-id")[:limit])[::-1]

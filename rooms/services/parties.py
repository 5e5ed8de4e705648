"""Opening, changing and closing parties. Public rooms have some of the same settings, which staff change."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.throttle import count
from core.clock import now_ms
from core.deadlocks import tried_again
from core.errors import BadToken, Conflict, NotFound
from messaging.models import Conversation
from messaging.services import forget_turns, name_conversation, open_conversation
from movies.models import Movie
from rooms.models import Room, RoomRole, TimelineRow
from rooms.selectors import room_by_pk
from rooms.services.announcing import announce_settings
from rooms.services.closing import close_locked
from rooms.services.roles import check_host, check_owner, pass_on
from rooms.services.rules import checked_settings
from rooms.services.schedule import follow_schedule

MOST_PARTIES = 50
"""Open at once, of one person."""


def open_party(*, actor: User, movie_id: int, **settings: Any) -> Room:
    """A new party for a film, its owner the actor. `settings`: name, password, control, wait, capacity, slow_seconds,
    blocked_words, starts_at.

    NotFound for a film that is not there or not published; Invalid settings; Conflict `too_many_parties`; TooManyRequests for
    more than LIMIT_LOGINS_PER_MINUTE new passwords.
    """
    checked = _hashed(actor, checked_settings(settings, is_party=True))
    room_id = f"party-{_random_name()}"
    with transaction.atomic():
        if not User.objects.select_for_update(no_key=True).filter(pk=actor.pk, is_active=True).exists():
            raise BadToken
        if Room.objects.filter(owner=actor, closed_at=None).count() >= MOST_PARTIES:
            raise Conflict(_("Close one of your parties first."), slug="too_many_parties")
        movie = Movie.objects.filter(pk=movie_id, is_published=True).first()
        if movie is None:
            raise NotFound(_("There is no such film."))
        title = checked.get("name") or movie.title
        conversation = open_conversation(kind=Conversation.Kind.PARTY, subject=room_id, title=title)
        room = Room.objects.create(
            room_id=room_id,
            kind=Room.Kind.PARTY,
            movie=movie,
            conversation=conversation,
            owner=actor,
            invite_key=new_key(),
            **checked,
        )
        RoomRole.objects.create(room=room, user=actor, role=RoomRole.Role.OWNER)
        TimelineRow.objects.create(room=room, movie=movie, duration=movie.duration, at=now_ms())
        if room.starts_at is not None:
            follow_schedule(room)
        return room_by_pk(room.pk)


def change_room(*, actor: User, room: Room, **changes: Any) -> Room:
    """Other settings, as of `open_party`; what is not named stays. Everyone in the room is told.

    Forbidden but for a party's owner and hosts, and staff; Invalid settings, also for those that a public room has not;
    NotFound for one that closed meanwhile.
    """
    checked = _hashed(actor, checked_settings(changes, is_party=room.is_party))
    with transaction.atomic():
        Room.objects.select_for_update(no_key=True).filter(pk=room.pk).first()
        fresh = room_by_pk(room.pk)
        check_host(actor, fresh)
        changed = {name for name, value in checked.items() if getattr(fresh, name) != value}
        for name in changed:
            setattr(fresh, name, checked[name])
        if changed:
            fresh.save(update_fields=sorted(changed))
            _follow(fresh, changed)
        return fresh


@tried_again
def close_party(*, actor: User, room: Room) -> None:
    """Send everyone out for good. Forbidden but for the owner and staff; NotFound for a public room and a closed party."""
    with transaction.atomic():
        party = Room.objects.select_for_update(no_key=True).filter(pk=room.pk, kind=Room.Kind.PARTY, closed_at=None).first()
        if party is None:
            raise NotFound
        if party.owner_id is None:
            pass_on(party)
        check_owner(actor, party)
        close_locked(party)


def renew_invite(*, actor: User, room: Room) -> Room:
    """Another link; the old one opens nothing any more.

    Forbidden but for owner, hosts and staff; NotFound for public rooms.
    """
    if not room.is_party:
        raise NotFound
    check_host(actor, room)
    Room.objects.filter(pk=room.pk).update(invite_key=new_key())
    room.refresh_from_db(fields=["invite_key"])
    return room


def new_key() -> str:
    """128 bits."""
    return secrets.token_urlsafe(16)


def _random_name() -> str:
    """120 bits, in the letters that a room's id may have."""
    return base64.b32encode(secrets.token_bytes(15)).decode().lower()


def _hashed(actor: User, checked: dict[str, Any]) -> dict[str, Any]:
    """Before any lock: it takes a while, and so is not done without end. TooManyRequests."""
    if checked.get("password"):
        count("new-room-password", str(actor.pk), django_settings.LIMIT_LOGINS_PER_MINUTE)
        checked["password"] = make_password(checked["password"])
    return checked


def _follow(room: Room, changed: set[str]) -> None:
    if "starts_at" in changed:
        follow_schedule(room)
    if "name" in changed:
        name_conversation(conversation_id=room.conversation_id, subject=room.room_id, title=room.name or room.movie.title)
    if room.slow_seconds == 0 and "slow_seconds" in changed:
        forget_turns(conversation_id=room.conversation_id)
    announce_settings(room)

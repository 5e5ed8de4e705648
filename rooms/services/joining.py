"""Being let into a party without a socket: over REST, before anybody connects."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from accounts.models import User
from core.deadlocks import tried_again
from core.errors import BadToken, GuestsRefused, NotFound
from rooms.models import Room, RoomRole
from rooms.selectors import check_not_banned, role_of, room_by_pk
from rooms.services.admission import check_key
from rooms.services.passwords import prove_password


def join_party(
    *, actor: User | None, room: Room, password: str | None = None, invite: str | None = None, address: str | None = None
) -> Room:
    """Let somebody into a party: an account belongs to it from now on, a guest learns that they may come.

    GuestsRefused, Banned and Kicked; WrongPassword (`password_required` without one); TooManyRequests as `prove_password`;
    NotFound for one that closed meanwhile. Takes no place: places are for who is there.
    """
    if actor is None and not settings.ALLOW_GUESTS:
        raise GuestsRefused
    user_id = actor.pk if actor else None
    check_not_banned(room_pk=room.pk, user_id=user_id, address=address)
    proof = None
    if password is not None:
        proof = prove_password(room_id=room.room_id, password=password, user_id=user_id, address=address, invite=invite)
    if actor is None:
        check_key(room, invite=invite, proof=proof)
        return room
    return _let_in(actor, room, invite, proof)


@tried_again
def _let_in(actor: User, room: Room, invite: str | None, proof: str | None) -> Room:
    with transaction.atomic():
        # The account before the room, as whoever deletes it locks them.
        if not User.objects.select_for_update(no_key=True).filter(pk=actor.pk, is_active=True).exists():
            raise BadToken
        if not Room.objects.select_for_update(no_key=True).filter(pk=room.pk).exists():
            raise NotFound
        fresh = room_by_pk(room.pk)
        if fresh.is_party and role_of(fresh, actor.pk) == "guest":
            check_key(fresh, invite=invite, proof=proof)
            RoomRole.objects.create(room=fresh, user=actor)
        return fresh

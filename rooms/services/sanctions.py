"""Muting, kicking and banning, of people and guests. Who may: staff anywhere, the owner and hosts of a party in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import bus
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.net import client_address
from core.text import visible
from presence import services as presence
from rooms.data import HOSTS, RANKS, Kind
from rooms.events import Sanctioned
from rooms.models import Room, Sanction
from rooms.selectors import role_of
from rooms.services.roles import dismiss
from rooms.services.settling import settle_rooms

LONGEST_NAME, LONGEST_REASON = 64, 200
KICK_SECONDS = 300


def mute(
    *,
    actor: User,
    room: Room | None = None,
    user: User | None = None,
    guest_name: str = "",
    address: str | None = None,
    until: datetime | None = None,
    reason: str = "",
) -> Sanction:
    """Nothing they say is taken, in `room` or (None) in any, until then.

    Forbidden unless `check_authority` says otherwise; Invalid unless it names one person or one guest, or when `until` has
    passed.
    """
    made = _sanction(room, user, guest_name, address, until, reason)
    return _impose(actor, made, Sanction.Kind.MUTE)


def ban(
    *,
    actor: User,
    room: Room | None = None,
    user: User | None = None,
    guest_name: str = "",
    address: str | None = None,
    until: datetime | None = None,
    reason: str = "",
) -> Sanction:
    """They are sent out of `room` or (None) of every room, and not let in until then. Errors as of `mute`."""
    made = _sanction(room, user, guest_name, address, until, reason)
    return _impose(actor, made, Sanction.Kind.BAN)


def kick(
    *, actor: User, room: Room, user: User | None = None, guest_name: str = "", address: str | None = None, reason: str = ""
) -> Sanction:
    """They are sent out of `room` and not let in for KICK_SECONDS; their sockets stay open. Errors as of `mute`."""
    until = now() + timedelta(seconds=KICK_SECONDS)
    return _impose(actor, _sanction(room, user, guest_name, address, until, reason), Sanction.Kind.KICK)


def lift(*, actor: User, sanction: Sanction) -> Sanction:
    """End a sanction; one that was lifted already stays as it is.

    Forbidden but for staff and, of their own party, owner and hosts; what staff imposed only staff lift, and nobody lifts
    what was imposed on themselves.
    """
    with transaction.atomic():
        _lock_room(sanction.room_id)
        _check_may_lift(actor, sanction)
        locked = Sanction.objects.select_for_update(of=("self",)).select_related("room").get(pk=sanction.pk)
        if locked.lifted_at is None:
            locked.lifted_at = now()
            locked.save(update_fields=["lifted_at"])
            _announce(locked, lifted=True)
    return locked


def _check_may_lift(actor: User, sanction: Sanction) -> None:
    if _is_staff(actor):
        return
    if sanction.room is None or role_of(sanction.room, actor.pk) not in HOSTS:
        raise Forbidden
    if sanction.created_by is not None and sanction.created_by.is_staff:
        raise Forbidden(_("Staff have decided this."))
    if sanction.user_id == actor.pk:
        raise Forbidden(_("Not yourself."))


def lift_all(*, actor: User, room: Room) -> None:
    """Lift everything in force in a room. Conflict where nothing is; else as `lift`."""
    standing = list(Sanction.objects.in_force().filter(room=room).select_related("room", "created_by").order_by("pk"))
    if not standing:
        raise Conflict(_("Nobody is muted or banned in this room."))
    with transaction.atomic():
        for sanction in standing:
            lift(actor=actor, sanction=sanction)


def _sanction(
    room: Room | None, user: User | None, guest_name: str, address: str | None, until: datetime | None, reason: str
) -> Sanction:
    # The address as sockets know theirs; what is none stays, to be refused.
    written = client_address(address or "", None) or address or None
    name, reason = visible(guest_name)[:LONGEST_NAME], visible(reason)[:LONGEST_REASON]
    return Sanction(room=room, user=user, guest_name=name, address=written, until=until, reason=reason)


def _impose(actor: User, sanction: Sanction, kind: Sanction.Kind) -> Sanction:
    sanction.kind, sanction.created_by = kind, actor
    with transaction.atomic():
        _lock_room(sanction.room_id)
        check_sanction(actor=actor, sanction=sanction)
        sanction.save()
        _announce(sanction, lifted=False)
        if kind != Sanction.Kind.MUTE:
            _send_out(sanction)
    return sanction


def _lock_room(room_pk: int | None) -> None:
    """Before what belongs to it, in the order of whoever changes its roles or closes it; who may is asked under it."""
    if room_pk is not None:
        Room.objects.select_for_update(no_key=True).filter(pk=room_pk).first()


def _is_staff(actor: User) -> bool:
    return actor.is_active and actor.is_staff


def check_authority(*, actor: User, room: Room | None, user: User | None) -> None:
    """Forbidden unless staff, or owner or host of this party and above `user` in it."""
    if _is_staff(actor):
        return
    if room is None or not room.is_party:
        raise Forbidden
    mine = role_of(room, actor.pk)
    if mine not in HOSTS or (user is not None and RANKS.index(role_of(room, user.pk)) >= RANKS.index(mine)):
        raise Forbidden


def check_sanction(*, actor: User, sanction: Sanction) -> None:
    """What `mute` and `ban` would refuse, so that a form can say it before."""
    check_authority(actor=actor, room=sanction.room, user=sanction.user)
    is_of_guest = bool(sanction.guest_name or sanction.address)
    if (sanction.user is not None) == is_of_guest:
        raise Invalid.field("user", _("Name one person, or a guest by name or address."))
    if sanction.user is not None and sanction.user.pk == actor.pk:
        raise Invalid.field("user", _("Not yourself."))
    if sanction.kind == Sanction.Kind.KICK and sanction.room is None:
        raise Invalid.field("room", _("Somebody is sent out of one room."))
    if sanction.until is not None and sanction.until <= now():
        raise Invalid.field("until", _("Must be in the future."))
    if sanction.address and not client_address(sanction.address, None):
        raise Invalid.field("address", _("Not an IP address."))


def _send_out(sanction: Sanction) -> None:
    """Their sockets are closed by whoever holds them; the clock of the rooms they led goes to others at once."""
    room_pk, user_id = sanction.room_id, sanction.user_id
    if user_id is None:
        if room_pk is not None:
            presence.send_guests_out(room_id=room_pk, guest_name=sanction.guest_name, address=sanction.address)
            settle_rooms(room_pks=[room_pk])
        return
    presence.send_out(room_id=room_pk, user_id=user_id)
    if sanction.room is not None and sanction.room.is_party and sanction.user is not None:
        dismiss(room=sanction.room, user=sanction.user)
    led = Room.objects.filter(host_user_id=user_id)
    if room_pk is not None:
        led = led.filter(pk=room_pk)
    settle_rooms(room_pks=led.values_list("pk", flat=True), at_once=True)


def _announce(sanction: Sanction, *, lifted: bool) -> None:
    if sanction.room is not None:
        address = bus.room_address(sanction.room.pk)
    elif sanction.user_id is not None:
        address = bus.user_address(sanction.user_id)
    else:
        address = bus.everyone_address()
    event = Sanctioned(
        kind=cast(Kind, str(sanction.kind)),
        room_pk=sanction.room_id,
        room_id=sanction.room.room_id if sanction.room else None,
        user_id=sanction.user_id,
        address=sanction.address,
        guest_name=sanction.guest_name,
        lifted=lifted,
        reason=sanction.reason,
        until=sanction.until_text,
    )
    bus.publish(address, event)

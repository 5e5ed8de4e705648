"""Muting and banning, of people and guests, in one room or everywhere. Who may: staff."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import bus
from core.clock import now
from core.errors import Forbidden, Invalid
from core.net import client_address
from core.text import visible
from presence import services as presence
from rooms.events import Sanctioned
from rooms.models import Room, Sanction
from rooms.services.settling import settle_rooms

LONGEST_NAME, LONGEST_REASON = 64, 200


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

    Forbidden for who is not staff; Invalid unless it names one person or one guest, or when `until` has passed.
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


def lift(*, actor: User, sanction: Sanction) -> Sanction:
    """End a sanction; one that was lifted already stays as it is. Forbidden for who is not staff."""
    _check_staff(actor)
    with transaction.atomic():
        locked = Sanction.objects.select_for_update(of=("self",)).select_related("room").get(pk=sanction.pk)
        if locked.lifted_at is None:
            locked.lifted_at = now()
            locked.save(update_fields=["lifted_at"])
            _announce(locked, lifted=True)
    return locked


def _sanction(
    room: Room | None, user: User | None, guest_name: str, address: str | None, until: datetime | None, reason: str
) -> Sanction:
    # The address as sockets know theirs; what is none stays, to be refused.
    written = client_address(address or "", None) or address or None
    name, reason = visible(guest_name)[:LONGEST_NAME], visible(reason)[:LONGEST_REASON]
    return Sanction(room=room, user=user, guest_name=name, address=written, until=until, reason=reason)


def _impose(actor: User, sanction: Sanction, kind: Sanction.Kind) -> Sanction:
    check_sanction(actor=actor, sanction=sanction)
    sanction.kind, sanction.created_by = kind, actor
    with transaction.atomic():
        sanction.save()
        _announce(sanction, lifted=False)
        if kind == Sanction.Kind.BAN and sanction.user_id is not None:
            _send_out(sanction.user_id, sanction.room_id)
    return sanction


def _check_staff(actor: User) -> None:
    if not (actor.is_active and actor.is_staff):
        raise Forbidden


def check_sanction(*, actor: User, sanction: Sanction) -> None:
    """What `mute` and `ban` would refuse, so that a form can say it before."""
    _check_staff(actor)
    is_of_guest = bool(sanction.guest_name or sanction.address)
    if (sanction.user is not None) == is_of_guest:
        raise Invalid.field("user", _("Name one person, or a guest by name or address."))
    if sanction.user is not None and sanction.user.pk == actor.pk:
        raise Invalid.field("user", _("Not yourself."))
    if sanction.until is not None and sanction.until <= now():
        raise Invalid.field("until", _("Must be in the future."))
    if sanction.address and not client_address(sanction.address, None):
        raise Invalid.field("address", _("Not an IP address."))


def _send_out(user_id: int, room_pk: int | None) -> None:
    """Their sockets are closed by whoever holds them; the clock of the rooms they led goes to others at once."""
    presence.send_out(room_id=room_pk, user_id=user_id)
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
        kind="ban" if sanction.kind == Sanction.Kind.BAN else "mute",
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

"""Keeping order by name: a host knows a guest's name, never their address, yet what is imposed on a guest sticks to it.
And what was said goes, whoever said it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.selectors import user_by_username
from core.errors import Invalid, NotFound
from core.text import visible
from messaging.message_view import MessageView
from messaging.models import Message
from messaging.services import take_out_message
from presence.selectors import live_attendances
from rooms.data import Kind
from rooms.models import Room, Sanction
from rooms.services.sanctions import ban, check_authority, kick, mute


def sanction_named(
    *,
    actor: User,
    room: Room,
    kind: Kind,
    username: str = "",
    guest_name: str = "",
    until: datetime | None = None,
    reason: str = "",
) -> list[Sanction]:
    """Mute, kick or ban an account, or a guest: by the address of each guest of that name who is here, else by the name.

    Forbidden as `check_authority`; NotFound for an unknown account; Invalid unless exactly one of the two is named, and as
    `mute`. `until` says nothing about a kick, which ends by itself.
    """
    if bool(username) == bool(guest_name):
        raise Invalid.field("username", _("Name one person, or a guest by name."))
    check_authority(actor=actor, room=room, user=None)
    with transaction.atomic():
        if username:
            person = user_by_username(username)
            if person is None:
                raise NotFound(_("There is nobody of this name."))
            return [_impose(actor, room, kind, until, reason, user=person)]
        return [
            _impose(actor, room, kind, until, reason, guest_name=guest_name, address=address)
            for address in _addresses_of(room, visible(guest_name))
        ]


def remove_message(*, actor: User, room: Room, message_id: int) -> MessageView:
    """Take out of a room what one said there oneself or, for staff, owner and hosts, what anybody said. Idempotent.

    Forbidden for others, so that they learn of no id; NotFound for a message that is not of this room. Locks the conversation.
    """
    said = Message.objects.filter(pk=message_id, conversation_id=room.conversation_id).first()
    if said is None or said.sender_id != actor.pk:
        check_authority(actor=actor, room=room, user=None)
    if said is None:
        raise NotFound
    return take_out_message(message_id=said.pk)


def _addresses_of(room: Room, name: str) -> list[str | None]:
    """None alone where nobody of the name is here, or came from no address: then the name has to do."""
    guests = live_attendances([room.pk]).filter(user=None, guest_name=name, address__isnull=False)
    return list(guests.order_by("address").values_list("address", flat=True).distinct()) or [None]


def _impose(
    actor: User,
    room: Room,
    kind: Kind,
    until: datetime | None,
    reason: str,
    *,
    user: User | None = None,
    guest_name: str = "",
    address: str | None = None,
) -> Sanction:
    if kind == "kick":
        return kick(actor=actor, room=room, user=user, guest_name=guest_name, address=address, reason=reason)
    act = ban if kind == "ban" else mute
    return act(actor=actor, room=room, user=user, guest_name=guest_name, address=address, until=until, reason=reason)

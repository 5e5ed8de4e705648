"""What people are in a party: hosts are made and unmade, it is handed over, somebody leaves it for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.selectors import user_by_username
from core import bus
from core.deadlocks import tried_again
from core.errors import Conflict, Forbidden, Invalid, NotFound
from presence import services as presence
from rooms.data import HOSTS, Role
from rooms.events import RoleChanged
from rooms.models import Room, RoomRole
from rooms.selectors import room_by_pk
from rooms.services.announcing import announce_settings
from rooms.services.closing import close_locked
from rooms.services.settling import settle_rooms

OWNER, HOST, MEMBER = RoomRole.Role.OWNER, RoomRole.Role.HOST, RoomRole.Role.MEMBER


@contextmanager
def locked_party(room_pk: int) -> Iterator[Room]:
    """A party that is open, under the lock of its row. NotFound. One whose owner's account was deleted gets its next one."""
    with transaction.atomic():
        if not Room.objects.select_for_update(no_key=True).filter(pk=room_pk, kind=Room.Kind.PARTY).exists():
            raise NotFound
        room = room_by_pk(room_pk)
        if room.owner_id is None:
            pass_on(room)
        yield room


@tried_again
def set_role(*, actor: User, room: Room, username: str, role: str) -> RoomRole:
    """Make somebody who belongs to a party its host, a plain member, or its owner in the actor's place, who stays a host.

    Forbidden but for the owner and staff; NotFound for who does not belong to it; Invalid for another role, and for the
    owner's own: it is given to somebody else. Announces each role that changed.
    """
    if role not in RoomRole.Role.values:
        raise Invalid.field("role", _("One of: owner, host, member."))
    with locked_party(room.pk) as party:
        check_owner(actor, party)
        theirs = _role_named(party, username)
        if theirs.role != role:
            if theirs.role == OWNER:
                raise Invalid.field("role", _("Hand the party over to somebody else first."))
            _hand_over(party, theirs) if role == OWNER else _give(party, theirs, role)
        return theirs


@tried_again
def hand_on(*, actor: User, room: Room) -> None:
    """Give a party to the host, else the member, of longest standing; its owner stays a host. Forbidden but for the owner and
    staff, Conflict where there is nobody else.
    """
    with locked_party(room.pk) as party:
        check_owner(actor, party)
        if not pass_on(party):
            raise Conflict(_("There is nobody else in the party."))


@tried_again
def leave_party(*, actor: User, room: Room) -> None:
    """Belong to a party no more. An owner's place goes to the host, else the member, of longest standing; a party without
    people is closed. NotFound for who does not belong to it.
    """
    with locked_party(room.pk) as party:
        mine = _role_named(party, actor.username)
        mine.delete()
        _announce(party, actor, "guest")
        presence.send_out(room_id=party.pk, user_id=actor.pk)
        if mine.role == OWNER and not pass_on(party):
            close_locked(party)
        else:
            settle_rooms(room_pks=[party.pk], at_once=party.host_user_id == actor.pk)


def dismiss(*, room: Room, user: User) -> None:
    """Somebody who was sent out belongs to a party no more, its owner excepted. Only inside a transaction."""
    gone, _by_model = RoomRole.objects.filter(room=room, user=user).exclude(role=OWNER).delete()
    if gone:
        _announce(room, user, "guest")


def check_owner(actor: User, party: Room) -> None:
    if party.owner_id != actor.pk and not (actor.is_active and actor.is_staff):
        raise Forbidden


def check_host(actor: User, room: Room) -> None:
    """Forbidden unless the actor is owner or host of a party, or staff."""
    is_host = RoomRole.objects.filter(room=room, user=actor, role__in=HOSTS).exists()
    if not is_host and not (actor.is_active and actor.is_staff):
        raise Forbidden


def _role_named(party: Room, username: str) -> RoomRole:
    person = user_by_username(username)
    theirs = RoomRole.objects.select_related("user").filter(room=party, user=person).first() if person else None
    if theirs is None:
        raise NotFound(_("There is nobody of this name in the party."))
    return theirs


def _give(party: Room, theirs: RoomRole, role: Role | str) -> None:
    theirs.role = role
    theirs.save(update_fields=["role"])
    _announce(party, theirs.user, RoomRole.Role(role).value)


def _hand_over(party: Room, heir: RoomRole) -> None:
    """One owner at any moment: the old one's role goes first."""
    before = RoomRole.objects.select_related("user").filter(room=party, role=OWNER).first()
    if before is not None:
        _give(party, before, HOST)
    _give(party, heir, OWNER)
    Room.objects.filter(pk=party.pk).update(owner=heir.user)
    party.owner = heir.user
    announce_settings(party)
    # The room follows the player of its new owner, if that is there.
    settle_rooms(room_pks=[party.pk])


def pass_on(party: Room) -> bool:
    """False when there is nobody to take it."""
    rows = RoomRole.objects.select_related("user").filter(room=party, user__is_active=True).exclude(role=OWNER)
    heir = rows.filter(role=HOST).order_by("since", "pk").first() or rows.order_by("since", "pk").first()
    if heir is not None:
        _hand_over(party, heir)
    return heir is not None


def _announce(party: Room, person: User, role: Role | str) -> None:
    event = RoleChanged(
        room_pk=party.pk,
        room_id=party.room_id,
        user_id=person.pk,
        username=person.username,
        role=role,  # type: ignore[arg-type]
    )
    bus.publish(bus.room_address(party.pk), event)

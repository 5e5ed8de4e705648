"""What people are in a room, and what the database itself holds about parties."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts import services as accounts
from accounts.models import User
from rooms.models import Room, RoomRole
from rooms.selectors import role_of

pytestmark = pytest.mark.django_db


def test_in_a_public_room_staff_are_hosts(room: Room, alice: User, staff: User) -> None:
    assert [role_of(room, user_id) for user_id in (None, alice.pk, staff.pk)] == ["guest", "member", "host"]
    accounts.deactivate(actor=None, user=staff)
    assert role_of(room, staff.pk) == "member"


@pytest.mark.parametrize(
    "of_a_party", [{"password": "hash"}, {"invite_key": "key"}, {"capacity": 2}, {"closed_at": "2026-11-28T00:00Z"}]
)
def test_a_public_room_is_nobodys_and_open(room: Room, alice: User, of_a_party: dict[str, Any]) -> None:
    for fields in (of_a_party, {"owner": alice}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Room.objects.filter(pk=room.pk).update(**fields)


def test_one_owner_and_one_role_each(room: Room, alice: User, bob: User) -> None:
    RoomRole.objects.create(room=room, user=alice, role="owner")
    for user, role in ((bob, "owner"), (alice, "member")):
        with pytest.raises(IntegrityError), transaction.atomic():
            RoomRole.objects.create(room=room, user=user, role=role)

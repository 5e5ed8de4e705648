"""Two who want the same rows of a party at once: neither is refused for it. On SQLite one simply comes after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import User
from presence.models import Attendance
from rooms import services
from rooms.models import Room, RoomRole, Sanction
from tests.locks import until_somebody_waits_for_us
from tests.rooms.conftest import ComeIn

pytestmark = pytest.mark.django_db(transaction=True)

R = TypeVar("R")


@pytest.fixture
def party(alice: User, bob: User, room: Room) -> Room:
    """The room as alice's party, bob a host of it."""
    Room.objects.filter(pk=room.pk).update(kind="party", owner=alice)
    RoomRole.objects.create(room=room, user=alice, role="owner")
    RoomRole.objects.create(room=room, user=bob, role="host")
    room.refresh_from_db()
    return room


def meanwhile(pool: ThreadPoolExecutor, room: Room, act: Callable[[], R]) -> Future[R]:
    """Somebody else acts while we hold the room; returns once they wait for us."""

    def there() -> R:
        try:
            return act()
        finally:
            connection.close()

    Room.objects.select_for_update(no_key=True).get(pk=room.pk)
    future = pool.submit(there)
    until_somebody_waits_for_us()
    return future


def test_leaving_while_the_party_closes(bob: User, party: Room, come_in: ComeIn) -> None:
    """Whoever of the two the database ends; the one that began to wait first, which is who leaves, unless we are slow."""
    here = come_in(bob)
    with ThreadPoolExecutor(1) as pool:
        with suppress(OperationalError), transaction.atomic():
            left = meanwhile(pool, party, here.leave)
            Attendance.objects.filter(room_id=party.pk).delete()
        left.result(60)
    assert not Attendance.objects.exists()


def test_a_kick_while_roles_change(alice: User, bob: User, party: Room, come_in: ComeIn) -> None:
    """Room first, then role: the two come after each other."""
    come_in(bob)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            kicked = meanwhile(pool, party, lambda: services.kick(actor=alice, room=party, user=bob))
            RoomRole.objects.filter(room=party, user=bob).update(role="member")
        kicked.result(60)
    assert Sanction.objects.get().user == bob
    assert not RoomRole.objects.filter(room=party, user=bob).exists()

"""Two who want the same rows of a party at once come after each other; neither is refused for waiting. SQLite lets one in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import User
from core.errors import Forbidden
from presence.models import Attendance
from rooms import services
from rooms.models import Room, RoomRole, Sanction
from tests.locks import until_somebody_waits_for_us
from tests.rooms.conftest import ComeIn

pytestmark = pytest.mark.django_db(transaction=True)

R = TypeVar("R")
Act = Callable[[User, Room, User], object]


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


@pytest.mark.parametrize(
    "act",
    [
        lambda host, room, other: services.mute(actor=host, room=room, user=other),
        lambda host, room, other: services.ban(actor=host, room=room, user=other),
        lambda host, room, other: services.kick(actor=host, room=room, user=other),
        lambda host, room, other: services.lift_all(actor=host, room=room),
    ],
)
def test_who_is_host_no_longer_decides_nothing(act: Act, alice: User, bob: User, charlie: User, party: Room) -> None:
    """The roles that count are those once the room is theirs to change, not those when they asked."""
    services.mute(actor=alice, room=party, guest_name="rude")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            decided = meanwhile(pool, party, lambda: act(bob, party, charlie))
            RoomRole.objects.filter(room=party, user=bob).update(role="member")
        with pytest.raises(Forbidden):
            decided.result(60)
    assert Sanction.objects.in_force().get().guest_name == "rude"

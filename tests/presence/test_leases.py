"""A row counts only while the lease of its process is fresh."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from presence import services
from presence.models import Attendance, Process, Socket, Status
from presence.rows import Attending, SocketRow
from presence.selectors import connected_users, live_attendances, statuses_of
from tests.presence.conftest import OpenSocket, kill, make_server

pytestmark = pytest.mark.django_db


def online_users(user_ids: list[int]) -> set[int]:
    return {user_id for user_id, status in statuses_of(user_ids).items() if status.is_online}


def rows_for(*users: User) -> list[SocketRow]:
    return [SocketRow(id=uuid.uuid4(), user_id=user.pk, door="sync") for user in users]


def test_a_killed_server_takes_its_people_offline_by_itself(server: Process, alice: User, opened: OpenSocket) -> None:
    socket_id = opened(alice)
    services.attend([Attending(socket_id=socket_id, room_id=7, user_id=alice.pk, door="sync")])
    Status.objects.update(last_seen_at="2020-01-01T00:00:00Z")
    assert online_users([alice.pk]) == {alice.pk}
    assert live_attendances([7]).count() == 1
    kill(server)
    assert connected_users([alice.pk]) == set()
    assert online_users([alice.pk]) == set()
    assert not live_attendances([7]).exists()


def test_a_sweep_removes_dead_servers_and_announces_their_people(
    server: Process, other_server: Process, alice: User, bob: User, opened: OpenSocket, captured_events: Any
) -> None:
    socket_id = opened(alice, process=other_server)
    opened(bob)
    services.attend([Attending(socket_id=socket_id, room_id=7, user_id=alice.pk, door="sync")])
    kill(other_server)
    with captured_events() as heard:
        swept = services.sweep(process_id=server.pk)
    assert (swept.processes, swept.user_ids, swept.room_ids) == (1, {alice.pk}, {7})
    assert [(address, event.username, event.is_online) for address, event in heard] == [
        (f"presence.{alice.pk}", "alice", False)
    ]
    assert not Process.objects.filter(pk=other_server.pk).exists()
    assert list(Socket.objects.values_list("user_id", flat=True)) == [bob.pk]
    with captured_events() as heard:
        assert services.sweep(process_id=server.pk).processes == 0
    assert heard == []


def test_people_who_came_back_elsewhere_stay_online_through_a_sweep(
    server: Process, other_server: Process, alice: User, opened: OpenSocket, captured_events: Any
) -> None:
    opened(alice, process=other_server)
    kill(other_server)
    opened(alice, process=server)
    with captured_events() as heard:
        assert services.sweep(process_id=server.pk).processes == 1
    assert heard == []
    assert online_users([alice.pk]) == {alice.pk}


def test_after_the_database_stood_still_nobody_is_swept(
    server: Process, other_server: Process, alice: User, opened: OpenSocket
) -> None:
    """Every lease has ended at once. Whoever renews first must give the others the time to renew too."""
    opened(alice, process=other_server)
    kill(server)
    kill(other_server)
    assert services.renew(process_id=server.pk) is True
    assert services.sweep(process_id=server.pk).processes == 0
    assert services.renew(process_id=other_server.pk) is True
    assert connected_users([alice.pk]) == {alice.pk}


def test_a_server_that_just_started_or_does_not_renew_sweeps_nobody(other_server: Process, db: None) -> None:
    kill(other_server)
    young = services.start_process()
    assert services.sweep(process_id=young.pk).processes == 0
    dead = make_server()
    kill(dead)
    assert services.sweep(process_id=dead.pk).processes == 0
    assert services.sweep(process_id=make_server().pk).processes == 2


def test_a_renewal_says_when_the_lease_had_been_swept(server: Process, alice: User) -> None:
    assert services.renew(process_id=server.pk) is True
    Process.objects.all().delete()
    services.open_sockets(process_id=server.pk, rows=rows_for(alice))
    assert not Socket.objects.exists()
    assert services.renew(process_id=server.pk) is False
    services.open_sockets(process_id=server.pk, rows=rows_for(alice))
    assert connected_users([alice.pk]) == {alice.pk}
    assert services.renew(process_id=server.pk) is True


def test_a_server_that_ends_leaves_nothing_behind(server: Process, alice: User, opened: OpenSocket) -> None:
    opened(alice)
    services.end_process(process_id=server.pk)
    assert not Socket.objects.exists()
    assert connected_users([alice.pk]) == set()


def test_a_person_deleted_meanwhile_breaks_no_batch(server: Process, alice: User, bob: User) -> None:
    rows = [*rows_for(alice, bob), SocketRow(id=uuid.uuid4(), user_id=None, door="chat")]
    bob.delete()
    services.open_sockets(process_id=server.pk, rows=rows)
    assert set(Socket.objects.values_list("id", flat=True)) == {rows[0].id, rows[2].id}
    services.attend([Attending(socket_id=row.id, room_id=7, user_id=row.user_id, guest_name="", door="chat") for row in rows])
    assert set(Attendance.objects.values_list("socket_id", flat=True)) == {rows[0].id, rows[2].id}
    services.settle(user_ids=[row.user_id for row in rows if row.user_id])
    assert online_users([row.user_id for row in rows if row.user_id]) == {alice.pk}


def test_writing_twice_changes_nothing(server: Process, alice: User) -> None:
    rows = rows_for(alice)
    attending = [Attending(socket_id=rows[0].id, room_id=7, user_id=alice.pk, door="sync")]
    for _time in range(2):
        services.open_sockets(process_id=server.pk, rows=rows)
        services.attend(attending)
    assert (Socket.objects.count(), Attendance.objects.count()) == (1, 1)
    for _time in range(2):
        services.unattend([(rows[0].id, 7)])
        assert services.close_sockets(process_id=server.pk, ids=[rows[0].id]) in ({alice.pk}, set())
    assert (Socket.objects.count(), Attendance.objects.count()) == (0, 0)


def queries_of_a_day(server: Process, users: list[User]) -> int:
    rows = rows_for(*users)
    ids = [user.pk for user in users]
    with CaptureQueriesContext(connection) as counted:
        services.open_sockets(process_id=server.pk, rows=rows)
        services.settle(user_ids=ids)
        services.attend([Attending(socket_id=row.id, room_id=7, user_id=row.user_id, door="sync") for row in rows])
        services.unattend([(row.id, 7) for row in rows])
        services.close_sockets(process_id=server.pk, ids=[row.id for row in rows])
        services.settle(user_ids=ids)
    return len(counted)


def test_a_batch_costs_the_same_number_of_queries_whatever_its_size(server: Process, alice: User) -> None:
    crowd = User.objects.bulk_create(
        [
            User(username=f"fan{n}", username_key=f"fan{n}", email=f"fan{n}@example.com", email_key=f"fan{n}@example.com")
            for n in range(40)
        ]
    )
    assert queries_of_a_day(server, crowd) == queries_of_a_day(server, [alice])

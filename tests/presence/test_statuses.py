"""What is announced about people, and what others may know."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from accounts.services import update_profile
from core.events import decode, encode
from presence import services
from presence.models import Process, Status
from presence.selectors import last_seen_of, statuses_of
from tests.presence.conftest import OpenSocket

pytestmark = pytest.mark.django_db


def told(heard: list[tuple[str, Any]]) -> list[tuple[str, bool]]:
    return [(event.username, event.is_online) for _address, event in heard]


def test_the_first_socket_and_the_last_are_announced(
    server: Process, alice: User, opened: OpenSocket, captured_events: Any
) -> None:
    with captured_events() as heard:
        first, second = opened(alice), opened(alice)
        assert told(heard) == [("alice", True)]
        assert services.close_sockets(process_id=server.pk, ids=[first]) == {alice.pk}
        services.settle(user_ids=[alice.pk])
        assert told(heard) == [("alice", True)]
        services.close_sockets(process_id=server.pk, ids=[second])
        services.settle(user_ids=[alice.pk])
    assert told(heard) == [("alice", True), ("alice", False)]
    gone = heard[1][1]
    assert decode(encode(gone)) == gone
    assert gone.last_seen_at <= gone.at


def test_a_reload_is_invisible(server: Process, alice: User, opened: OpenSocket, captured_events: Any) -> None:
    socket_id = opened(alice)
    with captured_events() as heard:
        services.close_sockets(process_id=server.pk, ids=[socket_id])
        assert statuses_of([alice.pk])[alice.pk].is_online, "still within the grace"
        opened(alice)
        services.settle(user_ids=[alice.pk])
    assert heard == []


def test_who_hides_is_seen_offline_and_announced_so(alice: User, opened: OpenSocket, captured_events: Any) -> None:
    opened(alice)
    with captured_events() as heard:
        update_profile(actor=alice, shows_presence=False)
        opened(alice)
    assert told(heard) == [("alice", False)]
    assert heard[0][1].last_seen_at is None
    status = statuses_of([alice.pk])[alice.pk]
    assert (status.is_online, status.last_seen_at) == (False, None)
    assert last_seen_of([alice.pk])
    with captured_events() as heard:
        update_profile(actor=alice, shows_presence=True)
    assert told(heard) == [("alice", True)]


def test_who_hides_comes_and_goes_unseen(server: Process, alice: User, opened: OpenSocket, captured_events: Any) -> None:
    update_profile(actor=alice, shows_presence=False)
    with captured_events() as heard:
        services.close_sockets(process_id=server.pk, ids=[opened(alice)])
        services.settle(user_ids=[alice.pk])
    assert heard == []


def test_people_never_seen_and_unknown_ids_are_offline(alice: User) -> None:
    assert {status.is_online for status in statuses_of([alice.pk, 2**40]).values()} == {False}
    services.settle(user_ids=[2**40])
    assert not Status.objects.filter(user_id=2**40).exists()


def test_a_sweep_heals_announcements_that_were_never_made(
    server: Process, alice: User, bob: User, opened: OpenSocket, captured_events: Any
) -> None:
    """The process that should have said so ended first: alice has left for long, bob is here."""
    socket_id = opened(alice)
    opened(bob)
    services.close_sockets(process_id=server.pk, ids=[socket_id])
    Status.objects.filter(user=alice).update(last_seen_at="2020-01-01T00:00:00Z")
    Status.objects.filter(user=bob).update(is_online=False)
    with captured_events() as heard:
        services.sweep(process_id=server.pk)
    assert sorted(told(heard)) == [("alice", False), ("bob", True)]


@pytest.mark.django_db(transaction=True)
def test_servers_that_settle_at_once_announce_once(
    server: Process, alice: User, bob: User, opened: OpenSocket, captured_events: Any
) -> None:
    sockets = [opened(alice), opened(bob)]
    services.close_sockets(process_id=server.pk, ids=sockets)
    start = threading.Barrier(4)

    def settle() -> None:
        try:
            start.wait(20)
            services.settle(user_ids=[alice.pk, bob.pk])
        finally:
            connection.close()

    with captured_events() as heard:
        threads = [threading.Thread(target=settle) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert sorted(told(heard)) == [("alice", False), ("bob", False)]

"""Servers and sockets as rows; a dead server is one whose lease has not been renewed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import User
from presence import services
from presence.models import Process
from presence.rows import SocketRow

OpenSocket = Callable[..., uuid.UUID]


@pytest.fixture(autouse=True)
def _patient(settings: Any) -> None:
    """However slow the machine, no lease ends that a test did not end."""
    settings.PRESENCE_LEASE_SECONDS = 600


def make_server() -> Process:
    """A server that has been running for long enough to sweep."""
    process = services.start_process()
    Process.objects.filter(pk=process.pk).update(sweeps_from=F("sweeps_from") - timedelta(days=1))
    return process


def kill(process: Process) -> None:
    """What a killed server leaves behind, an hour later."""
    Process.objects.filter(pk=process.pk).update(renewed_at=Now() - timedelta(hours=1))


@pytest.fixture
def server(db: None) -> Process:
    return make_server()


@pytest.fixture
def other_server(db: None) -> Process:
    return make_server()


@pytest.fixture
def opened(server: Process) -> OpenSocket:
    """`opened(alice)`: a written socket of hers, announced."""

    def open_socket(user: User | None, *, process: Process | None = None, door: str = "chat") -> uuid.UUID:
        row = SocketRow(id=uuid.uuid4(), user_id=user.pk if user else None, door=door)
        services.open_sockets(process_id=(process or server).pk, rows=[row])
        if user is not None:
            services.settle(user_ids=[user.pk])
        return row.id

    return open_socket

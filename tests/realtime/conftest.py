"""The house that these tests share."""

from __future__ import annotations

import pytest

from tests.realtime.house import House, make_house
from tests.realtime.people import alice, bob, charlie, chat, place  # noqa: F401
from tests.rig.fixtures import IS_EMBEDDED
from tests.rig.servers import Server

# Two processes hear each other through Redis only.
collect_ignore = ["test_processes.py"] if IS_EMBEDDED else []


@pytest.fixture(scope="session")
def house(server: Server) -> House:
    return make_house(server, people=200, rooms=220, steered=50, parties=16)

"""The world of these tests, in this process and on the server that all tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.doors.server_world import make_world
from tests.doors.worlds import World
from tests.rig.servers import Server


@pytest.fixture
def world(api: Callable[..., APIClient]) -> World:
    return World(api)


@pytest.fixture(scope="session")
def server_world(server: Server) -> dict[str, Any]:
    """Names of what is there, as `make_world` gives them."""
    return make_world(server)


@pytest.fixture
def office(world: World) -> Client:
    """Staff in the admin, in English."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(world.people["staff"])
    assert client.get("/admin/").status_code == 200  # The session has its login from here on.
    return client

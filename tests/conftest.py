"""The cast and the clients. alice owns, bob takes part, charlie is the stranger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from accounts import services as accounts
from accounts.models import User
from core import bus, limits

pytest_plugins = ["tests.rig.fixtures"]

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _fast_and_fresh(settings: Any, tmp_path: Any) -> Iterator[None]:
    """Cheap hashes, files in a temporary folder, no counters of the test before."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()
    limits.shared.clear()
    yield
    cache.clear()


def make_user(username: str, **extra: Any) -> User:
    user = accounts.register(username=username, email=f"{username}@example.com", password=PASSWORD)
    for name, value in extra.items():
        setattr(user, name, value)
    if extra:
        user.save()
    return user


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("bob")


@pytest.fixture
def charlie(db: None) -> User:
    return make_user("charlie")


@pytest.fixture
def staff(db: None) -> User:
    """A member of staff with every right in the admin."""
    return make_user("staff", is_staff=True, is_superuser=True)


@pytest.fixture
def api() -> Callable[..., APIClient]:
    """`api(alice)` speaks with alice's token, `api()` with none. English words unless asked otherwise."""

    def client(user: User | None = None, **headers: str) -> APIClient:
        made = APIClient(HTTP_ACCEPT_LANGUAGE="en", **headers)
        if user is not None:
            made.credentials(HTTP_AUTHORIZATION=f"Bearer {accounts.log_in(user=user).access}")
        return made

    return client


@pytest.fixture
def captured_events() -> Callable[[], AbstractContextManager[list[tuple[str, Any]]]]:
    return bus.captured

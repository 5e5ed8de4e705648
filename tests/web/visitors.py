"""Somebody with a browser, for the tests of pages."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.conftest import PASSWORD


def visitor(name: str | None = None, *, language: str = "en", **more: Any) -> Client:
    """A browser; signed in through the form when a name is given."""
    client = Client(headers={"accept-language": language, "user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}, **more)
    if name is not None:
        assert client.post("/login", {"name": name, "password": PASSWORD}).status_code == 302
    return client

"""Whether the process lives, and whether it can do its work; the API's own page."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client

from web import health


def test_healthz_asks_nobody(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_readyz_when_everything_answers(client: Client) -> None:
    response = client.get("/readyz")
    assert response.json() == {"status": "ok", "database": "ok", "layer": "ok"}
    assert response.status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("broken", "name"), [("_reach_database", "database"), ("_reach_layer", "layer")])
def test_readyz_names_what_is_down(client: Client, broken: str, name: str) -> None:
    with patch.object(health, broken, side_effect=OperationalError("gone")):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()[name] == "unreachable"
    assert response.json()["status"] == "unavailable"


@pytest.mark.django_db(transaction=True)
def test_readyz_does_not_wait_for_ever(client: Client, monkeypatch: Any) -> None:
    """A store that hangs: the check is given up after its time, whatever it goes on doing."""
    import threading

    release = threading.Event()
    monkeypatch.setattr(health, "SECONDS", 0.05)
    monkeypatch.setattr(health, "_reach_layer", lambda: release.wait(60))
    try:
        assert client.get("/readyz").json()["layer"] == "unreachable"
    finally:
        release.set()


@pytest.mark.django_db(transaction=True)
def test_readyz_when_redis_is_not_there(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert client.get("/readyz").json()["layer"] == "unreachable"


def test_the_apis_page_and_description(client: Client) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert "connect-src 'self';" in page["Content-Security-Policy"] + ";"
    assert "ws:" not in page["Content-Security-Policy"]
    description = client.get("/api/schema").json()
    assert description["openapi"].startswith("3.")
    assert "/api/movies" in description["paths"]
    assert "/auth/login" in description["paths"]
    assert not [path for path in description["paths"] if path.startswith(("/api/schema", "/api/docs", "/settings"))]


def test_the_protocol_is_a_page_with_its_chapters(client: Client) -> None:
    page = client.get("/docs/protocol").content.decode()
    assert '<h2 id="errors">Errors</h2>' in page
    assert '<a href="#errors">Errors</a>' in page
    assert "<td><code>ping</code></td>" in page
    assert "|---|" not in page

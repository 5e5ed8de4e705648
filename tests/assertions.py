"""Domain assertions, so that a test case stays at a few lines."""

from __future__ import annotations

import re
from typing import Any

TIME_MS = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
TIME_S = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


def assert_envelope(body: dict[str, Any], code: int, slug: str | None = None) -> None:
    """`body` is the one error shape, with this status and slug."""
    assert isinstance(body["detail"], str), body
    assert body["detail"], body
    assert body["code"] == code, body
    assert TIME_MS.match(body["timestamp"]), body
    assert isinstance(body["error"], str), body
    if slug is not None:
        assert body["error"] == slug, body


def assert_error(response: Any, code: int, slug: str | None = None, *, field: str | None = None) -> None:
    """A response of any client (Django's, DRF's, httpx) is the documented error."""
    assert response.status_code == code, (response.status_code, response.content[:500])
    assert "json" in response.headers["content-type"], response.headers
    body = response.json()
    assert_envelope(body, code, slug)
    if field is not None:
        assert field in body["errors"], body

"""Which paths are the API's: they speak JSON whatever happens, and take a trailing slash or none."""

from __future__ import annotations

import re

API_PREFIXES = ("api", "auth", "messages", "groups", "devices", "files", "conversations", "ws")
_API = re.compile(rf"^/(?:{'|'.join(API_PREFIXES)})(?:/|$)")


def is_api(path: str) -> bool:
    return _API.match(path) is not None


def is_films_dialect(path: str) -> bool:
    """Under /api/ an answer also has `status` and `message`."""
    return path == "/api" or path.startswith("/api/")

"""What presence announces."""

from __future__ import annotations

from core.events import Event


class StatusChanged(Event, frozen=True, kw_only=True):
    """A person came online or went offline; told to `bus.presence_address(user_id)`. Times are ISO 8601 with milliseconds."""

    user_id: int
    username: str
    is_online: bool
    at: str
    last_seen_at: str | None = None

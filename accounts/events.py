"""What accounts announce, each to the address of the person."""

from __future__ import annotations

from core.events import Event


class LoginEnded(Event, frozen=True, kw_only=True):
    """Sockets of these logins must close; None is every login of the person."""

    user_id: int
    login_ids: list[str] | None


class AccountRenamed(Event, frozen=True, kw_only=True):
    user_id: int
    username: str

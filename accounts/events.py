"""What accounts announce, each to the address of the person."""

from __future__ import annotations

from core.events import Event


class LoginEnded(Event, frozen=True, kw_only=True):
    """Sockets of these logins must close; None is every login of the person."""

    user_id: int
    login_ids: list[str] | None


class BlockChanged(Event, frozen=True, kw_only=True):
    """One person blocks another, or does no more. To both."""

    blocker_id: int
    blocked_id: int
    is_blocked: bool


class AccountRenamed(Event, frozen=True, kw_only=True):
    user_id: int
    username: str

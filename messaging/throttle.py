"""How often a person may send. Doors ask before they call a service; all doors of a process share the count."""

from __future__ import annotations

from django.conf import settings

from core import limits
from core.errors import TooManyRequests


def check_may_send(user_id: int) -> None:
    """One more message by this person. TooManyRequests with `retry_after` beyond LIMIT_MESSAGES_PER_SECOND."""
    wait = limits.take(f"messages:{user_id}", settings.LIMIT_MESSAGES_PER_SECOND, settings.LIMIT_MESSAGE_BURST)
    if wait is not None:
        raise TooManyRequests(retry_after=wait)

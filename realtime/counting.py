"""How many sockets, and how fast: per process, in memory."""

from __future__ import annotations

import time
from collections import Counter, deque

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import TooManyRequests


class Admission:
    """Sockets per user and per address, connects per minute and address."""

    def __init__(self) -> None:
        self._by_address: Counter[str] = Counter()
        self._by_user: Counter[int] = Counter()
        self._minutes: dict[str, tuple[float, int]] = {}

    def admit(self, address: str) -> None:
        """Count one socket from this address. TooManyRequests changes nothing."""
        self._count_connect(address)
        most = settings.LIMIT_SOCKETS_PER_ADDRESS
        if most and self._by_address[address] >= most:
            raise TooManyRequests(_("Too many connections from this address."), slug="too_many_sockets", retry_after=10)
        self._by_address[address] += 1

    def leave(self, address: str) -> None:
        _decrease(self._by_address, address)

    def admit_user(self, user_id: int) -> None:
        most = settings.LIMIT_SOCKETS_PER_USER
        if most and self._by_user[user_id] >= most:
            raise TooManyRequests(_("Too many connections of this account."), slug="too_many_sockets", retry_after=10)
        self._by_user[user_id] += 1

    def leave_user(self, user_id: int) -> None:
        _decrease(self._by_user, user_id)

    def _count_connect(self, address: str) -> None:
        most = settings.LIMIT_CONNECTS_PER_MINUTE
        if not most:
            return
        now = time.monotonic()
        if len(self._minutes) > 10_000:
            self._minutes = {key: kept for key, kept in self._minutes.items() if now - kept[0] < 60}
        began, count = self._minutes.get(address, (now, 0))
        if now - began >= 60:
            began, count = now, 0
        if count >= most:
            raise TooManyRequests(slug="too_many_connects", retry_after=60 - (now - began))
        self._minutes[address] = (began, count + 1)


def _decrease(counter: Counter[str] | Counter[int], key: str | int) -> None:
    counter[key] -= 1  # type: ignore[index]
    if counter[key] <= 0:  # type: ignore[index]
        del counter[key]


class Flood:
    """Refused frames of one socket: more than `MOST` within `SECONDS` and it has to go (4029)."""

    __slots__ = ("_refused",)
    MOST, SECONDS = 50, 10.0

    def __init__(self) -> None:
        self._refused: deque[float] | None = None

    def refused(self) -> bool:
        """Count one refusal; True when it was one too many."""
        now = time.monotonic()
        if self._refused is None:
            self._refused = deque(maxlen=self.MOST)
        full = len(self._refused) == self.MOST and now - self._refused[0] < self.SECONDS
        self._refused.append(now)
        return full

"""Token buckets, in this process's memory: how often somebody may do something, whichever door they use."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_BUCKETS = 100_000


class Buckets:
    """Buckets by key. The least recently used are forgotten beyond `most`: they are full again anyway, or nearly."""

    def __init__(self, most: int = MOST_BUCKETS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """What was in the bucket, and when."""

    def take(self, key: str, rate: float, burst: float) -> float | None:
        """Take one token of a bucket that holds `burst` and gains `rate` a second.

        None when there was one, else the seconds until there is (nothing is taken then). Rate 0 is no limit.
        """
        if not rate:
            return None
        burst = max(burst, 1)
        with self._lock:
            at = self._clock()
            level, since = self._buckets.pop(key, (burst, at))
            level = min(burst, level + (at - since) * rate)
            taken = level >= 1
            self._buckets[key] = (level - taken, at)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        return None if taken else (1 - level) / rate

    def clear(self) -> None:
        with self._lock:
            self._buckets.clear()


shared = Buckets()


def take(key: str, rate: float, burst: float) -> float | None:
    """`Buckets.take` of the buckets that every door of this process shares."""
    return shared.take(key, rate, burst)

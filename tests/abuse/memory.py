"""How much memory a server process holds."""

from __future__ import annotations

import psutil

MEBIBYTE = 1024 * 1024


class Memory:
    """Resident memory of a process since this was made."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._before = self._process.memory_info().rss
        self.peak = 0

    def grown(self) -> int:
        """Bytes more than at the start; also remembered in `peak`."""
        more = self._process.memory_info().rss - self._before
        self.peak = max(self.peak, more)
        return more

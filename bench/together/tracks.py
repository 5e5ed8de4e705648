"""Where players were, as they saw it themselves, and how far apart that is. Moments are ms since 1970, positions s."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

EVERY_MS = 100.0
LONGEST_GAP_MS = 400.0
"""Between two samples farther apart nobody knows where the player was."""


class Sample(NamedTuple):
    at: float
    position: float
    plays: bool
    rate: float


class Track:
    """One player's samples in the order of time."""

    def __init__(self, samples: Iterable[Sequence[float]]) -> None:
        self.samples = [Sample(at, position, bool(plays), rate) for at, position, plays, rate in samples]
        self._moments = [sample.at for sample in self.samples]

    def position(self, at: float) -> float | None:
        """Between the two samples around that moment; None when it did not play on from one to the other."""
        index = bisect_left(self._moments, at)
        if not 0 < index < len(self.samples):
            return None
        before, after = self.samples[index - 1], self.samples[index]
        passed = after.at - before.at
        if passed > LONGEST_GAP_MS or not (before.plays and after.plays):
            return None
        moved = after.position - before.position
        if abs(moved - passed / 1000 * before.rate) > 0.25:
            return None  # It jumped.
        return before.position + moved * (at - before.at) / passed

    def share_at_other_rate(self, start: float, end: float) -> float:
        playing = [sample for sample in self.samples if start <= sample.at < end and sample.plays]
        return sum(abs(sample.rate - 1) > 0.001 for sample in playing) / max(1, len(playing))


def distances(tracks: Sequence[Track], start: float, end: float) -> list[float]:
    """Between any two players (s), at every tenth of a second in which both played."""
    found = []
    at = start
    while at < end:
        here = [position for track in tracks if (position := track.position(at)) is not None]
        found += [abs(one - other) for one, other in combinations(here, 2)]
        at += EVERY_MS
    return found


def settled_after(tracks: Sequence[Track], event: float, end: float, *, within: float) -> float | None:
    """Seconds from a moment until all play, and stay `within` (s) of each other until `end`; None if they do not."""
    since = None
    at = event
    while at < end:
        here = [track.position(at) for track in tracks]
        positions = [position for position in here if position is not None]
        is_near = len(positions) == len(tracks) and max(positions) - min(positions) <= within
        since = (at if since is None else since) if is_near else None
        at += EVERY_MS
    return None if since is None else (since - event) / 1000


def percentile(values: Sequence[float], share: float) -> float:
    """NaN of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

"""How far apart players were, from what their pages noted."""

from __future__ import annotations

import math

from bench.together.tracks import Track, distances, percentile, settled_after


def track(behind: float, *, start: int = 0, end: int = 10_000, jump: float = 0.0, jump_at: int = 5_000) -> Track:
    """A film that began at 0, noted every 50 ms by a player that is so many seconds behind, and jumps once."""
    return Track(
        (at, at / 1000 - behind + (jump if at >= jump_at else 0.0), at not in range(3_000, 3_200), 1.0)
        for at in range(start, end, 50)
    )


def test_between_two_notes_it_is_worked_out() -> None:
    assert math.isclose(track(0.5).position(1_025.0) or 0, 0.525)
    assert track(0.5).position(99_999.0) is None
    assert track(0.5).position(3_100.0) is None, "it stood still"
    assert track(0.5, jump=9.0).position(4_975.0) is None, "it jumped"
    assert Track([(0, 0.0, 1, 1.0), (900, 0.9, 1, 1.0)]).position(450.0) is None, "too long nobody looked"


def test_distances_are_of_any_two_that_play() -> None:
    three = [track(0.0), track(0.1), track(0.3, start=2_000)]
    assert {round(distance, 3) for distance in distances(three, 100, 1_900)} == {0.1}
    assert {round(distance, 3) for distance in distances(three, 2_100, 2_900)} == {0.1, 0.2, 0.3}
    assert distances(three, 3_000, 3_100) == []


def test_when_everyone_was_together_for_good() -> None:
    late = [track(0.0), track(4.0, jump=4.0, jump_at=6_000)]
    after = settled_after(late, 4_000, 8_000, within=1.0)
    assert after is not None
    assert 2.0 <= after <= 2.1
    assert settled_after(late, 4_000, 5_500, within=1.0) is None


def test_percentiles() -> None:
    assert [percentile([3, 1, 2, 4], share) for share in (0.0, 0.5, 1.0)] == [1, 3, 4]
    assert math.isnan(percentile([], 0.5))

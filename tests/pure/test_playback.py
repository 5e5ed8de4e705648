"""The timeline as a pure function of data: no database, time passed in."""

from __future__ import annotations

import math
import subprocess
import sys

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.playback import (
    LARGEST_POSITION,
    REPORT_INTERVAL_MS,
    STATES,
    TOLERANCE,
    Timeline,
    apply_report,
    clamped,
    expected,
    is_position,
    next_change_at,
    settled,
)

NOW = 1_800_000_000_000
positions = st.floats(min_value=0, max_value=LARGEST_POSITION, allow_nan=False)
durations = st.none() | st.floats(min_value=0.5, max_value=50_000, allow_nan=False)
moments = st.integers(min_value=NOW - 10**9, max_value=NOW + 10**9)
timelines = st.builds(
    Timeline,
    state=st.sampled_from(STATES),
    epoch=st.integers(1, 5),
    rev=st.integers(0, 1000),
    position=positions,
    at=moments,
    rate=st.sampled_from([0.5, 1.0, 1.5, 2.0]),
    set_by=st.sampled_from(["alice", "bob"]),
    movie_id=st.just(7),
    duration=durations,
    wait_until=st.none() | moments,
    waiting_for=st.sampled_from([(), ("bob",)]),
)
bounded = settings(max_examples=120, deadline=None)


def playing(**fields: object) -> Timeline:
    return Timeline(**{"movie_id": 7, "state": "playing", "position": 100.0, "at": NOW, **fields})  # type: ignore[arg-type]


def test_it_is_pure() -> None:
    """The rules of playback need no Django, so that a simulator may run them as they are."""
    code = "import sys, rooms.playback, rooms.rights; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@bounded
@given(timelines, moments)
def test_everyone_is_expected_within_the_film(timeline: Timeline, t_ms: int) -> None:
    position = expected(timeline, t_ms)
    assert math.isfinite(position)
    assert 0 <= position <= (LARGEST_POSITION if timeline.duration is None else timeline.duration)


@bounded
@given(timelines, moments, st.integers(0, 10**7))
def test_looking_does_not_change_what_is_seen(timeline: Timeline, t_ms: int, later: int) -> None:
    """Whoever works out the deadlines early, late or twice arrives at the same timeline."""
    once = settled(timeline, t_ms)
    assert settled(once, t_ms) == once
    assert settled(once, t_ms + later) == settled(timeline, t_ms + later)
    assert math.isclose(expected(once, t_ms + later), expected(timeline, t_ms + later), abs_tol=0.01)


@bounded
@given(timelines, moments, st.integers(0, 10**7))
def test_a_film_never_runs_backwards_by_itself(timeline: Timeline, t_ms: int, later: int) -> None:
    assert expected(timeline, t_ms + later) >= expected(timeline, t_ms) - 1e-6


@bounded
@given(timelines, positions, moments)
def test_a_report_changes_all_or_nothing(timeline: Timeline, position: float, t_ms: int) -> None:
    moved = apply_report(timeline, position=position, t_ms=t_ms, set_by="alice")
    if moved is None:
        return
    assert moved.rev > timeline.rev
    assert (moved.epoch, moved.movie_id, moved.rate, moved.duration) == (
        timeline.epoch, timeline.movie_id, timeline.rate, timeline.duration,
    )  # fmt: skip
    assert moved.set_by == "alice"
    assert moved.at == t_ms
    assert moved.position == clamped(timeline, position)


@bounded
@given(timelines, positions, moments, st.integers(0, REPORT_INTERVAL_MS - 1), positions)
def test_after_a_move_the_timeline_rests(timeline: Timeline, first: float, t_ms: int, after: int, second: float) -> None:
    moved = apply_report(timeline, position=first, t_ms=t_ms, set_by="alice")
    if moved is not None:
        assert apply_report(moved, position=second, t_ms=t_ms + after, set_by="alice") is None


@bounded
@given(timelines, moments)
def test_a_player_on_time_moves_nothing(timeline: Timeline, t_ms: int) -> None:
    if settled(timeline, t_ms).state != "idle":
        assert apply_report(timeline, position=expected(timeline, t_ms), t_ms=t_ms, set_by="alice") is None


@bounded
@given(timelines)
def test_it_survives_the_wire(timeline: Timeline) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(timeline), type=Timeline) == timeline


@pytest.mark.parametrize(
    ("position", "after_ms", "moves"),
    [
        (104.9, 5000, False),
        (105 + TOLERANCE - 0.01, 5000, False),
        (105 + TOLERANCE + 0.01, 5000, True),
        (105 - TOLERANCE - 0.01, 5000, True),
        (400.0, REPORT_INTERVAL_MS - 1, False),
        (400.0, REPORT_INTERVAL_MS, True),
    ],
)
def test_the_host_moves_it_only_when_far_off_and_not_too_often(position: float, after_ms: int, moves: bool) -> None:
    moved = apply_report(playing(), position=position, t_ms=NOW + after_ms, set_by="alice")
    assert (moved is not None) is moves


def test_a_first_report_starts_the_film() -> None:
    started = apply_report(Timeline(movie_id=7, duration=60), position=12.5, t_ms=NOW, set_by="alice")
    assert started is not None
    assert (started.state, started.position, started.at, started.rev) == ("playing", 12.5, NOW, 1)
    assert expected(started, NOW + 3000) == 15.5


def test_a_pause_stays_a_pause_when_a_report_moves_it() -> None:
    moved = apply_report(playing(state="paused"), position=300, t_ms=NOW + 9000, set_by="alice")
    assert moved is not None
    assert (moved.state, moved.position) == ("paused", 300)
    assert expected(moved, NOW + 60_000) == 300


def test_it_ends_by_itself_and_begins_again_with_a_report() -> None:
    film = playing(duration=110)
    assert settled(film, NOW + 9999).state == "playing"
    over = settled(film, NOW + 10_000)
    assert (over.state, over.position, over.at) == ("ended", 110, NOW + 10_000)
    assert apply_report(film, position=110, t_ms=NOW + 60_000, set_by="alice") is None
    again = apply_report(film, position=3, t_ms=NOW + 60_000, set_by="alice")
    assert again is not None
    assert (again.state, again.position) == ("playing", 3)


def test_a_wait_is_over_without_anyone_saying_so() -> None:
    waiting = playing(state="waiting", wait_until=NOW + 10_000, waiting_for=("bob",))
    assert expected(waiting, NOW + 9999) == 100
    assert expected(waiting, NOW + 12_000) == 102
    resumed = settled(waiting, NOW + 12_000)
    assert (resumed.state, resumed.wait_until, resumed.waiting_for) == ("playing", None, ())


@bounded
@given(timelines, moments)
def test_whoever_waits_for_the_next_change_sees_it_and_none_before(timeline: Timeline, t_ms: int) -> None:
    """A timer set by the row announces neither too early nor something that the row does not say."""
    reached = settled(timeline, t_ms)
    change_at = next_change_at(reached)
    if change_at is not None and change_at > t_ms:
        # A film's end is told to the millisecond, which is not when a fraction of a second is over.
        assert settled(reached, change_at - 2).rev == reached.rev
        assert settled(reached, change_at + 1).rev > reached.rev


def test_a_clock_that_was_set_back_does_not_silence_the_host() -> None:
    ahead = playing(at=NOW + 3_600_000)
    assert apply_report(ahead, position=500, t_ms=NOW, set_by="alice") is not None


@pytest.mark.parametrize("value", [0, 0.0, 1234.56, 5, LARGEST_POSITION])
def test_positions(value: object) -> None:
    assert is_position(value)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, -0.001, -1, LARGEST_POSITION + 1, 10**400, True, "5", None, [], {}]
)
def test_no_positions(value: object) -> None:
    assert not is_position(value)

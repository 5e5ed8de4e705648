"""Commands as a pure function: what they do, when it takes effect, and which change nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.playback import (
    LARGEST_POSITION,
    TOLERANCE,
    Command,
    Film,
    Person,
    Playback,
    StaleError,
    apply_command,
    expected,
    fault,
    lead_ms,
    settled,
)
from tests.pure.casting import ALICE, BOB, LEAD, NOW, PEOPLE, bounded, idle, order, places, playing


def give(playback: Playback, command: Command, t_ms: int = NOW, audience: tuple[Person, ...] = ()) -> Playback:
    return apply_command(playback, command, t_ms=t_ms, lead=LEAD, audience=audience)


def test_play_starts_together_a_moment_later() -> None:
    for before in (idle(), playing(state="paused")):
        after = give(before, order("play")).timeline
        assert (after.state, after.at, after.position) == ("playing", NOW + LEAD, before.timeline.position)
        assert (after.rev, after.set_by, after.reason) == (before.timeline.rev + 1, "alice", "command")
        assert expected(after, NOW + LEAD // 2) == after.position, "nothing moves before it starts"


def test_play_after_the_end_begins_anew() -> None:
    over = playing(position=7199.0)
    after = give(over, order("play"), NOW + 5_000).timeline
    assert (after.state, after.position, after.at) == ("playing", 0.0, NOW + 5_000 + LEAD)


def test_pause_takes_effect_now() -> None:
    after = give(playing(), order("pause"), NOW + 5_000).timeline
    assert (after.state, after.position, after.at) == ("paused", 105.0, NOW + 5_000)


@pytest.mark.parametrize(
    ("said", "taken"),
    [(105.0 + TOLERANCE, 105.0 + TOLERANCE), (103.6, 103.6), (103.4, 105.0), (106.6, 105.0), (0.0, 105.0), (None, 105.0)],
)
def test_a_pause_is_where_its_sender_is_only_if_that_is_near(said: float | None, taken: float) -> None:
    after = give(playing(), order("pause", position=said), NOW + 5_000).timeline
    assert after.position == pytest.approx(taken)


def test_a_seek_while_playing_starts_there_together() -> None:
    after = give(playing(), order("seek", position=900.0)).timeline
    assert (after.state, after.position, after.at) == ("playing", 900.0, NOW + LEAD)
    assert expected(after, NOW) == expected(after, NOW + LEAD) == 900.0


@pytest.mark.parametrize("state", ["paused", "idle", "ended"])
def test_a_seek_while_nothing_plays_plays_nothing(state: str) -> None:
    after = give(playing(state=state), order("seek", position=12.0)).timeline
    assert (after.state, after.position, after.at) == ("paused", 12.0, NOW)


def test_a_seek_does_not_make_a_wait_longer() -> None:
    waiting = playing(state="waiting", wait_until=NOW + 9_000, waiting_for=("bob",), reason="buffering")
    after = give(waiting, order("seek", position=12.0)).timeline
    assert (after.state, after.position, after.wait_until, after.waiting_for) == ("waiting", 12.0, NOW + 9_000, ("bob",))
    assert after.reason == "buffering"


@bounded
@given(st.floats(0.25, 4.0), st.floats(0.25, 4.0), st.integers(0, 100_000))
def test_another_rate_makes_nobody_jump(before: float, after: float, passed: int) -> None:
    old = playing(rate=before)
    new = give(old, order("rate", rate=after), NOW + passed).timeline
    starts = NOW + passed + LEAD
    assert math.isclose(expected(new, starts), expected(old.timeline, starts), abs_tol=0.002)
    if before != after:
        assert (new.rate, new.at) == (after, starts)


@pytest.mark.parametrize("action", ["play", "pause"])
@bounded
@given(passed=st.integers(0, 100_000))
def test_play_and_pause_make_nobody_jump(action: str, passed: int) -> None:
    before = playing() if action == "pause" else playing(state="paused")
    after = give(before, order(action), NOW + passed).timeline
    assert math.isclose(expected(after, after.at), expected(before.timeline, NOW + passed), abs_tol=0.002)


@pytest.mark.parametrize(
    ("state", "command"),
    [("playing", order("play")), ("paused", order("pause")), ("idle", order("pause")), ("playing", order("rate", rate=1.0))],
)
def test_what_is_so_already_is_no_change(state: str, command: Command) -> None:
    before = playing(state=state)
    assert give(before, command).timeline == before.timeline


def test_a_host_can_start_without_those_it_waits_for() -> None:
    waiting = give(playing(), order("load", film=Film(movie_id=8, duration=60.0)), audience=PEOPLE)
    started = give(waiting, order("play"))
    assert (started.timeline.state, started.timeline.at, started.timeline.waiting_for) == ("playing", NOW + LEAD, ())
    assert started.memory.blockers == ()


def test_load_begins_a_new_epoch_and_waits_for_who_can_say_that_they_are_ready() -> None:
    before = playing(rate=2.0)
    loaded = give(before, order("load", film=Film(movie_id=8, duration=60.0)), audience=PEOPLE)
    after = loaded.timeline
    assert (after.epoch, after.rev, after.movie_id, after.duration, after.rate) == (2, 5, 8, 60.0, 1.0)
    assert (after.state, after.wait_until, after.waiting_for) == ("waiting", NOW + 20_000, ("alice", "bob", "charlie"))
    assert loaded.memory.blockers == PEOPLE
    assert settled(after, NOW + 20_000).state == "playing"
    alone = give(before, order("load", film=Film(movie_id=8))).timeline
    assert (alone.state, alone.at, alone.position) == ("playing", NOW + LEAD, 0.0)


# Repeated, stale, impossible ------------------------------------------------------------------------------------------


@bounded
@given(st.sampled_from(["play", "pause", "seek", "rate", "load"]), places, st.integers(0, 59_999))
def test_a_repeated_command_changes_nothing(action: str, position: float, later: int) -> None:
    command = order(action, position=position, rate=2.0, film=Film(movie_id=8, duration=7200.0))
    once = give(playing(), command)
    assert give(once, command, NOW + later).timeline == settled(once.timeline, NOW + later)
    same_id = order("seek", BOB, position=5.0, cmd_id=command.cmd_id)
    assert give(once, same_id, NOW + later).timeline != once.timeline, "another person's ids are their own"


def test_after_a_minute_an_id_may_be_used_again() -> None:
    command = order("seek", position=5.0)
    once = give(playing(), command)
    assert give(once, command, NOW + 60_000).timeline.position == 5.0
    assert give(once, command, NOW + 60_000).timeline.rev == once.timeline.rev + 1


@pytest.mark.parametrize("action", ["play", "seek", "rate", "load"])
def test_a_command_for_another_state_is_refused(action: str) -> None:
    paused = give(playing(), order("pause", BOB))
    command = order(action, base_rev=4, position=5.0, rate=2.0, film=Film(movie_id=8))
    with pytest.raises(StaleError):
        give(paused, command)
    with pytest.raises(StaleError):
        give(paused, order(action, base_rev=6, position=5.0, rate=2.0, film=Film(movie_id=8)))
    assert give(paused, order("seek", base_rev=5, position=5.0)).timeline.position == 5.0


def test_a_pause_is_never_too_late() -> None:
    sought = give(playing(), order("seek", BOB, position=600.0))
    after = give(sought, order("pause", base_rev=4, position=100.0)).timeline
    assert (after.state, after.position) == ("paused", 600.0)


def test_ones_own_changes_make_ones_next_command_no_staler() -> None:
    """A person who drags a slider does not wait for answers."""
    playback = playing()
    for position in (10.0, 20.0, 30.0):
        playback = give(playback, order("seek", base_rev=4, position=position))
    assert playback.timeline.position == 30.0
    playback = give(playback, order("seek", BOB, base_rev=7, position=40.0))
    with pytest.raises(StaleError):
        give(playback, order("seek", base_rev=7, position=50.0))


def test_what_the_film_did_by_itself_makes_a_command_stale() -> None:
    with pytest.raises(StaleError):
        give(playing(position=7199.0), order("seek", base_rev=4, position=5.0), NOW + 60_000)


@pytest.mark.parametrize("position", [math.nan, math.inf, -1.0, 1e308, LARGEST_POSITION + 1, 7200 + TOLERANCE + 0.1])
def test_impossible_positions(position: float) -> None:
    for action in ("seek", "pause"):
        assert fault(order(action, position=position), playing().timeline) == "current_time"


@pytest.mark.parametrize("rate", [None, 0.0, 0.24, 4.01, -1.0, math.nan, math.inf])
def test_impossible_rates(rate: float | None) -> None:
    assert fault(order("rate", rate=rate), playing().timeline) == "rate"


def test_what_is_missing_is_a_fault() -> None:
    assert fault(order("seek"), playing().timeline) == "current_time"
    assert fault(order("load"), playing().timeline) == "movie_id"
    for command in (order("pause"), order("play"), order("rate", rate=0.25), order("seek", position=7200.5)):
        assert fault(command, playing().timeline) is None


@bounded
@given(st.lists(st.floats(0, 60_000, allow_nan=False), max_size=30))
def test_the_lead_lasts_for_nine_in_ten(round_trips: list[float]) -> None:
    lead = lead_ms(round_trips)
    assert 200 <= lead <= 800
    if round_trips and lead < 800:
        in_time = sum(trip <= lead for trip in round_trips)
        assert in_time >= 0.9 * len(round_trips)


def test_the_lead_of_slow_and_of_unknown_members() -> None:
    assert lead_ms([]) == 200
    assert lead_ms([250.0]) == 350
    assert lead_ms([40.0] * 9 + [5_000.0]) == 200
    assert lead_ms([40.0] * 8 + [5_000.0] * 2) == 800


def test_memory_does_not_grow_for_ever() -> None:
    playback = playing()
    for number in range(1_000):
        playback = give(playback, order("seek", ALICE, position=float(number)), NOW + number)
    assert len(playback.memory.given) == 200
    assert len(give(playback, order("pause"), NOW + 120_000).memory.given) == 1

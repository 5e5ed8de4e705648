"""Where a room is in its film, as plain data, and what follows from it by itself as time passes."""

from __future__ import annotations

import math
from typing import Literal, get_args

import msgspec

State = Literal["idle", "waiting", "playing", "paused", "ended"]
STATES: tuple[str, ...] = get_args(State)
Reason = Literal["", "report", "command", "buffering", "load", "scheduled", "ready", "deadline", "reset"]
"""Why a timeline is as it is. While it waits, what for: buffering, load or scheduled. `deadline`: by itself, when a wait or
the film was over. `report`: by a frame of an old client."""

LARGEST_POSITION = 1e7
"""Longer than any film: what is beyond is a mistake or malice."""
TOLERANCE = 1.5
"""How far (s) a player may be from the timeline and still be taken at its word, or left alone."""
SLOWEST, FASTEST = 0.25, 4.0


class Film(msgspec.Struct, frozen=True, kw_only=True):
    """`duration` (s) is None for a stream whose end is not known."""

    movie_id: int
    duration: float | None = None


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Where a room is in its film: at `position` at the moment `at`, and what follows from that.

    `epoch` changes with the film or a reset; `rev` grows with every change, over epochs too, so that a `rev` alone names a
    state. A moment `at` in the future is one to start at together. While `state` is waiting, playing starts by itself at
    `wait_until`; `waiting_for` names who may end that earlier.
    """

    epoch: int = 1
    rev: int = 0
    state: State = "idle"
    position: float = 0.0
    at: int = 0
    rate: float = 1.0
    set_by: str = ""
    movie_id: int
    duration: float | None = None
    wait_until: int | None = None
    waiting_for: tuple[str, ...] = ()
    reason: Reason = ""


def is_position(value: object) -> bool:
    """Whether it can be a place in a film: a finite number from 0 on, within reason."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= LARGEST_POSITION and math.isfinite(value)


def is_rate(value: object) -> bool:
    """Whether people could watch at that rate: within what players can do."""
    return isinstance(value, int | float) and not isinstance(value, bool) and SLOWEST <= value <= FASTEST


def clamped(timeline: Timeline, position: float) -> float:
    """Within the film, as far as its end is known."""
    end = LARGEST_POSITION if timeline.duration is None else timeline.duration
    return min(max(position, 0.0), end)


def settled(timeline: Timeline, t_ms: int) -> Timeline:
    """What the timeline has become by `t_ms` without anyone's doing: a wait is over, the film has ended."""
    if timeline.state == "waiting" and timeline.wait_until is not None and timeline.wait_until <= t_ms:
        timeline = changed(timeline, state="playing", at=timeline.wait_until, reason="deadline")
    end_at = _end_of(timeline)
    if timeline.duration is not None and end_at is not None and _running(timeline, t_ms) >= timeline.duration:
        timeline = changed(timeline, state="ended", at=end_at, position=timeline.duration, reason="deadline")
    return timeline


def next_change_at(timeline: Timeline) -> int | None:
    """The moment of the next thing that happens by itself, for whoever wants to tell it in time; None if nothing does."""
    if timeline.state == "waiting":
        return timeline.wait_until
    return _end_of(timeline)


def expected(timeline: Timeline, t_ms: int) -> float:
    """The position (s) at which everyone should be at `t_ms`."""
    timeline = settled(timeline, t_ms)
    if timeline.state == "playing":
        return clamped(timeline, _running(timeline, t_ms))
    return clamped(timeline, timeline.position)


def changed(
    timeline: Timeline,
    *,
    state: State,
    at: int,
    reason: Reason,
    position: float | None = None,
    set_by: str | None = None,
) -> Timeline:
    """The next revision. A wait that is not kept is over."""
    keeps_waiting = state == "waiting"
    return msgspec.structs.replace(
        timeline,
        rev=timeline.rev + 1,
        state=state,
        at=at,
        reason=reason,
        position=timeline.position if position is None else position,
        set_by=timeline.set_by if set_by is None else set_by,
        wait_until=timeline.wait_until if keeps_waiting else None,
        waiting_for=timeline.waiting_for if keeps_waiting else (),
    )


def _running(timeline: Timeline, t_ms: int) -> float:
    return timeline.position + max(0, t_ms - timeline.at) / 1000 * timeline.rate


def _end_of(timeline: Timeline) -> int | None:
    if timeline.state != "playing" or timeline.duration is None:
        return None
    left = max(0.0, timeline.duration - timeline.position) / timeline.rate
    return timeline.at + round(left * 1000)

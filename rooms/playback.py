"""The playback timeline of a room, as pure functions of data: time is passed in, nothing is stored here, no Django.

Positions are seconds of film, moments (`at`, `t_ms`) milliseconds of server time. Deadlines are data: "waiting until T, then
playing from T" is worked out by `settled`, so that no timer owns the truth.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import msgspec

State = Literal["idle", "waiting", "playing", "paused", "ended"]
STATES: tuple[str, ...] = get_args(State)

LARGEST_POSITION = 1e7
"""Longer than any film: what is beyond is a mistake or malice."""
REPORT_TOLERANCE = 1.5
"""How far (s) the acting host's player may be from the timeline before the timeline follows it."""
REPORT_INTERVAL_MS = 2000
"""The timeline follows the acting host's reports at most once in this time."""


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Where a room is in its film: at `position` at the moment `at`, and what follows from that.

    `epoch` changes with the film or a reset, `rev` with every change within it. `duration` is None for a stream whose end is
    not known. While `state` is waiting, playing starts by itself at `wait_until`.
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
    owner_gone_at: int | None = None


def is_position(value: object) -> bool:
    """Whether it can be a place in a film: a finite number from 0 on, within reason."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= LARGEST_POSITION and math.isfinite(value)


def clamped(timeline: Timeline, position: float) -> float:
    """Within the film, as far as its end is known."""
    end = LARGEST_POSITION if timeline.duration is None else timeline.duration
    return min(max(position, 0.0), end)


def settled(timeline: Timeline, t_ms: int) -> Timeline:
    """What the timeline has become by `t_ms` without anyone's doing: a wait is over, the film has ended."""
    if timeline.state == "waiting" and timeline.wait_until is not None and timeline.wait_until <= t_ms:
        timeline = _changed(timeline, state="playing", at=timeline.wait_until)
    if timeline.state == "playing" and timeline.duration is not None and _running(timeline, t_ms) >= timeline.duration:
        left = max(0.0, timeline.duration - timeline.position) / timeline.rate
        timeline = _changed(timeline, state="ended", at=timeline.at + round(left * 1000), position=timeline.duration)
    return timeline


def expected(timeline: Timeline, t_ms: int) -> float:
    """The position (s) at which everyone should be at `t_ms`."""
    timeline = settled(timeline, t_ms)
    if timeline.state == "playing":
        return clamped(timeline, _running(timeline, t_ms))
    return clamped(timeline, timeline.position)


def apply_report(timeline: Timeline, *, position: float, t_ms: int, set_by: str) -> Timeline | None:
    """The timeline after the acting host of an old client said where their player is; None when that changes nothing.

    It starts playing from there if nothing was playing yet, and follows when it is more than REPORT_TOLERANCE off, at most
    once per REPORT_INTERVAL_MS. A pause or a wait stays one: only commands end those.
    """
    reached = settled(timeline, t_ms)
    position = clamped(reached, position)
    if reached.state == "idle":
        return _changed(reached, state="playing", position=position, at=t_ms, set_by=set_by)
    # A moment far ahead comes from a clock that was set back: it must not silence the host until then.
    if abs(t_ms - timeline.at) < REPORT_INTERVAL_MS:
        return None
    if abs(position - expected(reached, t_ms)) <= REPORT_TOLERANCE:
        return None
    state: State = "playing" if reached.state == "ended" else reached.state
    return _changed(reached, state=state, position=position, at=t_ms, set_by=set_by)


def _running(timeline: Timeline, t_ms: int) -> float:
    return timeline.position + max(0, t_ms - timeline.at) / 1000 * timeline.rate


def _changed(
    timeline: Timeline, *, state: State, at: int, position: float | None = None, set_by: str | None = None
) -> Timeline:
    keeps_waiting = state == "waiting"
    return msgspec.structs.replace(
        timeline,
        rev=timeline.rev + 1,
        state=state,
        at=at,
        position=timeline.position if position is None else position,
        set_by=timeline.set_by if set_by is None else set_by,
        wait_until=timeline.wait_until if keeps_waiting else None,
        waiting_for=timeline.waiting_for if keeps_waiting else (),
    )

"""What old clients' position reports do to a timeline. Only the acting host's are asked about here."""

from __future__ import annotations

from rooms.playback.timeline import TOLERANCE, State, Timeline, changed, clamped, expected, settled

REPORT_INTERVAL_MS = 2000
"""The timeline follows the acting host's reports at most once in this time."""


def apply_report(timeline: Timeline, *, position: float, t_ms: int, set_by: str) -> Timeline | None:
    """The timeline after the acting host of an old client said where their player is; None when that changes nothing.

    It starts playing from there if nothing was playing yet, and follows when it is more than TOLERANCE off, at most once per
    REPORT_INTERVAL_MS. A pause or a wait stays one: only commands end those.
    """
    reached = settled(timeline, t_ms)
    position = clamped(reached, position)
    if reached.state == "idle":
        return changed(reached, state="playing", position=position, at=t_ms, set_by=set_by, reason="report")
    # A moment far ahead comes from a clock that was set back: it must not silence the host until then.
    if abs(t_ms - timeline.at) < REPORT_INTERVAL_MS:
        return None
    if abs(position - expected(reached, t_ms)) <= TOLERANCE:
        return None
    state: State = "playing" if reached.state == "ended" else reached.state
    return changed(reached, state=state, position=position, at=t_ms, set_by=set_by, reason="report")

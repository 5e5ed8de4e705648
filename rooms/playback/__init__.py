"""The playback timeline of a room, as pure functions of data: time is passed in, nothing is stored here, no Django.

Positions are seconds of film, moments (`at`, `t_ms`) milliseconds of server time. Deadlines are data: "waiting until T, then
playing from T" is worked out by `settled`, so that no timer owns the truth.
"""

from rooms.playback.absence import arrived_in_empty, left_empty, not_empty, scheduled
from rooms.playback.commands import ACTIONS, Action, Command, StaleError, apply_command, fault, lead_ms, was_given
from rooms.playback.memory import Memory, Person, Playback
from rooms.playback.readiness import WAIT_MODES, WaitMode, buffering, is_waited_for, keep_blockers, ready
from rooms.playback.reports import REPORT_INTERVAL_MS, apply_report
from rooms.playback.timeline import (
    FASTEST,
    LARGEST_POSITION,
    SLOWEST,
    STATES,
    TOLERANCE,
    Film,
    Reason,
    State,
    Timeline,
    clamped,
    expected,
    is_position,
    is_rate,
    next_change_at,
    settled,
)

__all__ = [
    "ACTIONS",
    "FASTEST",
    "LARGEST_POSITION",
    "REPORT_INTERVAL_MS",
    "SLOWEST",
    "STATES",
    "TOLERANCE",
    "WAIT_MODES",
    "Action",
    "Command",
    "Film",
    "Memory",
    "Person",
    "Playback",
    "Reason",
    "StaleError",
    "State",
    "Timeline",
    "WaitMode",
    "apply_command",
    "apply_report",
    "arrived_in_empty",
    "buffering",
    "clamped",
    "expected",
    "fault",
    "is_position",
    "is_rate",
    "is_waited_for",
    "keep_blockers",
    "lead_ms",
    "left_empty",
    "next_change_at",
    "not_empty",
    "ready",
    "scheduled",
    "settled",
    "was_given",
]

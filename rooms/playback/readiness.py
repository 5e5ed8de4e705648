"""Waiting for players: whom a room waits for, how long, and what ends it. Every wait has a deadline from its beginning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import msgspec

from rooms.playback.memory import MOST_REMEMBERED, Person, Playback, Waited, is_stale
from rooms.playback.timeline import Reason, Timeline, changed, expected

WaitMode = Literal["off", "soft", "strict"]
WAIT_MODES: tuple[str, ...] = get_args(WaitMode)
SMALL_ROOM = 8
WAIT_MS = 10_000
MOST_WAITS, WAITS_WITHIN_MS = 2, 300_000


def is_waited_for(mode: str, *, people: int, leads: bool) -> bool:
    """Whether a room waits for somebody: in a large one (unless strict) only for those who lead it."""
    return mode == "strict" or (mode == "soft" and (people <= SMALL_ROOM or leads))


def buffering(playback: Playback, person: Person, *, epoch: int, rev: int, t_ms: int) -> Playback:
    """Somebody's player ran dry: the room waits for them. Unchanged if they speak of another state, if nothing runs, or if it
    has waited for them MOST_WAITS times lately: then they follow by seeking.
    """
    playback = playback.at(t_ms)
    timeline, memory = playback.timeline, playback.memory
    if _is_old(playback, epoch, rev) or person.key in _keys(memory.blockers) or _had_its_waits(playback, person, t_ms):
        return playback
    if timeline.state == "playing":
        position = expected(timeline, t_ms)
        timeline = changed(timeline, state="waiting", at=t_ms, position=position, reason="buffering")
        timeline = msgspec.structs.replace(timeline, wait_until=t_ms + WAIT_MS)
    elif timeline.state == "waiting" and timeline.reason != "scheduled":
        # Who comes late to a wait does not make it longer.
        timeline = changed(timeline, state="waiting", at=timeline.at, reason=timeline.reason)
    else:
        return playback
    return _blocked(playback, timeline, (*memory.blockers, person), _waited(playback, person, t_ms))


def ready(playback: Playback, person: Person, *, epoch: int, rev: int, t_ms: int, lead: int) -> Playback:
    """Somebody's player can go on; the last one who is waited for lets the room go on, `lead` ms later."""
    playback = playback.at(t_ms)
    if _is_old(playback, epoch, rev):
        return playback
    return _released(playback, lambda blocker: blocker.key != person.key, t_ms, lead)


def keep_blockers(playback: Playback, is_there: Callable[[str], bool], *, t_ms: int, lead: int) -> Playback:
    """Nobody waits for those who left. `is_there` is asked about keys."""
    return _released(playback.at(t_ms), lambda blocker: is_there(blocker.key), t_ms, lead)


def _released(playback: Playback, is_kept: Callable[[Person], bool], t_ms: int, lead: int) -> Playback:
    timeline, blockers = playback.timeline, playback.memory.blockers
    left = tuple(filter(is_kept, blockers))
    if timeline.state != "waiting" or len(left) == len(blockers):
        return playback
    if not left:
        at = min(t_ms + lead, timeline.wait_until or t_ms + lead)
        return playback.moved(changed(timeline, state="playing", at=at, reason="ready"))
    reason: Reason = timeline.reason
    return _blocked(playback, changed(timeline, state="waiting", at=timeline.at, reason=reason), left, playback.memory.waited)


def _blocked(playback: Playback, timeline: Timeline, blockers: tuple[Person, ...], waited: tuple[Waited, ...]) -> Playback:
    timeline = msgspec.structs.replace(timeline, waiting_for=tuple(person.name for person in blockers))
    memory = msgspec.structs.replace(playback.memory, blockers=blockers, waited=waited)
    return Playback(timeline=timeline, memory=memory)


def _is_old(playback: Playback, epoch: int, rev: int) -> bool:
    return epoch != playback.timeline.epoch or is_stale(playback, rev)


def _had_its_waits(playback: Playback, person: Person, t_ms: int) -> bool:
    recent = [one for one in playback.memory.waited if one.key == person.patience_key and _is_recent(one, t_ms)]
    return len(recent) >= MOST_WAITS


def _waited(playback: Playback, person: Person, t_ms: int) -> tuple[Waited, ...]:
    recent = [one for one in playback.memory.waited if _is_recent(one, t_ms)]
    return (*recent, Waited(person.patience_key, t_ms))[-MOST_REMEMBERED:]


def _is_recent(one: Waited, t_ms: int) -> bool:
    return abs(t_ms - one.at) < WAITS_WITHIN_MS


def _keys(people: tuple[Person, ...]) -> set[str]:
    return {person.key for person in people}

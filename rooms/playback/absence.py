"""What becomes of a timeline without people: a film running for nobody, and one that starts at an appointed time."""

from __future__ import annotations

import msgspec

from rooms.playback.commands import with_film
from rooms.playback.memory import Playback
from rooms.playback.timeline import Film, State, Timeline, changed, expected, settled

PUBLIC_FORGOTTEN_MS = 300_000
"""A public room that nobody was in for so long begins anew for who comes next."""
PARTY_ABANDONED_MS = 60_000
"""A party that nobody was in for so long is found where its last guest left it. Less is a restart or a lost network."""


def left_empty(playback: Playback, *, t_ms: int) -> Playback:
    """The last one left."""
    if playback.memory.left_at is not None:
        return playback
    return msgspec.structs.replace(playback, memory=msgspec.structs.replace(playback.memory, left_at=t_ms))


def not_empty(playback: Playback) -> Playback:
    """Somebody is there after all."""
    return msgspec.structs.replace(playback, memory=msgspec.structs.replace(playback.memory, left_at=None))


def arrived_in_empty(playback: Playback, *, t_ms: int, forgets: bool, film: Film) -> Playback:
    """Somebody comes into a room that was empty since `memory.left_at`. `forgets`: a public room, which begins anew with its
    `film` after PUBLIC_FORGOTTEN_MS; any other goes back to where it was left after PARTY_ABANDONED_MS.
    """
    left_at = playback.memory.left_at
    if left_at is None:
        return playback
    playback = not_empty(playback)
    away = t_ms - left_at
    if forgets and away >= PUBLIC_FORGOTTEN_MS and playback.timeline.state != "idle":
        return playback.moved(_begun_anew(settled(playback.timeline, t_ms), film, t_ms))
    if not forgets and away >= PARTY_ABANDONED_MS and settled(playback.timeline, left_at).state == "playing":
        return playback.moved(_as_left(playback.timeline, left_at, t_ms))
    return playback


def scheduled(playback: Playback, *, starts_at: int | None, t_ms: int) -> Playback:
    """Playing starts by itself at `starts_at` (ms), unless it runs already; None: not any more."""
    playback = playback.at(t_ms)
    timeline = playback.timeline
    waits = timeline.state == "waiting" and timeline.reason == "scheduled"
    if starts_at is None or starts_at <= t_ms:
        state: State = "paused" if timeline.position else "idle"
        return playback.moved(changed(timeline, state=state, at=t_ms, reason="command")) if waits else playback
    if timeline.state in ("playing", "waiting") and not waits:
        return playback
    if waits and timeline.wait_until == starts_at:
        return playback
    position = 0.0 if timeline.state == "ended" else timeline.position
    waiting = changed(timeline, state="waiting", at=t_ms, position=position, reason="scheduled")
    return playback.moved(msgspec.structs.replace(waiting, wait_until=starts_at, waiting_for=()))


def _begun_anew(timeline: Timeline, film: Film, t_ms: int) -> Timeline:
    return with_film(changed(timeline, state="idle", at=t_ms, position=0.0, set_by="", reason="reset"), film)


def _as_left(timeline: Timeline, left_at: int, t_ms: int) -> Timeline:
    position = expected(timeline, left_at)
    return changed(settled(timeline, t_ms), state="paused", at=t_ms, position=position, reason="reset")

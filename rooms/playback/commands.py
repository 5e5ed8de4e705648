"""Commands: what people who may steer a room do to its timeline. Whether they may is asked elsewhere (rooms.rights)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Literal, get_args

import msgspec

from rooms.playback.memory import MOST_REMEMBERED, REPEATED_WITHIN_MS, Given, Person, Playback, is_stale
from rooms.playback.timeline import TOLERANCE, Film, State, Timeline, changed, clamped, expected, is_position, is_rate

Action = Literal["play", "pause", "seek", "rate", "load"]
ACTIONS: tuple[str, ...] = get_args(Action)
LOAD_WAIT_MS = 20_000
SHORTEST_LEAD_MS, LONGEST_LEAD_MS, MARGIN_MS = 200, 800, 100


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """`sender` is a key as of `Person`. `position` (s) for a seek and, if given, a pause; `rate`; `film` for a load.

    `base_rev`: the revision that the sender saw.
    """

    action: Action
    cmd_id: str
    sender: str
    name: str
    position: float | None = None
    rate: float | None = None
    film: Film | None = None
    base_rev: int | None = None


class StaleError(Exception):
    """The sender acted on a state that is no longer."""


def lead_ms(round_trips: Iterable[float]) -> int:
    """How far ahead (ms) a start must lie so that nine in ten members hear of it in time, by their round trips (ms)."""
    ordered = sorted(round_trips)
    p90 = ordered[math.ceil(len(ordered) * 0.9) - 1] if ordered else 0.0
    return round(min(max(p90 + MARGIN_MS, SHORTEST_LEAD_MS), LONGEST_LEAD_MS))


def fault(command: Command, timeline: Timeline) -> str | None:
    """The key of a command that cannot be what it is; None for one that can be carried out."""
    position = command.position
    if position is None:
        if command.action == "seek":
            return "current_time"
    # Players differ in where a film ends, by a little.
    elif not is_position(position) or position > clamped(timeline, position) + TOLERANCE:
        return "current_time"
    if command.action == "rate" and not is_rate(command.rate):
        return "rate"
    return "movie_id" if command.action == "load" and command.film is None else None


def was_given(playback: Playback, command: Command, t_ms: int) -> bool:
    """Whether the same command of the same sender was carried out within the last minute."""
    return any(
        (given.sender, given.cmd_id) == (command.sender, command.cmd_id) and _is_recent(given, t_ms)
        for given in playback.memory.given
    )


def apply_command(
    playback: Playback, command: Command, *, t_ms: int, lead: int, audience: tuple[Person, ...] = ()
) -> Playback:
    """The room after a command without a `fault`, given at `t_ms`. What starts, starts `lead` ms later.

    A repeated command changes nothing. `audience`: for whom the room waits after a load. StaleError for one that was meant for
    another state, unless it is a pause.
    """
    playback = playback.at(t_ms)
    if was_given(playback, command, t_ms):
        return playback
    if (
        command.base_rev is not None
        and command.action != "pause"
        and is_stale(playback, command.base_rev, sender=command.sender)
    ):
        raise StaleError
    timeline = _EFFECTS[command.action](playback.timeline, command, t_ms, t_ms + lead)
    if timeline is not playback.timeline:
        playback = playback.moved(timeline, by=command.sender)
    if command.action == "load" and audience:
        playback = _waiting_to_load(playback, audience, t_ms)
    return _remembered(playback, command, t_ms)


def _play(timeline: Timeline, command: Command, now: int, soon: int) -> Timeline:
    if timeline.state == "playing":
        return timeline
    position = 0.0 if timeline.state == "ended" else timeline.position
    return _next(timeline, command, state="playing", at=soon, position=position)


def _pause(timeline: Timeline, command: Command, now: int, soon: int) -> Timeline:
    """Where the sender's player stopped, if that is where it should have been."""
    if timeline.state not in ("playing", "waiting"):
        return timeline
    here = expected(timeline, now)
    is_near = command.position is not None and abs(command.position - here) <= TOLERANCE
    return _next(timeline, command, state="paused", at=now, position=command.position if is_near else here)


def _seek(timeline: Timeline, command: Command, now: int, soon: int) -> Timeline:
    if timeline.state == "playing":
        return _next(timeline, command, state="playing", at=soon, position=command.position)
    state: State = "waiting" if timeline.state == "waiting" else "paused"
    return _next(timeline, command, state=state, at=now, position=command.position)


def _rate(timeline: Timeline, command: Command, now: int, soon: int) -> Timeline:
    """From where the film will be by then: nobody has to jump."""
    if command.rate is None or command.rate == timeline.rate:
        return timeline
    if timeline.state == "playing":
        after = _next(timeline, command, state="playing", at=soon, position=expected(timeline, soon))
    else:
        after = _next(timeline, command, state=timeline.state, at=now, position=timeline.position)
    return msgspec.structs.replace(after, rate=float(command.rate))


def _load(timeline: Timeline, command: Command, now: int, soon: int) -> Timeline:
    if command.film is None:
        return timeline
    return with_film(_next(timeline, command, state="playing", at=soon, position=0.0), command.film)


_EFFECTS: dict[Action, Callable[[Timeline, Command, int, int], Timeline]] = {
    "play": _play, "pause": _pause, "seek": _seek, "rate": _rate, "load": _load,
}  # fmt: skip


def with_film(timeline: Timeline, film: Film) -> Timeline:
    """A new epoch, at its ordinary rate."""
    return msgspec.structs.replace(
        timeline, epoch=timeline.epoch + 1, movie_id=film.movie_id, duration=film.duration, rate=1.0
    )


def _next(timeline: Timeline, command: Command, *, state: State, at: int, position: float | None) -> Timeline:
    place = clamped(timeline, timeline.position if position is None else float(position))
    reason = timeline.reason if state == "waiting" else "command"
    return changed(timeline, state=state, at=at, position=place, set_by=command.name, reason=reason)


def _waiting_to_load(playback: Playback, audience: tuple[Person, ...], t_ms: int) -> Playback:
    timeline = msgspec.structs.replace(
        playback.timeline,
        state="waiting",
        at=t_ms,
        reason="load",
        wait_until=t_ms + LOAD_WAIT_MS,
        waiting_for=tuple(person.name for person in audience),
    )
    return Playback(timeline=timeline, memory=msgspec.structs.replace(playback.memory, blockers=audience))


def _remembered(playback: Playback, command: Command, t_ms: int) -> Playback:
    recent = [given for given in playback.memory.given if _is_recent(given, t_ms)]
    given = (*recent, Given(command.sender, command.cmd_id, t_ms))[-MOST_REMEMBERED:]
    return msgspec.structs.replace(playback, memory=msgspec.structs.replace(playback.memory, given=given))


def _is_recent(given: Given, t_ms: int) -> bool:
    # Absolute: a clock that was set back must not make an old command recent for hours.
    return abs(t_ms - given.at) < REPEATED_WITHIN_MS

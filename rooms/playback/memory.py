"""What a room remembers beside its timeline, to decide what comes next. Nobody is told this."""

from __future__ import annotations

import msgspec

from rooms.playback.timeline import Timeline, settled

REPEATED_WITHIN_MS = 60_000
MOST_REMEMBERED = 200


class Person(msgspec.Struct, frozen=True):
    """Somebody in a room: `key` is theirs alone, `name` what others read.

    `whence` outlives the key: a guest who comes again gets another one, but not another patience of the room.
    """

    key: str
    name: str
    whence: str = ""

    @property
    def patience_key(self) -> str:
        """By what the waits for them are counted."""
        return self.whence or self.key


class Given(msgspec.Struct, frozen=True, array_like=True):
    """A command that was carried out."""

    sender: str
    cmd_id: str
    at: int


class Waited(msgspec.Struct, frozen=True, array_like=True):
    """Somebody for whom the room has waited since `at`."""

    key: str
    at: int


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """`blockers` are those in `Timeline.waiting_for`, with their keys.

    `point_rev` is the revision since which position, film and course are what they are: what answers an older one is stale.
    Changes of a wait's blockers are no such point. `point_by` made it, in a row of their own since `point_base`.
    """

    blockers: tuple[Person, ...] = ()
    point_rev: int = 0
    point_by: str = ""
    point_base: int = 0
    given: tuple[Given, ...] = ()
    waited: tuple[Waited, ...] = ()
    left_at: int | None = None
    """Since when (ms) nobody is there."""


class Playback(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a command is decided by."""

    timeline: Timeline
    memory: Memory = Memory()

    def at(self, t_ms: int) -> Playback:
        """What it has become by then without anyone's doing."""
        timeline = settled(self.timeline, t_ms)
        return self if timeline is self.timeline else self.moved(timeline)

    def moved(self, timeline: Timeline, by: str = "") -> Playback:
        """With a timeline that somebody set: a new point. Who is not waited for any more is no blocker."""
        memory = self.memory
        goes_on = by != "" and by == memory.point_by
        memory = msgspec.structs.replace(
            memory,
            blockers=memory.blockers if timeline.state == "waiting" else (),
            point_rev=timeline.rev,
            point_by=by,
            point_base=memory.point_base if goes_on else memory.point_rev,
        )
        return Playback(timeline=timeline, memory=memory)


def is_stale(playback: Playback, rev: int, *, sender: str = "") -> bool:
    """Whether somebody who knew revision `rev` knew another state than this one. One's own changes make nothing stale."""
    memory = playback.memory
    is_own = sender != "" and sender == memory.point_by
    return not (memory.point_base if is_own else memory.point_rev) <= rev <= playback.timeline.rev

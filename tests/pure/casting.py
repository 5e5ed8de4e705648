"""Rooms and people for tests of the timeline."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from rooms.playback import Command, Memory, Person, Playback, Timeline

NOW = 1_800_000_000_000
LEAD = 300
ALICE, BOB, CHARLIE = Person("u1", "alice"), Person("u2", "bob"), Person("u3", "charlie")
PEOPLE = (ALICE, BOB, CHARLIE)
bounded = settings(max_examples=120, deadline=None)

places = st.floats(min_value=0, max_value=7200, allow_nan=False)


def playing(**fields: Any) -> Playback:
    """At 100 s of a film of two hours, since NOW."""
    facts = {"movie_id": 7, "state": "playing", "position": 100.0, "at": NOW, "duration": 7200.0, "rev": 4, **fields}
    return Playback(timeline=Timeline(**facts), memory=Memory(point_rev=facts["rev"]))


def idle() -> Playback:
    return Playback(timeline=Timeline(movie_id=7, duration=7200.0))


_numbers = iter(range(10**9))


def order(action: Any, who: Person = ALICE, **more: Any) -> Command:
    """A command that nobody has given before."""
    return Command(**{"action": action, "cmd_id": f"c{next(_numbers)}", "sender": who.key, "name": who.name, **more})

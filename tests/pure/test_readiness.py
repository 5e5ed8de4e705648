"""Waiting for players: who is waited for, who ends it, and that every wait ends."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rooms.playback import (
    Film,
    Memory,
    Person,
    Playback,
    StaleError,
    apply_command,
    apply_report,
    arrived_in_empty,
    buffering,
    expected,
    is_waited_for,
    keep_blockers,
    left_empty,
    ready,
    scheduled,
    settled,
)
from tests.pure.casting import ALICE, BOB, CHARLIE, LEAD, NOW, PEOPLE, bounded, idle, order, playing


def stalls(playback: Playback, who: Person = BOB, t_ms: int = NOW, **named: int) -> Playback:
    answers = {"epoch": playback.timeline.epoch, "rev": playback.timeline.rev, **named}
    return buffering(playback, who, t_ms=t_ms, **answers)


def can_go_on(playback: Playback, who: Person = BOB, t_ms: int = NOW, **named: int) -> Playback:
    answers = {"epoch": playback.timeline.epoch, "rev": playback.timeline.rev, **named}
    return ready(playback, who, t_ms=t_ms, lead=LEAD, **answers)


@pytest.mark.parametrize(
    ("mode", "people", "leads", "waited_for"),
    [
        ("off", 1, True, False), ("soft", 8, False, True), ("soft", 9, False, False), ("soft", 9, True, True),
        ("strict", 500, False, True),
    ],
)  # fmt: skip
def test_whom_a_room_waits_for(mode: str, people: int, leads: bool, waited_for: bool) -> None:
    assert is_waited_for(mode, people=people, leads=leads) is waited_for


def test_a_stall_stops_the_film_for_ten_seconds_and_names_who() -> None:
    waiting = stalls(playing(), t_ms=NOW + 5_000).timeline
    assert (waiting.state, waiting.position, waiting.waiting_for) == ("waiting", 105.0, ("bob",))
    assert (waiting.wait_until, waiting.rev, waiting.reason) == (NOW + 15_000, 5, "buffering")
    resumed = settled(waiting, NOW + 16_000)
    assert (resumed.state, resumed.at, resumed.position, resumed.reason) == ("playing", NOW + 15_000, 105.0, "deadline")


def test_who_is_ready_lets_it_go_on_together() -> None:
    resumed = can_go_on(stalls(playing()), t_ms=NOW + 1_000)
    assert (resumed.timeline.state, resumed.timeline.at, resumed.timeline.reason) == ("playing", NOW + 1_000 + LEAD, "ready")
    assert resumed.memory.blockers == ()


def test_never_later_than_the_deadline() -> None:
    resumed = can_go_on(stalls(playing()), t_ms=NOW + 9_900).timeline
    assert resumed.at == NOW + 10_000


def test_the_last_one_lets_it_go_on_and_who_comes_late_makes_it_no_longer() -> None:
    both = stalls(stalls(playing()), CHARLIE, NOW + 4_000)
    assert (both.timeline.waiting_for, both.timeline.wait_until) == (("bob", "charlie"), NOW + 10_000)
    one = can_go_on(both, t_ms=NOW + 5_000)
    assert (one.timeline.state, one.timeline.waiting_for, one.timeline.wait_until) == ("waiting", ("charlie",), NOW + 10_000)
    assert can_go_on(one, ALICE).timeline == one.timeline, "nobody waits for her"
    assert can_go_on(one, CHARLIE, NOW + 6_000).timeline.state == "playing"


def test_two_who_stall_at_once_are_both_waited_for() -> None:
    """charlie's frame was sent before he could hear that the room waits for bob."""
    both = stalls(stalls(playing()), CHARLIE, rev=4)
    assert both.timeline.waiting_for == ("bob", "charlie")
    assert can_go_on(both, BOB, rev=5).timeline.waiting_for == ("charlie",), "and bob's was sent before he heard of charlie"


@pytest.mark.parametrize("named", [{"rev": 3}, {"rev": 6}, {"rev": -1}, {"epoch": 0}, {"epoch": 2}])
def test_what_answers_another_state_is_ignored(named: dict[str, int]) -> None:
    running, waiting = playing(), stalls(playing())
    assert stalls(running, **{**named, **({"rev": 5} if named == {"rev": 6} else {})}) == running
    assert can_go_on(waiting, **named) == waiting


def test_readiness_from_before_a_seek_is_not_for_after_it() -> None:
    sought = apply_command(stalls(playing()), order("seek", position=9.0), t_ms=NOW, lead=LEAD)
    assert can_go_on(sought, rev=5) == sought
    assert can_go_on(sought, rev=6).timeline.state == "playing"


@pytest.mark.parametrize("state", ["idle", "paused", "ended"])
def test_a_room_that_plays_nothing_waits_for_nobody(state: Any) -> None:
    assert stalls(playing(state=state)).timeline.state == state


def test_a_guest_who_comes_again_has_no_new_waits() -> None:
    playback, moment = playing(), NOW
    for visit in range(4):
        guest = Person(f"socket {visit}", "guest", "address 192.0.2.7")
        waiting = stalls(playback, guest, moment)
        assert (waiting.timeline.state == "waiting") == (visit < 2)
        playback = keep_blockers(waiting, lambda key: False, t_ms=moment + 1000, lead=LEAD).at(moment + 2000)
        moment += 3000
    other = Person("socket 9", "guest", "address 192.0.2.8")
    assert stalls(playback, other, moment).timeline.state == "waiting"


def test_nobody_is_waited_for_more_than_twice_in_five_minutes() -> None:
    playback, t_ms = playing(), NOW
    for _ in range(2):
        playback = can_go_on(stalls(playback, t_ms=t_ms), t_ms=t_ms + 1_000)
        t_ms += 30_000
    assert stalls(playback, t_ms=t_ms).timeline == playback.timeline
    assert stalls(playback, CHARLIE, t_ms).timeline.state == "waiting", "others are"
    assert stalls(playback, t_ms=NOW + 300_000).timeline.state == "waiting", "and bob again, later"


def test_who_used_up_their_waits_does_not_join_another() -> None:
    spent = msgspec.structs.replace(playing(), memory=Memory(point_rev=4, waited=((BOB.key, NOW - 1), (BOB.key, NOW - 2))))  # type: ignore[arg-type]
    spent = msgspec.convert(msgspec.to_builtins(spent), Playback)
    waiting = stalls(spent, CHARLIE)
    assert stalls(waiting, BOB).timeline.waiting_for == ("charlie",)


def test_who_leaves_is_waited_for_no_more() -> None:
    both = stalls(stalls(playing()), CHARLIE)
    one = keep_blockers(both, lambda key: key == CHARLIE.key, t_ms=NOW + 1_000, lead=LEAD)
    assert one.timeline.waiting_for == ("charlie",)
    none = keep_blockers(one, lambda key: False, t_ms=NOW + 2_000, lead=LEAD)
    assert (none.timeline.state, none.timeline.at) == ("playing", NOW + 2_000 + LEAD)
    assert keep_blockers(none, lambda key: False, t_ms=NOW + 2_000, lead=LEAD) == none


# Without anybody ------------------------------------------------------------------------------------------------------
FILM = Film(movie_id=7, duration=7200.0)


def test_a_public_room_begins_anew_after_five_minutes_without_anybody() -> None:
    empty = left_empty(playing(movie_id=9), t_ms=NOW + 10_000)
    assert left_empty(empty, t_ms=NOW + 99_000) == empty
    soon = arrived_in_empty(empty, t_ms=NOW + 309_999, forgets=True, film=FILM)
    assert (soon.timeline, soon.memory.left_at) == (empty.timeline, None), "it ran on for who comes back"
    anew = arrived_in_empty(empty, t_ms=NOW + 310_000, forgets=True, film=FILM).timeline
    assert (anew.state, anew.position, anew.epoch, anew.rev, anew.movie_id) == ("idle", 0.0, 2, 5, 7)


def test_a_party_is_found_where_it_was_left() -> None:
    empty = left_empty(playing(), t_ms=NOW + 10_000)
    assert arrived_in_empty(empty, t_ms=NOW + 69_999, forgets=False, film=FILM).timeline == empty.timeline
    found = arrived_in_empty(empty, t_ms=NOW + 3_600_000, forgets=False, film=FILM).timeline
    assert (found.state, found.position, found.epoch, found.at) == ("paused", 110.0, 1, NOW + 3_600_000)


def test_a_party_that_nobody_left_stays_as_it_is() -> None:
    for playback in (playing(), idle(), playing(state="paused")):
        assert arrived_in_empty(playback, t_ms=NOW + 10**8, forgets=False, film=FILM) == playback


def test_an_appointed_start_comes_by_itself() -> None:
    appointed = scheduled(idle(), starts_at=NOW + 60_000, t_ms=NOW)
    assert (appointed.timeline.state, appointed.timeline.wait_until, appointed.timeline.reason) == (
        "waiting", NOW + 60_000, "scheduled",
    )  # fmt: skip
    assert settled(appointed.timeline, NOW + 60_000).state == "playing"
    assert expected(appointed.timeline, NOW + 61_000) == 1.0
    assert stalls(appointed).timeline == appointed.timeline, "nobody makes it longer"
    assert keep_blockers(appointed, lambda key: False, t_ms=NOW, lead=LEAD) == appointed
    later = scheduled(appointed, starts_at=NOW + 90_000, t_ms=NOW)
    assert later.timeline.wait_until == NOW + 90_000
    assert scheduled(later, starts_at=NOW + 90_000, t_ms=NOW + 5) == later
    assert scheduled(later, starts_at=None, t_ms=NOW + 5).timeline.state == "idle"
    halfway = scheduled(playing(state="paused"), starts_at=NOW + 60_000, t_ms=NOW)
    assert scheduled(halfway, starts_at=None, t_ms=NOW).timeline.state == "paused"
    early = apply_command(later, order("play"), t_ms=NOW, lead=LEAD).timeline
    assert (early.state, early.at) == ("playing", NOW + LEAD)


def test_what_plays_is_not_stopped_by_an_appointment() -> None:
    for playback in (playing(), stalls(playing())):
        assert scheduled(playback, starts_at=NOW + 60_000, t_ms=NOW).timeline == playback.timeline
    assert scheduled(idle(), starts_at=NOW, t_ms=NOW) == idle()


# Anything that people and players can do -------------------------------------------------------------------------------
class Evening(RuleBasedStateMachine):
    """A room over an evening, with everyone doing whatever they like."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.playback = idle()
        self.waits_since: int | None = None

    def become(self, after: Playback) -> None:
        before = self.playback.at(self.now).timeline
        assert after.timeline.rev >= before.rev
        if after.timeline == before:
            assert after.timeline.rev == before.rev
        else:
            assert after.timeline.rev > before.rev, "no change without a revision"
        assert after.timeline.epoch - before.epoch in (0, 1)
        if after.timeline.state != "waiting":
            self.waits_since = None
        elif before.state != "waiting" or after.timeline.reason != before.reason or after.timeline.epoch != before.epoch:
            self.waits_since = self.now
        # As it is stored.
        self.playback = msgspec.json.decode(msgspec.json.encode(after), type=Playback)
        assert self.playback == after

    @rule(
        action=st.sampled_from(["play", "pause", "seek", "rate"]),
        who=st.sampled_from(PEOPLE),
        position=st.floats(0, 7200),
        rate=st.floats(0.25, 4.0),
        back=st.none() | st.integers(0, 3),
    )
    def command(self, action: str, who: Person, position: float, rate: float, back: int | None) -> None:  # fmt: skip
        base = None if back is None else self.playback.timeline.rev - back
        given = order(action, who, position=position, rate=rate, base_rev=base)
        try:
            self.become(apply_command(self.playback, given, t_ms=self.now, lead=LEAD))
        except StaleError:
            assert base is not None
            assert action != "pause"

    @rule(who=st.sampled_from(PEOPLE), audience=st.sampled_from([(), PEOPLE, (BOB,)]))
    def load(self, who: Person, audience: tuple[Person, ...]) -> None:
        given = order("load", who, film=Film(movie_id=8, duration=600.0))
        self.become(apply_command(self.playback, given, t_ms=self.now, lead=LEAD, audience=audience))

    @rule(who=st.sampled_from(PEOPLE), back=st.integers(0, 2))
    def stall(self, who: Person, back: int) -> None:
        before = self.playback.at(self.now)
        after = stalls(before, who, self.now, rev=before.timeline.rev - back)
        assert expected(after.timeline, self.now) == pytest.approx(expected(before.timeline, self.now))
        if back and before.timeline.rev - back < before.memory.point_rev:
            assert after == before
        self.become(after)

    @rule(who=st.sampled_from(PEOPLE), back=st.integers(0, 2))
    def is_ready(self, who: Person, back: int) -> None:
        before = self.playback.at(self.now)
        after = can_go_on(before, who, self.now, rev=before.timeline.rev - back)
        assert expected(after.timeline, self.now) == pytest.approx(expected(before.timeline, self.now))
        self.become(after)

    @rule(kept=st.sets(st.sampled_from([person.key for person in PEOPLE])))
    def leave(self, kept: set[str]) -> None:
        self.become(keep_blockers(self.playback, kept.__contains__, t_ms=self.now, lead=LEAD))

    @rule(position=st.floats(0, 7200))
    def report(self, position: float) -> None:
        moved = apply_report(self.playback.timeline, position=position, t_ms=self.now, set_by="alice")
        if moved is not None:
            self.become(self.playback.at(self.now).moved(moved))

    @precondition(lambda self: self.playback.timeline.state == "waiting")
    @rule()
    def nobody_says_anything(self) -> None:
        timeline = self.playback.timeline
        assert timeline.wait_until is not None
        assert settled(timeline, timeline.wait_until).state in ("playing", "ended")

    @rule(passed=st.integers(0, 30_000))
    def time_passes(self, passed: int) -> None:
        self.now += passed
        self.become(self.playback.at(self.now))

    @invariant()
    def no_wait_is_long(self) -> None:
        if self.waits_since is not None:
            timeline = self.playback.timeline
            assert timeline.wait_until is not None
            assert timeline.wait_until - self.waits_since <= 20_000

    @invariant()
    def whoever_is_named_is_a_blocker(self) -> None:
        timeline, memory = self.playback.timeline, self.playback.memory
        assert timeline.waiting_for == tuple(person.name for person in memory.blockers)
        assert (timeline.state == "waiting") == bool(memory.blockers)
        assert memory.point_rev <= timeline.rev


TestEvening = Evening.TestCase
TestEvening.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@bounded
@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(0, 5_000)), max_size=80))
def test_stalling_for_ever_holds_a_room_for_twenty_seconds_a_person_in_five_minutes(stalled: list[tuple[Person, int]]) -> None:
    playback, now, held = playing(), NOW, 0
    for who, passed in stalled:
        now += passed
        if now >= NOW + 300_000:
            break
        before = playback.at(now)
        playback = stalls(before, who, now)
        if playback.timeline.state == "waiting" and before.timeline.state == "playing":
            held += (playback.timeline.wait_until or 0) - now
    assert held <= len(PEOPLE) * 2 * 10_000

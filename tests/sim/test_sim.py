"""The simulator runs the real timeline and the real browser modules, the same way each time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from sim.__main__ import run
from sim.node import Worlds, worlds
from sim.results import Row, markdown, worst
from sim.room import SimRoom
from sim.scenarios import MATINEE, RULES, SCENARIOS, Scale

pytestmark = pytest.mark.embedded_only

TINY = Scale(people=5, minutes=8, worlds=1)
UNTIL_SETTLED = 50.0
"""ms between any two: what the design asks for."""


@pytest.fixture(scope="module")
def simulated() -> Iterator[Worlds]:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    with worlds() as opened:
        yield opened


@pytest.mark.parametrize("scenario", ["calm", "untouched"])
def test_people_stay_within_what_was_promised(simulated: Worlds, scenario: str) -> None:
    figures = run(simulated, MATINEE, scenario, TINY, 1)
    assert figures["between_p95"] is not None
    assert figures["between_p95"] <= UNTIL_SETTLED, figures


def test_the_same_seed_is_the_same_world(simulated: Worlds) -> None:
    first = run(simulated, MATINEE, "stalls", TINY, 7)
    assert run(simulated, MATINEE, "stalls", TINY, 7) == first
    assert run(simulated, MATINEE, "stalls", TINY, 8) != first


def test_every_scenario_and_every_rule_makes_a_row(simulated: Worlds) -> None:
    scale = Scale(people=3, minutes=2, worlds=1)
    rows = [Row(name, rule, worst([run(simulated, rule, name, scale, 1)])) for name in SCENARIOS for rule in RULES]
    lines = markdown(rows).splitlines()
    assert len(lines) == 2 + len(SCENARIOS) * len(RULES)
    assert not any(" - " in line for line in lines), "something could not be measured"


def test_a_player_that_was_stalled_is_back(simulated: Worlds) -> None:
    """Half of what people see is within reach of each other; the peer that only slows down leaves them seconds apart."""
    ours, theirs = (run(simulated, rule, "stalls", Scale(8, 15, 1), 3) for rule in (MATINEE, "Syncplay"))
    assert ours["expected_p95"] < theirs["expected_p95"]  # type: ignore[operator]


def test_the_room_waits_for_its_host_and_says_when_it_goes_on() -> None:
    room = SimRoom(duration=100.0)
    now = 1_800_000_000_000
    for person in range(10):
        room.answer({"t": now, "from": person, "frame": {"type": "join"}})
    play = {"type": "sync", "action": "play", "cmd_id": "1"}
    frames = room.answer({"t": now, "from": 0, "frame": play})["frames"]
    [(to, started)] = frames
    assert (to, started["state"], started["at"]) == (None, "playing", now + 200)

    stalled = {"type": "buffering", "epoch": 1, "rev": started["rev"], "current_time": 5.0}
    assert room.answer({"t": now + 5000, "from": 7, "frame": stalled})["frames"] == [], "a member of a large room"
    waiting = room.answer({"t": now + 5000, "from": 0, "frame": stalled})
    assert waiting["frames"][0][1]["waiting_for"] == ("0",)
    assert waiting["wake"] == now + 15_000
    [(_, resumed)] = room.answer({"t": now + 15_000})["frames"]
    assert (resumed["state"], resumed["at"]) == ("playing", now + 15_000)

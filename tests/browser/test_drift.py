"""The page's own arithmetic, run where it runs: staying with the room, knowing the time, coming back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Arrive

pytestmark = pytest.mark.browser

# A player on a virtual clock: it starts `off` seconds away, its clock runs `skew` wrong, a seek takes `cost` seconds.
SIMULATE = """async ({off, skew, cost, noise, seconds}) => {
  const { START, decide } = await import("/static/js/drift.js");
  let state = START, rate = 1, player = 100 + off, seed = 7, seeks = 0, busyUntil = -1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647 - 0.5;
  const distances = [];
  for (let now = 0; now < seconds * 1000; now += 250) {
    const expected = 100 + now / 1000;
    const ready = now >= busyUntil;
    const sample = { now, player: player + random() * 2 * noise, expected, ready, base: 1 };
    const [decision, next] = decide(state, sample);
    state = next;
    if (decision.action === "rate") rate = decision.rate;
    if (decision.action === "seek") { player = expected + cost; rate = 1; seeks += 1; busyUntil = now + cost * 1000; }
    if (ready) player += 0.25 * rate * (1 + skew);
    distances.push(Math.abs(player - (expected + 0.25)));
  }
  return { seeks, last: Math.max(...distances.slice(-40)) };
}"""


@pytest.fixture
def page_of_ours(arrive: Arrive) -> Page:
    return arrive().go("/login")


def test_players_come_together_and_stay(page_of_ours: Page) -> None:
    for off in (-1.4, -0.5, -0.1, 0.0, 0.3, 1.4):
        outcome = _simulate(page_of_ours, off=off)
        assert outcome["seeks"] == 0, off
        assert outcome["last"] < 0.25, (off, outcome)
    for off in (-60.0, -5.0, 3.0, 600.0):
        outcome = _simulate(page_of_ours, off=off)
        assert outcome["seeks"] == 1, off
        assert outcome["last"] < 0.25, (off, outcome)


def test_a_wrong_clock_and_noise_do_not_make_it_seek(page_of_ours: Page) -> None:
    outcome = _simulate(page_of_ours, off=0.4, skew=0.0005, noise=0.02)
    assert outcome["seeks"] == 0
    assert outcome["last"] < 0.3, outcome


def test_a_player_that_never_lands_stops_trying(page_of_ours: Page) -> None:
    outcome = _simulate(page_of_ours, off=10, skew=-0.9, seconds=60)
    assert 1 <= outcome["seeks"] <= 4, outcome


def _simulate(page: Page, *, off: float, skew: float = 0.0, noise: float = 0.0, seconds: int = 60) -> dict[str, Any]:
    settings = {"off": off, "skew": skew, "cost": 0.3, "noise": noise, "seconds": seconds}
    outcome: dict[str, Any] = page.evaluate(SIMULATE, settings)
    return outcome


def test_the_position_of_a_timeline(page_of_ours: Page) -> None:
    script = """async ([timeline, now]) => (await import("/static/js/drift.js")).expectedPosition(timeline, now)"""
    playing = {"current_time": 10, "at": 1_000, "rate": 2, "state": "playing", "duration": 100}
    assert page_of_ours.evaluate(script, [playing, 6_000]) == 20
    assert page_of_ours.evaluate(script, [playing, 500]) == 10, "a timeline that begins soon has not begun"
    assert page_of_ours.evaluate(script, [playing, 10_000_000]) == 100
    assert page_of_ours.evaluate(script, [playing | {"duration": None}, 101_000]) == 210
    assert page_of_ours.evaluate(script, [playing | {"state": "paused"}, 6_000]) == 10


def test_the_quickest_answer_tells_the_time(page_of_ours: Page) -> None:
    script = """async ([samples, now]) => (await import("/static/js/clock.js")).bestOffset(samples, now)"""
    answers = ((500, 300, 0), (420, 40, 10), (9, 2_000, 20))
    samples = [{"offset": offset, "trip": trip, "taken": taken} for offset, trip, taken in answers]
    assert page_of_ours.evaluate(script, [samples, 100]) == 420
    assert page_of_ours.evaluate(script, [samples[2:], 100]) is None
    assert page_of_ours.evaluate(script, [samples, 601_000]) is None


def test_coming_back_waits_longer_each_time(page_of_ours: Page) -> None:
    script = """async (tries) => {
      const { backOff, isFinal } = await import("/static/js/socket.js");
      const waits = tries.map((n) => [backOff(n, () => 0), backOff(n, () => 1)]);
      return { waits, final: [4008, 4501, 4503, 1012].map(isFinal) };
    }"""
    outcome = page_of_ours.evaluate(script, [0, 1, 5, 50])
    assert outcome["waits"] == [[250, 500], [500, 1_000], [7_500, 15_000], [7_500, 15_000]]
    assert outcome["final"] == [False, True, True, False]

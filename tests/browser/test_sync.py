"""Players that keep together: what people do becomes commands, and real browsers stay near each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect

from bench.together.pages import Tap, Viewer
from bench.together.tracks import distances, percentile
from tests.browser.conftest import Arrive, Visitor, position, until
from tests.rig.fixtures import CHROMIUM_ARGUMENTS
from tests.rig.servers import PASSWORD, Server
from tests.rig.slow_line import slow_line

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]

LOOSE_S = 0.5
"""Real browsers on a busy machine: `make sync-bench` shows what is wanted, this only that nothing is broken."""
SECONDS = 40


def start(visitor: Visitor, film: int) -> Page:
    """Enter as the first one, who leads, and let the film begin for everyone."""
    page = visitor.enter(film)
    page.get_by_role("button", name="Start the film").click()
    until(page, lambda: position(page) > 0.5, "the film plays")
    return page


def video(page: Page, script: str) -> Any:
    return page.locator("#video").evaluate(f"video => {script}")


def is_near(one: Page, other: Page, within: float = 0.5) -> bool:
    return abs(position(one) - position(other)) < within


LOOK = """video => ({
  at: performance.timeOrigin + performance.now(), position: video.currentTime, rate: video.playbackRate,
  plays: !video.paused && !video.seeking && video.readyState >= 3,
})"""
"""By one clock: the pages run on one machine, and each says when it looked."""


def playing(page: Page) -> dict[str, float]:
    """A look at a player that plays."""
    looks: list[dict[str, float]] = []

    def is_playing() -> bool:
        looks.append(page.locator("#video").evaluate(LOOK))
        return bool(looks[-1]["plays"])

    until(page, is_playing, "it plays")
    return looks[-1]


def apart(one: Page, other: Page) -> float:
    """In seconds. Two looks are two moments: what the first has played until the second is counted."""
    first, second = playing(one), playing(other)
    moved = (second["at"] - first["at"]) / 1000 * first["rate"]
    return abs(first["position"] + moved - second["position"])


def check_together(one: Page, other: Page, within: float = LOOSE_S) -> None:
    """They come together, and are not only passing each other."""
    for page in (one, other):
        expect(page.locator("#sync-state")).to_have_text("In sync")
    until(other, lambda: apart(one, other) < within, "both show the same")
    for _ in range(5):
        other.wait_for_timeout(100)
        assert apart(one, other) < within


class Told:
    """What a page tells the room from now on. Set up before it goes there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[dict[str, Any]] = []
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: self.frames.append(json.loads(frame))))

    @property
    def commands(self) -> list[str]:
        return [frame["action"] for frame in self.frames if "action" in frame]

    def until(self, state: str, times: int = 1) -> None:
        """Its own reports have said so, and so often."""
        until(self.page, lambda: [frame.get("state") for frame in self.frames].count(state) >= times, f"it tells {state}")


def test_what_the_leader_does_happens_to_everyone(arrive: Arrive, film: int) -> None:
    alice, bob = arrive("alice"), arrive("bob")
    hers, his = Told(alice.page), Told(bob.page)
    leader = start(alice, film)
    follower = bob.enter(film)
    until(follower, lambda: position(follower) > 0 and is_near(leader, follower), "the follower is there")

    video(leader, "video.pause()")
    until(follower, lambda: video(follower, "video.paused"), "everyone pauses")
    until(follower, lambda: is_near(leader, follower, 0.11), "at the same picture")
    expect(follower.locator("#sync-state")).to_have_text("Paused")

    video(leader, "{ video.currentTime = 60; }")
    until(follower, lambda: abs(position(follower) - 60) < 0.11, "everyone jumps, paused")
    video(leader, "video.play()")
    for page in (leader, follower):
        until(page, lambda page=page: position(page) > 61, "everyone plays")  # type: ignore[misc]
    check_together(leader, follower)
    assert hers.commands == ["play", "pause", "seek", "play"], "each gesture once, and nothing that the page did itself"
    assert his.commands == []


def test_who_stalls_is_waited_for_by_name(arrive: Arrive, film: int) -> None:
    alice, bob = arrive("alice"), arrive("bob")
    told = Told(bob.page)
    leader = start(alice, film)
    follower = bob.enter(film)
    told.until("playing")  # Who has only just come stops nobody.
    tap = Tap(bob.context)
    tap.close()
    video(leader, "{ video.currentTime = 100; }")
    waiting = f"Waiting for {bob.username}…"
    for page in (leader, follower):
        expect(page.locator("#sync-state")).to_have_text(waiting)
    assert video(leader, "video.paused")
    tap.open()
    check_together(leader, follower)


@pytest.fixture
def strict_browser(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """Plays nothing before somebody has touched the page."""
    kept = [argument for argument in CHROMIUM_ARGUMENTS if "autoplay" not in argument]
    policy = "--autoplay-policy=document-user-activation-required"
    browser = browser_type.launch(**browser_type_launch_args | {"args": [*kept, policy]})
    yield browser
    browser.close()


class Untouched(Visitor):
    """Somebody whose page nobody has touched: not even we, since asking a page anything counts as a touch."""

    def __init__(self, server: Server, browser: Browser) -> None:
        super().__init__(server, browser.new_context(locale="en-US"))
        self.told = Told(self.page)


def test_without_leave_for_sound_it_plays_muted_until_asked(arrive: Arrive, film: int, strict_browser: Browser) -> None:
    alice = arrive("alice")
    leader = start(alice, film)
    visitor = Untouched(alice.server, strict_browser)
    page = visitor.go(f"/watch/movie-{film}")
    visitor.told.until("playing")
    assert video(page, "video.muted")
    expect(page.locator("#sync-state")).to_have_text("In sync")
    page.get_by_role("button", name="Turn the sound on").click()
    expect(page.locator("#unmute")).to_be_hidden()
    assert video(page, "!video.muted && !video.paused")
    check_together(leader, page)
    visitor.check()


REFUSE = """
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (navigator.userActivation.hasBeenActive) return play.call(this);
    return Promise.reject(new DOMException("not before a press", "NotAllowedError"));
  };
"""
"""Some browsers (a phone's, with its battery low) refuse muted films too."""


def test_who_must_press_first_neither_pauses_nor_stalls(arrive: Arrive, film: int, strict_browser: Browser) -> None:
    alice = arrive("alice")
    leader = start(alice, film)
    visitor = Untouched(alice.server, strict_browser)
    visitor.page.add_init_script(REFUSE)
    page = visitor.go(f"/watch/movie-{film}")
    visitor.told.until("paused", times=2)
    assert not [frame for frame in visitor.told.frames if frame["type"] == "buffering" or "action" in frame]
    expect(leader.locator("#sync-state")).to_have_text("In sync")
    page.get_by_role("button", name="Join the film").click()
    expect(page.locator("#sync-state")).to_have_text("In sync")
    assert video(page, "!video.muted && !video.paused")
    expect(page.locator("#live")).to_be_hidden()
    visitor.check()


@pytest.mark.slow
def test_three_browsers_stay_together(server: Server, browser: Browser, film: int, capsys: Any) -> None:
    """One on a slow and uneven line, one without data for a while. The figures are printed."""
    room = f"movie-{film}"
    host = server.register("alice")
    with slow_line(server.port, delay=0.08, jitter=0.06) as line:
        alice = Viewer(browser, server.url, room, username=host.username, password=PASSWORD)
        bob, charlie = Viewer(browser, server.url, room), Viewer(browser, f"http://127.0.0.1:{line.port}", room)
        tap = Tap(bob.context)
        alice.start()
        alice.wait(8)
        start_at = alice.now
        alice.wait(SECONDS / 2)
        tap.close()
        alice.seek(110)
        alice.wait(4)
        tap.open()
        alice.wait(SECONDS / 2 - 4)
        end_at = alice.now
        tracks = [viewer.track() for viewer in (alice, bob, charlie)]
        for viewer in (alice, bob, charlie):
            viewer.close()
    apart = distances(tracks, start_at, end_at)
    p50, p95, most = (percentile(apart, share) * 1000 for share in (0.5, 0.95, 1.0))
    with capsys.disabled():
        print(f"\nany two of three browsers: p50 {p50:.0f} ms, p95 {p95:.0f} ms, most {most:.0f} ms, {len(apart)} samples")
    assert len(apart) > SECONDS * 10, "most of the time at least two play"
    assert p95 <= LOOSE_S * 1000

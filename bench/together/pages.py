"""Real browsers in one room: they come, they are watched, they are asked where they were."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Browser, BrowserContext, Error, Page, Route

from bench.together.tracks import Track

PATIENCE_S = 60.0
COLLECT = """() => {
  const video = document.getElementById("video");
  window.track = [];
  setInterval(() => {
    const plays = !video.paused && !video.seeking && video.readyState >= 3;
    window.track.push([performance.timeOrigin + performance.now(), video.currentTime, plays ? 1 : 0, video.playbackRate]);
  }, 50);
}"""
"""By one clock: the pages run on one machine, and each says when it looked."""
NOW = "performance.timeOrigin + performance.now()"


class Viewer:
    """One browser window in the room. `address` is the server's, or that of a slow line to it."""

    def __init__(self, browser: Browser, address: str, room_id: str, *, username: str = "", password: str = "") -> None:
        self.context: BrowserContext = browser.new_context(locale="en-US")
        self.context.set_default_timeout(PATIENCE_S * 1000)
        self.page: Page = self.context.new_page()
        if username:
            self._log_in(address, username, password)
        self.page.goto(f"{address}/watch/{room_id}")
        self.page.evaluate(COLLECT)
        self.until(lambda: self.page.locator("#host").text_content() != "", "welcomed")

    def _log_in(self, address: str, username: str, password: str) -> None:
        self.page.goto(f"{address}/login")
        self.page.locator("[name=name]").fill(username)
        self.page.locator("[name=password]").fill(password)
        self.page.locator("main form button.primary").click()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """TimeoutError unless it comes about."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"never happened: {what}")
            self.page.wait_for_timeout(50)

    @property
    def now(self) -> float:
        """ms since 1970, by this page's clock."""
        now: float = self.page.evaluate(NOW)
        return now

    @property
    def position(self) -> float:
        position: float = self.page.locator("#video").evaluate("video => video.currentTime")
        return position

    def start(self) -> None:
        """The film, for everyone."""
        self.page.locator("#cover-button").click()
        self.until(lambda: self.position > 0.5, "the film plays")

    def seek(self, position: float) -> None:
        self.page.locator("#video").evaluate("(video, to) => { video.currentTime = to; }", position)

    def wait(self, seconds: float) -> None:
        self.page.wait_for_timeout(seconds * 1000)

    def track(self) -> Track:
        """Everything since it came."""
        return Track(json.loads(self.page.evaluate("JSON.stringify(window.track)")))

    def close(self) -> None:
        self.context.close()


class Tap:
    """Holds back what a browser asks for of a film, until it is let through."""

    def __init__(self, context: BrowserContext) -> None:
        self._held: list[Route] | None = None
        context.route("**/*.m4s", self._handle)

    def _handle(self, route: Route) -> None:
        if self._held is None:
            route.continue_()
        else:
            self._held.append(route)

    def close(self) -> None:
        self._held = []

    def open(self) -> None:
        held, self._held = self._held or [], None
        for route in held:
            with suppress(Error):  # The player may have given that request up.
                route.continue_()

"""A cinema with films that play, and people in front of real browsers, who notice everything that goes wrong there."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.rig.servers import PASSWORD, Server

DEADLINE = 30_000
"""Milliseconds. Nothing here takes long; a busy machine may."""
FILMS = 48
MAKE_FILMS = f"""
from dataclasses import replace
from demo.films import FILMS, Look, rendered
from demo.services import store_film
# One colour and a clock: little to draw, and little to show in several browsers at once.
still = "color=c=#0b132b:size={{w}}x{{h}}:rate=25"
film, look = replace(FILMS[0], source=still, seconds=150), Look(width=320, height=180, seconds=150)
with rendered(film, look) as folder:
    print(*(store_film(replace(film, title=f"Film {{number}}"), folder, look).pk for number in range({FILMS})))
"""
NO_WORKER = "Service Worker registration blocked"
"""What a browser says whose requests a test holds back: a worker's cannot be."""
# Nothing may be asked of anybody else, and these are no requests.
OWN_SCHEMES = ("data:", "blob:", "chrome-extension:")


@pytest.fixture(scope="session")
def film_ids(server: Server) -> Iterator[int]:
    """One film after the other, so that each test has a room of its own."""
    return iter([int(word) for word in server.shell(MAKE_FILMS).split()])


@pytest.fixture
def unique() -> str:
    """For names that no other test has."""
    return secrets.token_hex(4)


@pytest.fixture
def film(film_ids: Iterator[int]) -> int:
    return next(film_ids)


class Visitor:
    """Somebody with a browser of their own. `page` is what they look at; `troubles` what went wrong in it."""

    def __init__(self, server: Server, context: BrowserContext) -> None:
        self.server, self.context = server, context
        self.troubles: list[str] = []
        self.allowed: list[str] = []
        """Parts of troubles that the test brings about on purpose."""
        context.set_default_timeout(DEADLINE)
        context.on("request", lambda request: self._check_address(request.url))
        context.on("weberror", lambda error: self.troubles.append(f"exception: {error.error}"))
        context.on("console", self._check_console)
        self.page = context.new_page()
        self.page.on("dialog", self._refuse_dialog)

    def _check_address(self, url: str) -> None:
        if not url.startswith((self.server.url, self.server.ws_url, *OWN_SCHEMES)):
            self.troubles.append(f"request elsewhere: {url}")

    def _check_console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"console: {message.text} ({message.location})")

    def _refuse_dialog(self, dialog: Any) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def check(self) -> None:
        left = [trouble for trouble in self.troubles if not any(part in trouble for part in self.allowed)]
        assert not left

    def go(self, path: str) -> Page:
        self.page.goto(self.server.url + path)
        return self.page

    def log_in(self, username: str) -> None:
        self.go("/login")
        self.page.locator("[name=name]").fill(username)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.locator("main form button.primary").click()
        expect(self.page.locator(".top .me")).to_have_text(username)

    def enter(self, film: int) -> Page:
        """Into the film's room; returns once both sockets have been welcomed."""
        page = self.go(f"/watch/movie-{film}")
        expect(page.locator("#host")).not_to_be_empty()
        expect(page.locator("#people-count")).to_have_text(re.compile(r"\d"))
        return page


Arrive = Callable[..., Visitor]


@pytest.fixture
def arrive(server: Server, browser: Browser) -> Iterator[Arrive]:
    """`arrive("alice")`: a signed-in person at a browser of their own (`.username` is unique); `arrive()`: a guest."""
    expect.set_options(timeout=DEADLINE)
    visitors: list[Visitor] = []

    def come(name: str | None = None, *, username: str | None = None, locale: str = "en-US", **more: Any) -> Visitor:
        visitor = Visitor(server, browser.new_context(locale=locale, **more))
        visitors.append(visitor)
        if name is not None:
            username = server.register(name).username
        if username is not None:
            visitor.log_in(username)
        visitor.username = username  # type: ignore[attr-defined]
        return visitor

    yield come
    for visitor in visitors:
        visitor.context.close()
    for visitor in visitors:
        visitor.check()


def position(page: Page) -> float:
    """Where the film is, in seconds."""
    where: float = page.locator("#video").evaluate("video => video.currentTime")
    return where


def until(page: Page, condition: Callable[[], bool], what: str) -> None:
    """Look again and again until it is so. (Playwright's own wait_for_function needs eval, which our policy forbids.)"""
    for _ in range(DEADLINE // 100):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never happened: {what}")

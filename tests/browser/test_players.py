"""A film on its own page, when not everything goes well."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Arrive, position, until

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]


def test_a_film_outlasts_a_line_that_was_down_and_goes_on_where_it_failed(arrive: Arrive, film: int) -> None:
    visitor = arrive()
    visitor.allowed = ["net::ERR_FAILED", "404"]
    visitor.page.clock.install()
    page = visitor.go(f"/movies/{film}")
    video, unplayable, cut = page.locator("#video"), page.locator("#unplayable"), page.locator("#cut")
    expect(cut).to_be_empty()
    expect(cut).to_be_hidden()
    pieces = re.compile(r"\.m4s$")
    until(page, lambda: video.evaluate("video => video.readyState > 1"), "the film is loaded")
    tries = 0

    def lose(route: Route) -> None:
        nonlocal tries
        tries += 1
        route.abort()

    def is_failed() -> bool:
        page.clock.fast_forward(10_000)
        return unplayable.is_visible()

    page.route(pieces, lose)
    video.evaluate("video => { video.muted = true; video.currentTime = 100; video.play(); }")
    for lost in range(9):  # The player itself gives up after seven.
        until(page, lambda lost=lost: tries > lost, "it is asked for again")  # type: ignore[misc]
        page.clock.fast_forward(10_000)
    expect(unplayable).to_be_hidden()
    expect(cut).to_have_text("The film does not load at the moment. Trying again…")
    page.unroute(pieces)
    until(page, lambda: position(page) > 101, "the film plays on")
    expect(cut).to_be_hidden()

    page.route(pieces, lambda route: route.fulfill(status=404))
    video.evaluate("video => { video.currentTime = 75; }")
    until(page, is_failed, "what is refused is given up")
    page.unroute(pieces)
    page.get_by_role("button", name="Try again").click()
    until(page, lambda: position(page) >= 75, "it goes on where it was")

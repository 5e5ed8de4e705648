"""The main story without a mouse: from the address to a message in a room, and whatever has the focus is seen to have it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive, position, until
from tests.rig.servers import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]
MOST_STOPS = 120
UNSEEN = """() => {
  const focused = document.activeElement, card = focused.closest(".film, .tile");
  if (focused.matches("video:not(:focus)")) return ""; // One of the browser's own controls has it, and shows it itself.
  const isRinged = (part) => {
    const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(part);
    if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) return false;
    let frame = part.parentElement;
    while (frame && getComputedStyle(frame).overflow === "visible") frame = frame.parentElement;
    if (!frame || parseFloat(outlineOffset) < 0) return true;
    const ring = part.getBoundingClientRect(), edge = frame.getBoundingClientRect();
    return ring.top > edge.top || ring.left > edge.left || ring.bottom < edge.bottom || ring.right < edge.right;
  };
  const { top, left, bottom, right } = focused.getBoundingClientRect();
  const isInSight = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
  const parts = [focused, card, card?.querySelector(".poster")].filter((part) => part);
  return isInSight && parts.some(isRinged) ? "" : focused.outerHTML.slice(0, 200);
}"""
"""What has the focus and does not show it: out of sight, without a ring, or with one that is cut off all around.
A film's card shows it at its poster or as a whole."""
IS_AT = "(selector) => document.activeElement?.matches(selector) ?? false"


class Keys:
    """Hands on a keyboard and nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, selector: str, key: str = "Tab") -> None:
        """Tab (or back with "Shift+Tab") until it has the focus."""
        for _ in range(MOST_STOPS):
            self.page.keyboard.press(key)
            if self.page.evaluate(IS_AT, "body"):
                continue  # The browser's own bar, between the end of a page and its beginning.
            assert self.page.evaluate(UNSEEN) == ""
            if self.page.evaluate(IS_AT, selector):
                return
        raise AssertionError(f"the keyboard never comes to {selector}")

    def press(self, selector: str, key: str = "Tab") -> None:
        self.to(selector, key)
        self.page.keyboard.press("Enter")


def test_the_main_story_by_keyboard_alone(arrive: Arrive, film: int) -> None:
    visitor = arrive()
    name = visitor.server.register("alice").username
    page = visitor.go("/")
    keys = Keys(page)
    log_in(keys, name)
    find(keys, film)
    comment(keys)
    keys.press(f'a[href="/watch/movie-{film}"]', "Shift+Tab")
    expect(page.locator("#host")).not_to_be_empty()
    keys.press("#cover-button")
    until(page, lambda: position(page) > 0.5, "the film plays")
    page.keyboard.press("c")
    expect(page.get_by_label("Message")).to_be_focused()
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")
    expect(page.locator(".said:not(.waiting) p")).to_have_text("by keyboard")
    keys.to(".skip")
    keys.to("#content")


def log_in(keys: Keys, name: str) -> None:
    keys.press('.top a[href^="/login"]')
    expect(keys.page.get_by_label("Name or e-mail")).to_be_focused()
    keys.page.keyboard.type(name)
    keys.to("[name=password]")
    keys.page.keyboard.type(PASSWORD)
    keys.page.keyboard.press("Enter")
    expect(keys.page.locator(".top .me")).to_have_text(name)


def find(keys: Keys, film: int) -> None:
    keys.press(".skip")
    keys.to("#search")
    keys.page.keyboard.type("Film")
    expect(keys.page).to_have_url(re.compile(r"search=Film$"))
    keys.press(f'a[href="/movies/{film}"]')
    expect(keys.page.get_by_role("heading", level=1)).to_contain_text("Film ")


def comment(keys: Keys) -> None:
    page = keys.page
    keys.to("#id_content")
    page.keyboard.type("by keyboard")
    keys.press(".compose-comment .primary")
    expect(page.locator(".comment-text")).to_have_text(["by keyboard"])
    keys.press(".comment summary")
    expect(page.get_by_role("link", name="Edit")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".comment summary")).to_be_focused()
    expect(page.get_by_role("link", name="Edit")).to_be_hidden()

"""People's pictures, as the people see them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]


def is_painted(page: Page, selector: str) -> None:
    """The picture is there, has arrived, and lies exactly over its sign."""
    image = page.locator(selector)
    expect(image).to_be_visible()
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.naturalWidth") == 256
    boxes = image.evaluate("image => [image, image.parentElement].map((one) => one.getBoundingClientRect().toJSON())")
    assert boxes[0] == boxes[1]


def test_a_picture_is_chosen_and_seen_by_the_others_but_no_guest_wears_it(arrive: Arrive, film: int) -> None:
    alice, bob, guest = arrive("alice"), arrive("bob"), arrive()
    name = alice.username  # type: ignore[attr-defined]
    page = alice.go("/settings")
    field, big = page.locator("#picture [type=file]"), page.locator("#profile .avatar.big img")
    field.set_input_files({"name": "me.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(page.locator("#picture .wrong")).to_have_text("This file cannot be shown as a picture.")
    expect(big).to_have_count(0)
    field.set_input_files({"name": "me.jpg", "mimeType": "image/jpeg", "buffer": picture("JPEG", (300, 200))})
    expect(page.locator("#picture .wrong")).to_have_count(0)
    expect(big).to_have_attribute("src", re.compile("^blob:"))
    page.locator("#picture button").first.click()
    expect(page.locator(".note.good")).to_be_visible()
    is_painted(page, "#profile .avatar.big img")
    is_painted(page, ".top .avatar img")
    # A guest by her name comes first: letters. Bob, who watches, sees no picture either, until she is there herself.
    guest.go(f"/watch/movie-{film}")
    guest.page.locator("#guest-name").fill(name)
    guest.page.locator("#guest-name").blur()
    line = f'#people li[data-name="{name}"]'
    watching = bob.enter(film)
    expect(watching.locator(f"{line} .badge.role")).to_have_text("guest")
    expect(watching.locator(f"{line} .avatar img")).to_have_count(0)
    guest.go("/")
    expect(watching.locator(line)).to_have_count(0)
    alice.enter(film)
    for seen in (watching, alice.page):
        is_painted(seen, f"{line} .avatar img")
    expect(watching.locator(f'#people li[data-name="{bob.username}"] .avatar img')).to_have_count(0)  # type: ignore[attr-defined]
    # A picture that cannot be shown leaves the letter. (Routed pages have no cache.)
    watching.route("**/media/avatars/*", lambda route: route.fulfill(status=200, content_type="image/webp", body="broken"))
    with watching.expect_response("**/media/avatars/*"):
        watching.reload()
    expect(watching.locator(f"{line} .avatar")).to_have_text(name[0])
    expect(watching.locator(f"{line} .avatar img")).to_have_count(0)
    watching.unroute_all()
    watching.reload()
    is_painted(watching, f"{line} .avatar img")
    # Under her name a guest says something: from then on the line is not surely hers.
    guest.enter(film)
    guest.page.locator("#content").fill("I am not alice")
    guest.page.locator("#send").click()
    expect(watching.locator(f"{line} .avatar img")).to_have_count(0)

"""One evening, whole: somebody registers, finds a film and opens a party; others come by its link, and one does not get in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Arrive, Visitor, until
from tests.browser.test_room_page import COUNT_FLIGHTS, flown, say
from tests.browser.test_sync import is_near, position, video
from tests.rig.servers import PASSWORD, Server

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]
OFFLINE = ["ERR_INTERNET_DISCONNECTED", "fetching the script"]
KEPT_OUT = "You are banned here."


def test_an_evening(arrive: Arrive, film: int, server: Server, unique: str) -> None:
    alice, bob, charlie = arrive(permissions=["clipboard-read", "clipboard-write"]), arrive(), arrive("charlie")
    # In the moment of the ban a page may just be asking what was said in the next part of the film.
    bob.allowed, charlie.allowed = OFFLINE, ["401 (Unauthorized)", "403 (Forbidden)"]
    hers = alice.go("/")
    register(hers, f"alice-{unique}")
    open_party_for(hers, film, server.http.get(f"/api/movies/{film}").json()["movie"]["title"])
    link = copied_link(hers)

    his = bob.go(link.removeprefix(server.url).partition("?")[0])
    expect(his.get_by_text("This room has a password.")).to_be_visible()
    his.goto(link)
    expect(hers.locator("#people li")).to_have_count(2)
    register(his, f"bob-{unique}")
    expect(his).to_have_url(link)
    expect(person(hers, f"bob-{unique}")).to_be_visible()
    expect(hers.locator("#people li")).to_have_count(2)
    watch_and_talk(hers, his)
    lose_the_network_and_come_back(hers, bob)
    keep_out(hers, charlie, link)
    end_account(charlie)
    for page in (hers, his):
        expect(page.locator("#people li")).to_have_count(2)
    until(his, lambda: is_near(hers, his), "and the evening goes on")


def person(page: Page, name: str) -> Locator:
    return page.locator(f'#people li[data-name="{name}"]')


def register(page: Page, name: str) -> None:
    page.locator(".top").get_by_role("link", name="Register").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    expect(page.locator(".top .me")).to_have_text(name)


def open_party_for(page: Page, film: int, title: str) -> None:
    page.get_by_label("Search films").press_sequentially(title)
    expect(page.locator(".hero")).to_have_count(0)
    page.locator(f'.film a[href="/movies/{film}"]').click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_text("Start a private party").click()
    page.locator("#party").get_by_label("Name").fill("Our evening")
    page.locator("#party").get_by_label("Password", exact=True).fill("sesame")
    page.get_by_role("button", name="Open the party").click()
    expect(page).to_have_url(re.compile("/watch/party-"))
    expect(page.locator("#people li")).to_have_count(1)


def copied_link(page: Page) -> str:
    page.get_by_role("button", name="Copy the link").click()
    expect(page.locator(".toast")).to_contain_text("Link copied.")
    link: str = page.evaluate("navigator.clipboard.readText()")
    return link


def watch_and_talk(hers: Page, his: Page) -> None:
    hers.get_by_role("button", name="Start the film").click()
    until(his, lambda: position(his) > 0.5 and is_near(hers, his), "both see one picture")
    for page in (hers, his):
        expect(page.locator("#sync-state")).to_have_text("In sync")
        page.evaluate(COUNT_FLIGHTS)
    say(hers, "welcome")
    expect(his.locator(".said p")).to_have_text(["welcome"])
    say(his, "here I am")
    for page in (hers, his):
        expect(page.locator(".said:not(.waiting) p")).to_have_text(["welcome", "here I am"])
        until(page, lambda page=page: flown(page) == ["welcome", "here I am"], "both fly over the picture")  # type: ignore[misc]


def lose_the_network_and_come_back(hers: Page, bob: Visitor) -> None:
    his = bob.page
    bob.context.set_offline(True)
    expect(his.locator("#lost")).to_contain_text("You are offline.")
    expect(his.locator("#host")).to_be_empty()
    say(his, "from the tunnel")
    expect(his.locator(".said.waiting .unsent")).to_have_text("waiting to be sent")
    expect(hers.locator("#people li")).to_have_count(1)
    say(hers, "meanwhile")
    expect(hers.locator(".said:not(.waiting) p")).to_have_count(3)
    video(hers, "{ video.currentTime = 80; }")
    until(hers, lambda: position(hers) > 81, "the film goes on elsewhere")
    bob.context.set_offline(False)
    expect(his.locator("#lost")).to_be_hidden()
    for page in (hers, his):
        expect(page.locator(".said p")).to_have_text(["welcome", "here I am", "meanwhile", "from the tunnel"])
    expect(his.locator(".said.waiting, .said .unsent")).to_have_count(0)
    until(his, lambda: position(his) > 81 and is_near(hers, his), "both see one picture again")
    assert not video(hers, "video.paused")


def keep_out(hers: Page, charlie: Visitor, link: str) -> None:
    """The host's ban: at once, on reload, and over the socket, also with the link in hand."""
    errors: list[dict[str, Any]] = []

    def hear(frame: str | bytes) -> None:
        if (told := json.loads(frame))["type"] == "error":
            errors.append(told)

    page, name = charlie.page, charlie.username  # type: ignore[attr-defined]
    page.on("websocket", lambda socket: socket.on("framereceived", hear))
    page.goto(link)
    expect(person(page, name)).to_be_visible()
    person(hers, name).get_by_role("button").click()
    hers.get_by_role("button", name="Ban", exact=True).click()
    expect(page.locator("#lost")).to_have_text(KEPT_OUT)
    expect(person(hers, name)).to_have_count(0)
    errors.clear()
    page.reload()
    expect(page.locator("#lost")).to_have_text(KEPT_OUT)
    expect(page.locator("#people li, .said")).to_have_count(0)
    until(page, lambda: len(errors) >= 2, "both sockets were refused")
    assert {(error["code"], error["error"]) for error in errors} == {(403, "banned")}


def end_account(charlie: Visitor) -> None:
    """Staff end the account: it is logged out everywhere, and logs in nowhere."""
    name = charlie.username  # type: ignore[attr-defined]
    charlie.server.shell(
        "from accounts.models import User\n"
        "from accounts.services import deactivate\n"
        f"deactivate(actor=None, user=User.objects.get(username={name!r}))"
    )
    page = charlie.go("/settings")
    page.get_by_label("Name or e-mail").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("Name, e-mail or password is wrong.")

"""What people put into a room, and what happens to them there."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.conftest import Arrive, position, until
from tests.browser.test_room_page import COUNT_FLIGHTS, flown, say
from tests.browser.test_room_tools import come_in
from tests.rig.servers import PASSWORD, Server

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]

ODD = "<b>Z͑ͫ̓ͪ̂ͫ</b> مرحبا 👩‍👧"
MESSAGES = (
    "x" * 4_000,
    "\u202eturned\u202c \u0627\u0644\u0633\u0644\u0627\u0645",
    "<script>alert(3)</script>",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤" * 50,
    "👩‍👩‍👧‍👦" * 100,
)
OUTSIDE = """() => {
  const sticksOut = (part) => part.scrollWidth > part.clientWidth + 1;
  const parts = document.querySelectorAll(".said, .said p, #people li, .under, .titles, .top nav, html");
  const found = [...parts].filter(sticksOut).map((part) => `${part.tagName}.${part.className}`);
  const header = document.querySelector(".top").offsetHeight;
  const below = document.querySelector("#compose").getBoundingClientRect().bottom - innerHeight;
  return header > 57 || below > 0 ? [...found, `header ${header} px, composer ${below} px below`] : found;
}"""
MAKE = """
from accounts.models import User
from movies.models import Movie
from movies.services import update_movie
from rooms.services import open_party
update_movie(actor=None, movie=Movie.objects.get(pk={film}), title={title!r})
print(open_party(actor=User.objects.get(username={owner!r}), movie_id={film}, name={name!r}).room_id)
"""


def test_odd_words_stay_in_their_place_and_go_when_a_host_says_so(arrive: Arrive, film: int, server: Server) -> None:
    """On a phone, in the room of a film that could not be loaded at first."""
    alice = arrive("alice-of-the-long-name", viewport={"width": 360, "height": 740})
    guest = arrive(viewport={"width": 320, "height": 640})
    alice.allowed = ["404 (Not Found)"]
    alice.page.route("**/*.m3u8", lambda route: route.fulfill(status=404))
    words = {"film": film, "owner": alice.username, "title": f"{ODD} {'W' * 100}", "name": ODD * 2}  # type: ignore[attr-defined]
    address = f"/watch/{server.shell(MAKE.format(**words)).strip()}"
    hers, theirs = come_in(alice, address), come_in(guest, f"{address}?companion=1")
    failed = hers.get_by_role("alert").filter(has_text="This film cannot be played here.")
    expect(failed).to_be_visible()
    alice.page.unroute_all()
    hers.get_by_role("button", name="Try again").click()
    expect(failed).to_be_hidden()
    hers.get_by_role("button", name="Start the film").click()
    until(hers, lambda: position(hers) > 0.1, "it plays after all")

    hers.evaluate(COUNT_FLIGHTS)
    theirs.get_by_label("Your name").fill(ODD)
    for message in MESSAGES:
        say(theirs, message)
    for page in (hers, theirs):
        expect(page.locator(".said:not(.waiting) p")).to_have_text(list(MESSAGES))
        expect(page.locator(".said b").first).to_have_text(ODD)
        expect(page.locator("#room-name")).to_have_text(ODD * 2)
        assert page.locator(".said script, .said b b").count() == 0
        assert page.evaluate(OUTSIDE) == []
    until(hers, lambda: len(flown(hers)) == len(MESSAGES), "they fly")
    assert max(len(words) for words in flown(hers)) <= 81

    expect(theirs.locator(".said .remove")).to_have_count(0)
    line = hers.locator(".said", has_text="<script>")
    gone = line.get_attribute("data-id")
    line.get_by_role("button", name="Delete").click()
    question = hers.get_by_role("dialog", name="Delete this line?")
    expect(question.locator("blockquote")).to_have_text("<script>alert(3)</script>")
    question.get_by_role("button", name="Delete").click()
    for page in (hers, theirs):
        expect(page.locator(f'.said[data-id="{gone}"] p')).to_have_text("This message was deleted.")
    expect(hers.locator(f'#danmaku [data-id="{gone}"]')).to_have_count(0)
    theirs.reload()
    expect(theirs.locator(".said p")).to_have_text([words for words in MESSAGES if "script" not in words])


def test_a_login_that_ends_while_one_talks_loses_nothing(arrive: Arrive, film: int, server: Server) -> None:
    person = server.register("alice")
    alice = arrive(username=person.username)
    is_slow = True

    def hold_back_messages(socket: WebSocketRoute) -> None:
        line = socket.connect_to_server()
        socket.on_message(lambda frame: None if is_slow and json.loads(frame)["type"] == "message" else line.send(frame))

    alice.page.route_web_socket(re.compile("/ws/chat"), hold_back_messages)
    page = come_in(alice, f"/watch/movie-{film}?companion=1")
    say(page, "on its way")
    expect(page.locator(".said.waiting")).to_have_count(1)
    page.get_by_label("Message").fill("half a thought")
    person.http.post("/auth/logout-everywhere").raise_for_status()
    expect(page.locator("#lost")).to_contain_text("You have been logged out. What you wrote is kept.")
    expect(page.locator(".said")).to_have_count(0)
    expect(page.get_by_label("Message")).to_have_value("on its way\nhalf a thought")

    is_slow = False
    page.get_by_role("link", name="Log in again").click()
    page.get_by_label("Name or e-mail").fill(person.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile(r"\?companion=1$"))
    expect(page.get_by_label("Message")).to_have_value("on its way\nhalf a thought")
    expect(page.locator("#people li")).to_have_count(1)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".said:not(.waiting) p")).to_have_text("on its way\nhalf a thought")
    page.reload()
    expect(page.get_by_label("Message")).to_have_value("")

"""Every page in both languages and themes and at every width: nothing goes wrong, sticks out or is kept from anybody."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import expect

from tests.browser import oddities
from tests.browser.conftest import Arrive, Visitor
from tests.browser.oddities import COMMENTS, Odd
from tests.browser.soundness import AXE, HEIGHT, MEASURE, NOT_SHOWN, Sweep, Theme
from tests.rig.servers import Person, Server

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]
SEARCH = "/?search=%3Cscript%3Ealert(1)%3C/script%3E" + "W" * 170
FOR_GUESTS = (SEARCH, "/movies/{lost}", "/watch/{party}", "/login", "/password/forgotten", "/password/sent",
              "/password/new", "{reset}", "/offline", "/docs/protocol", "/nowhere")  # fmt: skip
EXPECTED = ["400 (Bad Request)", "403 (Forbidden)", "404 (Not Found)", "401 (Unauthorized)"]
"""What browsers say of answers that pages ask for and show."""


@pytest.fixture(scope="module")
def odd(server: Server) -> Odd:
    return oddities.made(server)


# One language sees each theme with axe on a phone and the other at a desk.
@pytest.mark.parametrize(
    ("locale", "axe_at"), [("zh-CN", {"dark": 360, "light": 1280}), ("en-US", {"light": 360, "dark": 1280})]
)
def test_every_page_is_sound(arrive: Arrive, film: int, odd: Odd, locale: str, axe_at: dict[Theme, int]) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make test installs it with npm")
    visitor = arrive(locale=locale)
    visitor.allowed = EXPECTED
    sweep = Sweep(visitor, axe_at)
    member = visitor.server.register("alice")
    for path in FOR_GUESTS:
        sweep.at(path.format(lost=odd.lost, party=odd.party, reset=odd.reset.removeprefix(visitor.server.url)))
    look_at_components(sweep)
    look_at_refusals(sweep)
    other = arrive(locale=locale)
    other.enter(film)  # So that there is somebody to see.
    visitor.enter(film)
    sweep.arrived("a film's room")
    visitor.log_in(member.username)
    look_as_member(sweep, film, member)
    look_as_owner(sweep, film, member, other)
    assert not sweep.wrong, "\n".join(sweep.wrong)


def look_at_components(sweep: Sweep) -> None:
    page = sweep.at("/_components")
    sweep.wrong += [f"no component is shown as {selector}" for selector in page.evaluate(NOT_SHOWN)]


def look_at_refusals(sweep: Sweep) -> None:
    """A form with everything wrong, one that is not this browser's, and a mistake of ours."""
    page, send = sweep.visitor.go("/register"), sweep.visitor.page.locator("main form button.primary")
    send.click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(3)
    sweep.look("/register, refused")
    sweep.visitor.context.clear_cookies(name="csrftoken")
    send.click()
    expect(page.get_by_text("403")).to_be_visible()
    sweep.look("403 for want of a cookie")
    with translation.override(str(page.locator("html").get_attribute("lang"))):
        body = render_to_string("500.html")
    page.route("**/broken", lambda route: route.fulfill(body=body, content_type="text/html"))
    sweep.at("/broken")


def look_as_member(sweep: Sweep, film: int, member: Person) -> None:
    member.http.post(f"/api/movies/{film}/comments", json={"content": "Look at 0:20!", "movie_time": 20}).raise_for_status()
    page = sweep.visitor.go(f"/movies/{film}")
    page.locator(".party > summary, .comment summary").evaluate_all("all => all.forEach((summary) => summary.click())")
    expect(page.locator("details[open]")).to_have_count(2)
    sweep.look("a film with what can be opened")
    for path in ("/", "/settings"):
        sweep.at(path)


def look_as_owner(sweep: Sweep, film: int, member: Person, other: Visitor) -> None:
    """The room with what its owner can open, about somebody who said something with an address in it."""
    answer = member.http.post("/api/rooms", json={"movie_id": film}).raise_for_status()
    room = answer.json()["room"]
    page = sweep.visitor.page
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    sweep.visitor.go(f"/watch/{room['room_id']}")
    other.go(room["invite_link"].removeprefix(other.server.url))
    expect(page.locator("#people li")).to_have_count(2)
    other.page.locator("#content").fill("https://example.org/a?b=1")
    other.page.locator("#send").click()
    expect(page.locator(".said p a")).to_be_visible()
    sweep.arrived("a room of one's own")
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    for opener in ("#invite-open", "#host-open", "#people button:visible"):
        page.locator(opener).click()
        expect(page.locator("dialog[open]")).to_be_visible()
        sweep.look(f"a room of one's own, {opener}")
        page.keyboard.press("Escape")


# An app ---------------------------------------------------------------------------------------------------------------


def test_it_can_be_installed_and_says_when_it_is_offline(arrive: Arrive, film: int) -> None:
    visitor = arrive("alice")
    visitor.allowed = ["ERR_INTERNET_DISCONNECTED", "fetching the script"]
    page = visitor.go("/")
    session = visitor.context.new_cdp_session(page)
    found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {error["errorId"] for error in found} <= {"in-incognito"}, "a test's browser is always a private window"
    page.evaluate("navigator.serviceWorker.ready")
    visitor.go(f"/movies/{film}")
    kept = page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys())
            for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
          return found;
        }"""
    )
    assert kept
    assert [path for path in kept if not path.startswith("/static/") and path != "/offline"] == []
    visitor.context.set_offline(True)
    page.goto(f"{visitor.server.url}/settings")
    expect(page.get_by_role("heading", name="Matinee cannot be reached")).to_be_visible()
    assert visitor.username not in page.content()  # type: ignore[attr-defined]
    visitor.context.set_offline(False)
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()


# What people put in ---------------------------------------------------------------------------------------------------


def test_odd_words_are_kept_and_shown_as_they_are(arrive: Arrive, odd: Odd) -> None:
    """On a film that cannot be played, which the page says."""
    visitor = arrive("alice", viewport={"width": 360, "height": 740})
    visitor.allowed = [
        *EXPECTED,
        "Content Security Policy",
        "ERR_CONNECTION_REFUSED",
        "Content-Security-Policy",
        "127.0.0.1:1/",
    ]
    page = visitor.go(f"/movies/{odd.elsewhere}")
    expect(page.get_by_role("alert").filter(has_text="This film cannot be played here.")).to_be_visible()
    for words in COMMENTS:
        page.get_by_label("Your comment").fill(words)
        page.get_by_role("button", name="Post comment").click()
        expect(page.locator(".comment-text").last).to_have_text(words)
    page.get_by_label("Your comment").fill("x" * 4_001)
    page.get_by_role("button", name="Post comment").click()
    expect(page.locator(".wrong")).to_contain_text("At most 4000 characters.")
    expect(page.get_by_label("Your comment")).to_have_value("x" * 4_001)
    assert page.evaluate(MEASURE) == []

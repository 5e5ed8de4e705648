"""Watching together: people talk, one leads, the others follow."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Arrive, Visitor, position, until
from tests.rig.servers import PASSWORD

pytestmark = pytest.mark.browser


def _say(page: Page, words: str) -> None:
    page.get_by_label("Message").fill(words)
    page.get_by_label("Message").press("Enter")


def _start(visitor: Visitor, film: int) -> Page:
    """Enter as the first one and let the film begin for everyone."""
    page = visitor.enter(film)
    expect(page.locator("#host")).to_have_text("You are the host. Others follow you.")
    page.get_by_role("button", name="Start the film").click()
    until(page, lambda: position(page) > 0.5, "the host's film plays")
    return page


def _near(one: Page, other: Page) -> bool:
    return abs(position(one) - position(other)) < 1.5


SHAPES = """lines => lines.map((line) => {
  const { dateTime, textContent } = line.querySelector("time");
  const words = [...line.querySelectorAll("b, p")].map(({ dir, title, textContent }) => [dir, title, textContent]);
  const { after, movieTime, ...facts } = line.dataset; // Where it was put while it was on its way is the page's own.
  return { ...facts, second: Number(movieTime), words, at: dateTime.slice(0, 16), shown: textContent };
})"""
"""What lines are made of, for whoever looks closer than at their text."""


def test_people_talk(arrive: Arrive, film: int) -> None:
    # Her clock shows half past what ours does.
    alice, guest = arrive("alice", timezone_id="Asia/Kolkata"), arrive()
    hers, theirs = alice.enter(film), guest.enter(film)
    expect(hers.locator("#people li")).to_have_count(2)
    expect(hers.get_by_text("Nobody has said anything yet.")).to_be_visible()
    theirs.get_by_label("Your name").fill("Charlie <i>")
    _say(theirs, "<script>alert(1)</script><img src=x onerror=alert(2)> hello")
    expect(hers.locator(".said")).to_have_count(1)
    _say(hers, "你好 & welcome")
    expect(hers.locator("#people li", has_text="Charlie <i>")).to_be_visible()
    expect(hers.get_by_role("log").locator(".said")).to_have_count(2)  # So that it is read out.
    expect(hers.get_by_text("Nobody has said anything yet.")).to_be_hidden()
    for page in (hers, theirs):
        expect(page.locator(".said:not(.waiting)")).to_have_count(2)
        first, second = page.locator(".said").first, page.locator(".said").last
        expect(first.locator("p")).to_have_text("<script>alert(1)</script><img src=x onerror=alert(2)> hello")
        expect(first.locator("b")).to_have_text("Charlie <i>")
        expect(first.locator(".badge")).to_have_text("guest")
        expect(second.locator("p")).to_have_text("你好 & welcome")
        expect(second.locator("b")).to_have_text(alice.username)
        expect(second.locator(".badge")).to_have_count(0)
        assert page.locator(".said img, .said script, .said i").count() == 0
    live, shown_live = hers.locator(".said").evaluate_all(SHAPES), hers.locator(".said").all_inner_texts()
    hers.reload()
    expect(hers.locator(".said")).to_have_count(2)
    expect(hers.locator(".said time").first).to_have_text(re.compile(r"^\d\d:\d\d$"))
    assert hers.locator(".said").all_inner_texts() == shown_live, "the server renders what the script renders"
    assert hers.locator(".said").evaluate_all(SHAPES) == live
    for line in live:
        assert {direction for direction, *_ in line["words"]} == {"auto"}, "each is read from its own side"
        said_at = datetime.fromisoformat(f"{line['at']}+00:00").astimezone(timezone(timedelta(hours=5, minutes=30)))
        assert line["shown"] == f"{said_at:%H:%M}"


def test_who_pauses_is_left_alone_and_can_come_back(arrive: Arrive, film: int) -> None:
    alice, bob = arrive("alice"), arrive("bob")
    host = _start(alice, film)
    follower = bob.enter(film)
    until(follower, lambda: position(follower) > 0 and _near(host, follower), "the follower is where the host is")
    follower.locator("#video").evaluate("video => video.pause()")
    expect(follower.locator("#sync-state")).to_have_text("You are watching on your own.")
    stopped = position(follower)
    until(host, lambda: position(host) > stopped + 3, "the host's film goes on")
    assert position(follower) == stopped
    follower.get_by_role("button", name="Back to the others").click()
    until(follower, lambda: _near(host, follower), "the follower is back")
    expect(follower.locator("#live")).to_be_hidden()


def test_when_the_host_leaves_another_leads(arrive: Arrive, film: int) -> None:
    alice, bob = arrive("alice"), arrive("bob")
    _start(alice, film)
    second = bob.enter(film)
    expect(second.locator("#host")).to_have_text(f"{alice.username} is the host.")
    alice.page.goto("about:blank")
    expect(second.locator("#host")).to_have_text("You are the host. Others follow you.")
    expect(second.locator("#people li")).to_have_count(1)


def test_a_message_written_while_the_line_was_down_arrives_once(arrive: Arrive, film: int) -> None:
    alice, bob = arrive("alice"), arrive("bob")
    line: dict[str, Any] = {"is_down": False, "open": []}

    def route(socket: WebSocketRoute) -> None:
        if line["is_down"]:
            socket.close(code=1012)
            return
        socket.connect_to_server()
        line["open"].append(socket)

    alice.page.route_web_socket(re.compile("/ws/"), route)
    hers, his = alice.enter(film), bob.enter(film)
    _say(his, "unwise")
    expect(hers.locator(".said")).to_have_count(1)
    _say(hers, "before")
    expect(his.locator(".said")).to_have_count(2)

    line["is_down"] = True
    for socket in line["open"]:
        socket.close(code=1012)
    expect(hers.locator("#lost")).to_contain_text("Connection lost")
    _say(hers, "from the tunnel")
    expect(hers.locator(".said.waiting p")).to_have_text("from the tunnel")
    expect(hers.locator(".said.waiting .unsent")).to_have_text("waiting to be sent")
    expect(hers.locator("#people-count")).to_have_text("unknown")
    _say(his, "meanwhile")
    expect(his.locator(".said")).to_have_count(3)
    his.locator(".said", has_text="unwise").get_by_role("button", name="Delete").click()
    his.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(his.locator(".said p").first).to_have_text("This message was deleted.")
    expect(hers.locator(".said p").first).to_have_text("unwise")

    line["is_down"] = False
    expect(hers.locator("#lost")).to_be_hidden()
    gone = "This message was deleted."
    for page in (hers, his):
        expect(page.locator(".said p")).to_have_text([gone, "before", "meanwhile", "from the tunnel"])
    expect(hers.locator(".said.waiting, .said .unsent")).to_have_count(0)
    expect(hers.locator("#people-count")).to_have_text("2 here")

    line["is_down"] = True
    for socket in line["open"]:
        socket.close(code=1012)
    expect(hers.locator("#lost")).to_contain_text("Connection lost")
    hers.locator(".said", has_text="from the tunnel").get_by_role("button", name="Delete").click()
    hers.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(his.locator(".said p").last).to_have_text(gone)
    expect(hers.locator(".said p").last).to_have_text("from the tunnel")
    line["is_down"] = False
    expect(hers.locator(".said p")).to_have_text([gone, "before", "meanwhile", gone])


def test_a_line_that_carries_nothing_any_more_is_noticed_when_something_is_said(arrive: Arrive, film: int) -> None:
    alice = arrive("alice")
    held: list[tuple[WebSocketRoute, str | bytes]] | None = None

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if held is None:
                server.send(frame)
            else:
                held.append((server, frame))

        socket.on_message(pass_on)

    alice.page.route_web_socket(re.compile("/ws/"), route)
    page = alice.enter(film)
    # What the page says meanwhile, however late we look.
    page.evaluate(
        """() => {
          window.seen = [];
          const lost = document.getElementById("lost");
          new MutationObserver(() => window.seen.push(lost.textContent)).observe(lost, { childList: true, attributes: true });
        }"""
    )
    held = []
    _say(page, "hello?")
    seen = "The server is not answering."
    until(page, lambda: seen in "".join(page.evaluate("window.seen")), "the page tells that nobody answers")
    waiting, held = held, None
    for server, frame in waiting:
        server.send(frame)
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator(".said:not(.waiting) p")).to_have_text(["hello?"])


def test_the_newest_line_is_in_sight_and_only_the_talk_scrolls(arrive: Arrive, film: int) -> None:
    alice = arrive("alice", viewport={"width": 1280, "height": 760})
    page = alice.enter(film)
    for number in range(16):
        _say(page, f"line {number}")
    expect(page.locator(".said:not(.waiting)")).to_have_count(16)
    page = alice.enter(film)

    def beyond(selector: str) -> float:
        measure = "part => part.scrollHeight - part.scrollTop - part.clientHeight"
        distance: float = page.locator(selector).evaluate(measure)
        return distance

    for width, height in ((1280, 760), (1920, 1080), (960, 620)):
        page.set_viewport_size({"width": width, "height": height})
        until(page, lambda: abs(beyond(".talk")) <= 1, f"the newest line shows at {width} x {height}")
        assert beyond("html") <= 1, "the page itself does not scroll"
    talk = page.locator(".talk")
    assert talk.evaluate("part => part.scrollHeight > part.clientHeight"), "there is more than fits"
    talk.evaluate("part => { part.scrollTop = 0; }")
    arrive().enter(film)
    expect(page.locator("#people li")).to_have_count(2)
    assert talk.evaluate("part => part.scrollTop") == 0, "who reads what was said before is left there"


def test_the_end_of_a_film_is_told_as_such(arrive: Arrive, film: int) -> None:
    alice, bob, charlie = arrive("alice"), arrive("bob"), arrive("charlie")
    host = _start(alice, film)
    follower = bob.enter(film)
    expect(follower.locator("#sync-state")).to_have_text("In sync")
    host.locator("#video").evaluate("video => { video.currentTime = video.duration - 2; }")
    over = "The film is over. Play it to start again for everyone."
    expect(host.locator("#sync-state")).to_have_text(over)
    expect(follower.locator("#sync-state")).to_have_text("The film is over.")
    late = charlie.enter(film)
    expect(late.locator("#sync-state")).to_have_text("Waiting for the host to start the film.")

    # Playing alone is put off until everyone does, so what it promises is broken.
    host.locator("#video").evaluate("video => void video.play().catch(() => {})")
    for page in (follower, late):
        until(page, lambda page=page: _near(host, page) and position(page) < 100, "everyone begins again")  # type: ignore[misc]


def test_who_is_logged_out_elsewhere_is_told(arrive: Arrive, film: int) -> None:
    here = arrive("alice")
    there = arrive(username=here.username)
    page = there.enter(film)
    settings = here.go("/settings")
    settings.locator(".logins li").filter(has=settings.locator("form")).get_by_role("button", name="Log out").first.click()
    expect(settings.get_by_text("Saved.")).to_be_visible()
    # A token of the rig's own is among the logins too: end whatever is not this browser.
    while settings.locator('form[action$="/end"]').count():
        settings.locator('form[action$="/end"] button').first.click()
        expect(settings.get_by_text("Saved.")).to_be_visible()
    expect(page.locator("#lost")).to_contain_text("You have been logged out.")
    expect(page.locator("#send")).to_be_disabled()
    _say(page, "too late")
    expect(page.get_by_label("Message")).to_have_value("too late")
    expect(page.locator(".said")).to_have_count(0)
    expect(page.locator("#host")).to_have_text("You are not in this room.")
    expect(page.locator("#sync-state")).to_be_empty()
    expect(page.locator("#people-count")).to_have_text("unknown")
    expect(page.locator(".top .me")).to_be_hidden()
    page.get_by_role("link", name="Log in again").click()
    page.get_by_label("Name or e-mail").fill(here.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button.primary").click()
    expect(page.locator("#host")).to_have_text("You are the host. Others follow you.")


def test_a_room_without_guests_says_so(arrive: Arrive, film: int) -> None:
    """The server's own words, and nothing else on the page breaks."""
    guest = arrive()

    def refuse(socket: WebSocketRoute) -> None:
        error = {
            "type": "error",
            "detail": "Guests are not allowed here.",
            "code": 403,
            "error": "guests_refused",
            "ref": "join",
        }
        socket.on_message(lambda _: socket.send(json.dumps(error)))

    guest.page.route_web_socket(re.compile("/ws/"), refuse)
    page = guest.go(f"/watch/movie-{film}")
    expect(page.locator("#lost")).to_have_text("Guests are not allowed here.")

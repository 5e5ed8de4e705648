"""What the room's page offers beside the film and the talk."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import NO_WORKER, Arrive, Visitor, position, until
from tests.rig.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]

COUNT_FLIGHTS = """() => {
  window.flown = [];
  const layer = document.getElementById("danmaku");
  const note = ({ addedNodes }) => addedNodes.forEach((node) => window.flown.push(node.textContent));
  new MutationObserver((changes) => changes.forEach(note)).observe(layer, { childList: true });
}"""


def say(page: Page, words: str) -> None:
    page.get_by_label("Message").fill(words)
    page.get_by_label("Message").press("Enter")


def start(visitor: Visitor, film: int) -> Page:
    """Enter as the first one and let the film begin for everyone."""
    page = visitor.enter(film)
    page.get_by_role("button", name="Start the film").click()
    until(page, lambda: position(page) > 0.5, "the film plays")
    return page


def flown(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.flown")
    return found


def test_what_is_said_flies_over_the_picture_now_and_for_who_sees_that_second_later(arrive: Arrive, film: int) -> None:
    alice, bob = arrive("alice"), arrive("bob")
    hers = start(alice, film)
    hers.evaluate(COUNT_FLIGHTS)
    say(hers, "<b>stars</b>")
    until(hers, lambda: flown(hers) == ["<b>stars</b>"], "it flies for who said it")
    until(hers, lambda: position(hers) > 5, "the film goes on")
    assert flown(hers) == ["<b>stars</b>"], "once"
    hers.locator("#video").evaluate("video => { video.currentTime = 100; }")
    until(hers, lambda: position(hers) > 100, "the film is elsewhere")

    his = bob.enter(film)
    until(his, lambda: position(his) > 100, "who comes later is there too")
    his.evaluate(COUNT_FLIGHTS)
    hers.locator("#video").evaluate("video => { video.currentTime = 0; }")
    for page in (hers, his):
        until(page, lambda page=page: flown(page)[-1:] == ["<b>stars</b>"], "it flies at its second")  # type: ignore[misc]
        assert page.locator("#danmaku b").count() == 0, "text only"
    until(his, lambda: 6 < position(his) < 60, "its second is over")
    assert flown(his) == ["<b>stars</b>"], "once"
    assert flown(hers) == ["<b>stars</b>", "<b>stars</b>"], "and once more for who saw it already"


def test_flying_comments_are_had_as_one_wants_them(arrive: Arrive, film: int) -> None:
    alice = arrive("alice", reduced_motion="reduce")
    page = alice.enter(film)
    toggle = page.get_by_role("button", name="Flying comments")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    page.evaluate(COUNT_FLIGHTS)
    say(page, "still")
    expect(page.locator(".said:not(.waiting)")).to_have_count(1)
    assert flown(page) == [], "none for who asked for less motion"
    toggle.click()
    page.locator("#danmaku-menu summary").click()
    page.get_by_label("Where they fly").select_option("full")
    page.get_by_label("Opacity").fill("40")
    page.get_by_label("Speed").select_option("slow")
    say(page, "moving")
    until(page, lambda: flown(page) == ["moving"], "it flies once switched on")
    layer = page.locator("#danmaku")
    assert layer.locator("span").evaluate("flying => flying.getAnimations()[0].effect.getTiming().duration") == 12_000
    assert layer.evaluate("layer => layer.offsetHeight / layer.parentElement.offsetHeight") > 0.6
    page.reload()
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(layer).to_have_attribute("data-area", "full")
    expect(layer).to_have_css("opacity", "0.4")
    expect(page.get_by_label("Speed")).to_have_value("slow")
    say(page, "cut short")
    expect(layer.locator("span")).to_have_count(1)
    toggle.click()
    assert layer.locator("span").count() == 0, "what flies is taken away, and not only not followed by more"


def fill_talk(server: Server, film: int, username: str, lines: int, of_yesterday: int = 0) -> None:
    """So many lines by one person, each a message of its own, in the film's room."""
    server.shell(
        "from datetime import timedelta\n"
        "from django.db.models import F\n"
        "from accounts.models import User\n"
        "from messaging.models import Message\n"
        "from rooms.data import RoomPost\n"
        "from rooms.services import post_messages\n"
        f"user = User.objects.get(username={username!r})\n"
        f"said = [f'line {{number}}' for number in range({lines})]\n"
        f"post = lambda words: RoomPost(room_id='movie-{film}', user_id=user.pk, username=user.username, content=words)\n"
        "post_messages([post(words) for words in said])\n"
        f"old = Message.objects.filter(conversation__subject='movie-{film}', seq__lte={of_yesterday})\n"
        "old.update(created_at=F('created_at') - timedelta(days=1))"
    )


def test_reading_back_moves_nothing_and_what_is_new_waits_below(arrive: Arrive, film: int, server: Server) -> None:
    alice, bob = arrive("alice", viewport={"width": 1280, "height": 760}, service_workers="block"), arrive("bob")
    alice.allowed = ["ERR_INTERNET_DISCONNECTED", NO_WORKER]
    fill_talk(server, film, alice.username, 130, of_yesterday=65)
    page, his = alice.enter(film), bob.enter(film)
    expect(page.locator(".said")).to_have_count(50)
    expect(page.locator(".day")).to_have_text(["today"])
    talk, line = page.locator(".talk"), page.locator(".said", has_text="line 80")
    talk.evaluate("talk => { talk.scrollTop = 20; }")
    was = line.evaluate("line => line.getBoundingClientRect().top")
    expect(page.locator(".said")).to_have_count(100)
    assert abs(line.evaluate("line => line.getBoundingClientRect().top") - was) < 60, "what was in sight is where it was"
    held: list[Route] = []
    page.route("**/messages?before=*", lambda route: held.append(route))
    talk.evaluate("talk => { talk.scrollTop = 0; }")
    expect(page.locator("#older .spinner")).to_be_visible()
    held.pop().abort("internetdisconnected")
    expect(page.locator("#older")).to_contain_text("What was said before could not be read.")
    page.unroute_all()
    page.locator("#older button").click()
    expect(page.locator(".said")).to_have_count(130)
    expect(page.locator("#older")).to_be_hidden()
    expect(page.locator(".said p").first).to_have_text("line 0")
    expect(page.locator(".day")).to_have_text(["yesterday", "today"])
    expect(page.locator(".said", has=page.locator(".day")).locator("p")).to_have_text(["line 0", "line 65"])

    newer, where = page.locator("#newer"), talk.evaluate("talk => talk.scrollTop")
    say(his, "something new")
    say(his, "and more")
    expect(newer).to_have_text("2 new")
    assert talk.evaluate("talk => talk.scrollTop") == where
    newer.click()
    expect(page.locator(".said p").last).to_be_in_viewport()
    expect(newer).to_be_hidden()

    alice.context.set_offline(True)
    expect(page.locator("#lost")).to_be_visible()
    fill_talk(server, film, alice.username, 60)
    alice.context.set_offline(False)
    expect(page.locator(".said")).to_have_count(192)  # More than who comes in is shown at first.
    expect(page.locator(".said p").last).to_have_text("line 59")


def test_addresses_are_links_that_tell_nothing_and_everything_else_is_text(arrive: Arrive, film: int) -> None:
    alice = arrive("alice")
    page = alice.enter(film)
    say(page, "see https://example.org/a?b=1. <a href='x'>no</a> javascript:alert(1)")
    expect(page.locator(".said:not(.waiting)")).to_have_count(1)
    for _ in range(2):
        link = page.locator(".said p a")
        expect(link).to_have_count(1)
        expect(link).to_have_attribute("href", "https://example.org/a?b=1")
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow ugc")
        expect(page.locator(".said p")).to_have_text("see https://example.org/a?b=1. <a href='x'>no</a> javascript:alert(1)")
        page.reload()


def tells_progress(request: Request, film: int) -> bool:
    return request.method == "PUT" and request.url.endswith(f"/api/movies/{film}/progress")


def test_the_second_beside_a_line_leads_there_who_may_go_there(arrive: Arrive, film: int) -> None:
    alice, bob = arrive("alice"), arrive("bob")
    hers, his = start(alice, film), bob.enter(film)
    until(his, lambda: position(his) > 0.5, "both are there")
    say(hers, "here")
    stamp = hers.locator(".said .stamp")
    expect(stamp).to_be_enabled()
    expect(his.locator(".said .stamp")).to_be_disabled()
    # How far one came is remembered from here too. A player that stalls before tells where it was then.
    with his.expect_request(lambda request: tells_progress(request, film) and request.post_data_json["position"] > 60) as told:
        hers.locator("#video").evaluate("video => { video.currentTime = 100; }")
    assert 99 < told.value.post_data_json["position"] < 110
    until(his, lambda: position(his) > 100, "everyone is elsewhere")
    his.get_by_label("More").click()
    his.get_by_role("button", name="Watch on my own").click()
    expect(his.locator("#sync-state")).to_have_text("You are watching on your own.")
    his.locator(".said .stamp").click()
    until(his, lambda: position(his) < 60, "alone, one goes where one likes")
    assert position(hers) > 100, "and takes nobody along"
    stamp.click()
    until(hers, lambda: position(hers) < 60, "who leads takes everyone")


def test_keys_lead_the_film_and_not_while_one_writes(arrive: Arrive, film: int) -> None:
    page = start(arrive("alice"), film)
    was = position(page)
    page.locator("body").press("ArrowRight")
    # Where everyone jumps to, everyone waits for a moment; there space would start it.
    until(page, lambda: position(page) > was + 7, "the film is five seconds further, and plays on")
    expect(page.locator("#sync-state")).to_have_text("In sync")
    page.locator("body").press(" ")
    expect(page.locator("#sync-state")).to_have_text("Paused")
    page.locator("body").press("c")
    expect(page.get_by_label("Message")).to_be_focused()
    was = position(page)
    page.keyboard.type("fm c ")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_label("Message")).to_have_value("fm c ")
    assert position(page) == was
    video = page.locator("#video")
    assert video.evaluate("video => video.muted") is False
    page.keyboard.press("Escape")
    content = page.get_by_label("Message")
    content.blur()
    for key, is_muted in (("m", True), ("m", False)):
        page.locator("body").press(key)
        assert video.evaluate("video => video.muted") is is_muted
    full = "document.fullscreenElement?.matches('.screen:has(#danmaku)') ?? false"
    page.locator("body").press("f")
    until(page, lambda: page.evaluate(full), "the picture fills the screen, with what flies over it")
    page.locator("body").press("f")
    until(page, lambda: not page.evaluate(full), "and no more")

"""Forms that are sent once and lose nothing, dialogs that close when that was meant, and a focus that goes nowhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import NO_WORKER, Arrive, until
from tests.browser.test_stories import log_in

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]


def _say(page: Page, *words: str) -> None:
    for word in words:
        page.get_by_label("Your comment", exact=True).fill(word)
        page.get_by_role("button", name="Post comment").click()
        expect(page.locator(".comment-text").filter(has_text=word)).to_be_visible()
        expect(page.get_by_label("Your comment", exact=True)).to_have_value("")


def _menu(page: Page, words: str, name: str) -> None:
    comment = page.locator(".comment").filter(has_text=words)
    comment.locator("summary").click()
    comment.get_by_role("link" if name == "Edit" else "button", name=name).click()


def test_a_form_survives_a_login_elsewhere_and_is_sent_once(arrive: Arrive) -> None:
    visitor = arrive("alice")
    page, other = visitor.go("/settings"), visitor.context.new_page()
    other.goto(visitor.server.url)
    other.locator("#account summary").click()
    other.get_by_role("button", name="Log out").click()
    other.get_by_role("link", name="Log in").click()
    log_in(other, visitor.username)  # type: ignore[attr-defined]
    expect(other.locator(".top .me")).to_be_visible()

    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("#privacy").get_by_role("button", name="Save").dblclick()
    expect(page.locator("#privacy").get_by_text("Saved.")).to_be_in_viewport()
    assert len(sent) == 1
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")


def test_comments_change_without_losing_what_is_being_written(arrive: Arrive, film: int) -> None:
    visitor = arrive("alice", service_workers="block")
    visitor.allowed = ["404 (Not Found)", NO_WORKER]
    page = visitor.go(f"/movies/{film}")
    _say(page, "first", "second")
    held: list[Route] = []
    page.route("**/edit", lambda route: held.append(route))
    _menu(page, "first", "Edit")
    until(page, lambda: len(held) == 1, "the first is asked for")
    page.get_by_label("Your comment", exact=True).fill("third")
    _menu(page, "second", "Edit")
    until(page, lambda: len(held) == 2, "the second is asked for")
    for route in reversed(held):
        route.continue_()
    page.unroute("**/edit")
    change = page.get_by_label("Change your comment")
    expect(change).to_have_value("second")
    expect(page.get_by_label("Your comment", exact=True)).to_have_value("third")

    change.fill("second thoughts")
    page.get_by_role("button", name="Post comment").click()
    expect(page.get_by_text("save or cancel that first")).to_be_visible()
    expect(change).to_be_focused()
    expect(change).to_have_value("second thoughts")
    page.get_by_role("button", name="Save").dblclick()
    expect(page.locator(".comment-text")).to_have_text(["first", "second thoughts"])
    page.get_by_role("button", name="Post comment").dblclick()
    expect(page.locator(".comment-text")).to_have_text(["first", "second thoughts", "third"])

    gone = page.locator(".comment").filter(has_text="first").locator("form")
    gone.evaluate("form => fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) })")
    _menu(page, "first", "Edit")
    expect(page.get_by_text("This comment is no longer there.")).to_be_visible()


def test_dialogs_close_when_that_was_meant_and_give_the_focus_back(arrive: Arrive, film: int) -> None:
    page = arrive("alice").go(f"/movies/{film}")
    _say(page, "to be kept")
    _menu(page, "to be kept", "Delete")
    dialog = page.get_by_role("dialog")
    box = dialog.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 4, box["y"] + 4)
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] - 40)
    page.mouse.up()
    expect(dialog).to_be_visible()
    page.mouse.click(box["x"] + 40, box["y"] - 40)
    expect(dialog).to_be_hidden()
    expect(page.locator(".comment summary")).to_be_focused()


def test_a_link_that_is_not_on_the_next_page_leaves_the_focus_at_its_films(arrive: Arrive, film: int) -> None:
    page = arrive().go("/")
    page.locator("#catalogue").evaluate(
        """part => {
          const next = Object.assign(document.createElement("a"), { href: "/?page=2", rel: "next", textContent: "On" });
          next.dataset.swap = "";
          part.append(next);
        }"""
    )
    page.get_by_role("link", name="On", exact=True).press("Enter")
    expect(page.locator("#films-title")).to_be_focused()


def test_a_proxys_answer_is_no_server_that_is_back(arrive: Arrive) -> None:
    visitor = arrive(service_workers="block")
    visitor.allowed = ["502 (Bad Gateway)", NO_WORKER]
    page = visitor.page
    page.clock.install()
    visitor.go("/offline")
    answers = [200, 502, 502]
    page.route("**/healthz", lambda route: route.fulfill(status=answers.pop()))
    for left in (2, 1):
        page.clock.run_for(2_500)
        until(page, lambda left=left: len(answers) == left, "it looks")  # type: ignore[misc]
    page.evaluate("window.isTheSame = true")
    with page.expect_navigation():
        page.clock.run_for(2_500)

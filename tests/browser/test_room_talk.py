"""A talk that goes on for hours, and what is not sent."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.conftest import Arrive, until
from tests.browser.test_room_page import fill_talk, say
from tests.rig.servers import PASSWORD, Server

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]

COUNT_LINES = """() => {
  window.came = [];
  const note = ({ addedNodes }) => addedNodes.forEach((node) => window.came.push(node.dataset.content));
  new MutationObserver((changes) => changes.forEach(note)).observe(document.getElementById("messages"), { childList: true });
}"""
NOTE_REASONS = """() => {
  window.reasons = [];
  const note = () => document.querySelectorAll(".said .unsent[title]").forEach(({ title }) => window.reasons.push(title));
  const all = { childList: true, subtree: true, attributes: true };
  new MutationObserver(note).observe(document.getElementById("messages"), all);
}"""
"""What lines were told to wait for, however late we look: soon they are sent again."""
MUTED = {"type": "error", "code": 403, "error": "muted", "detail": "You are muted."}
TOO_MANY = {"type": "error", "code": 429, "error": "too_many_requests", "detail": "Slowly.", "retry_after": 0.1}


STAMP = "2026-01-31T12:00:00.000Z"


class Refusing:
    """A person's line to the room, on which some messages are refused, each once."""

    def __init__(self, refusals: dict[str, dict[str, Any]]) -> None:
        self.refusals = refusals
        self.films: dict[str, list[int | None]] = {}
        """Of which film's second each message said that it is, by its words."""

    def __call__(self, page: WebSocketRoute) -> None:
        self.page, server = page, page.connect_to_server()

        def pass_on(text: str | bytes) -> None:
            frame = json.loads(text)
            if frame["type"] == "message":
                self.films.setdefault(frame["content"], []).append(frame.get("movie_id"))
            refusal = self.refusals.pop(frame.get("content", ""), None)
            if refusal is None:
                server.send(text)
            else:
                page.send(json.dumps({**refusal, "ref": frame["client_id"]}))

        page.on_message(pass_on)

    def tell(self, room_id: str, numbers: range, **more: Any) -> None:
        """What others say, much faster than anybody may."""
        for number in numbers:
            stored = {"id": 10**9 + number, "seq": number, "change": number, "conversation_id": 1, "timestamp": STAMP}
            said = {"room_id": room_id, "username": "bob", "verified": True, "content": f"live {number}", **more}
            self.page.send(json.dumps({"type": "message", **stored, **said}))


def test_a_talk_goes_on_for_hours_and_what_is_not_sent_is_not_lost(arrive: Arrive, film: int, server: Server) -> None:
    """At last somebody logs in next door while the line is down."""
    alice, guest, room_id = server.register("alice").username, arrive(), f"movie-{film}"
    fill_talk(server, film, alice, 60)
    line = Refusing({"too soon": TOO_MANY, "no": MUTED, "never": MUTED, "kept": MUTED})
    guest.page.route_web_socket(re.compile("/ws/chat"), line)
    page = guest.go(f"/watch/{room_id}?companion=1")
    said, last = page.locator(".said"), page.locator(".said").last.locator("p")
    expect(page.locator("#people li")).to_have_count(1)
    page.evaluate(COUNT_LINES)
    page.evaluate(NOTE_REASONS)
    say(page, "too soon")
    until(page, lambda: "Slowly." in page.evaluate("window.reasons"), "it says why it waits")
    expect(page.locator(".said[data-seq]")).to_have_count(51)
    assert page.evaluate("window.came") == ["too soon"], "once: what is not moved is not read out again"

    say(page, "no")
    refused = said.filter(has_text="Not sent: You are muted.")
    expect(refused).to_have_count(1)
    say(page, "after")
    expect(page.locator(".said[data-seq]").last.locator("p")).to_have_text("after")
    expect(last).to_have_text("after")
    refused.get_by_role("button", name="Send again").click()
    expect(page.locator(".said[data-seq]").last.locator("p")).to_have_text("no")
    expect(refused).to_have_count(0)
    say(page, "never")
    refused.get_by_role("button", name="Remove").click()
    expect(said).to_have_count(53)
    say(page, "kept")
    expect(refused).to_have_count(1)

    line.tell(room_id, range(1_000, 1_620))
    expect(last).to_have_text("live 1619")
    expect(page.locator(".said[data-seq]")).to_have_count(572)  # At 601 it became 500.
    expect(refused).to_have_count(1)
    expect(last).to_be_in_viewport()
    page.locator(".talk").evaluate("talk => { talk.scrollTop = 0; }")
    expect(said.filter(has_text="line 59")).to_have_attribute("aria-live", "off")
    expect(page.locator('.said[aria-live="off"]')).to_have_count(50)
    assert refused.evaluate("line => line.previousElementSibling.dataset.content") == "no", "where it was refused"

    page.get_by_label("Message").fill("half a thought")
    other = guest.context.new_page()
    other.goto(f"{server.url}/login")
    other.locator("[name=name]").fill(alice)
    other.locator("[name=password]").fill(PASSWORD)
    other.locator("main form button.primary").click()
    expect(other.locator(".top .me")).to_have_text(alice)
    line.page.close(code=1012)
    expect(page.locator("#lost")).to_contain_text(f"You are logged in as {alice} now.")
    page.get_by_role("link", name="Reload the page").click()
    expect(page.locator(".top .me")).to_have_text(alice)
    expect(page.get_by_label("Message")).to_have_value("half a thought")

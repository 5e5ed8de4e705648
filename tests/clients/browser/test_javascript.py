"""The browser client in a real browser, against a real server that is killed meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.clients.conftest import PATIENCE, Phoenix
from tests.realtime.house import Person
from tests.rig.servers import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only, pytest.mark.slow]

OPEN = """async ({ name, token, cursors }) => {
  const { Client } = await import("/static/clients/matinee.js");
  const told = [];
  const client = new Client("/ws/chat", { token, cursors });
  client.addEventListener("frame", ({ detail }) => told.push(detail));
  window.clients ??= {};
  window.clients[name] = { client, told };
}"""
TALK = """async ({ recipient, roomId }) => {
  const { client } = window.clients.sender;
  const acks = (window.acks = {});
  const counts = [0, 0];
  window.talking = Promise.all([1, 2, 3].map(async () => {
    while (!window.enough) {
      const inRoom = counts[1] * 2 <= counts[0] && counts[1] < 45;
      const content = inRoom ? `room ${++counts[1]}` : `private ${++counts[0]}`;
      acks[content] = await client.send(inRoom ? { room_id: roomId, content } : { recipient, content });
    }
  }));
}"""
ASK = """async ({ name, method, argument }) => {
  try {
    return { answer: await window.clients[name].client[method](argument) };
  } catch ({ name, code, error }) {
    return { name, code, error };
  }
}"""
HEARD = """([name, conversation]) => window.clients[name].told
  .filter((frame) => frame.type === "message" && frame.conversation_id === conversation)
  .map(({ seq, content }) => [seq, content])"""


@pytest.fixture
def page(browser: Browser, phoenix: Phoenix) -> Iterator[Page]:
    """A page of the server's without sockets of its own."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.goto(f"{phoenix.server.url}/login")
    yield page
    context.close()


def opened(page: Page, name: str, token: str | None, **more: Any) -> None:
    page.evaluate(OPEN, {"name": name, "token": token, **more})


def asked(page: Page, name: str, method: str, argument: Any) -> dict[str, Any]:
    """What a client's method answered, or how it was refused."""
    outcome: dict[str, Any] = page.evaluate(ASK, {"name": name, "method": method, "argument": argument})
    return outcome


def until(page: Page, condition: Callable[[], bool], what: str) -> None:
    for _ in range(int(PATIENCE * 20)):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never happened: {what}")


def said(page: Page, kind: str) -> list[list[Any]]:
    """[seq, content] of what was acknowledged, by sequence."""
    acks = page.evaluate("window.acks")
    return sorted([ack["seq"], content] for content, ack in acks.items() if content.startswith(kind))


def until_acked(page: Page, more: int) -> None:
    goal = len(page.evaluate("window.acks")) + more
    until(page, lambda: len(page.evaluate("window.acks")) >= goal, f"{goal} messages are acknowledged")


def test_a_server_that_is_killed_loses_and_doubles_nothing(phoenix: Phoenix, page: Page, alice: Person, bob: Person) -> None:
    room_id = phoenix.house.place().room_id
    opened(page, "sender", alice.token)
    opened(page, "receiver", bob.token)
    opened(page, "guest", None)
    room = asked(page, "sender", "join", room_id)["answer"]["room"]["conversation_id"]
    asked(page, "receiver", "join", room_id)
    page.evaluate("(room) => window.clients.guest.client.join(room, 'charlie')", room_id)

    page.evaluate(TALK, {"recipient": bob.username, "roomId": room_id})
    until_acked(page, 20)
    phoenix.rise_again()
    until_acked(page, 20)
    page.evaluate("() => { window.enough = true; return window.talking; }")

    acks = page.evaluate("window.acks")
    private = next(ack["conversation_id"] for content, ack in acks.items() if content.startswith("private"))
    for name, conversation_id, kind in (
        ("receiver", private, "private"), ("receiver", room, "room"), ("guest", room, "room"),
    ):  # fmt: skip
        expected = said(page, kind)
        until(
            page,
            lambda: len(page.evaluate(HEARD, [name, conversation_id])) >= len(expected),  # noqa: B023
            f"{name} hears all of {kind}",
        )
        assert phoenix.stored(conversation_id) == expected
        assert [seq for seq, _ in expected] == list(range(1, len(expected) + 1))
        assert page.evaluate(HEARD, [name, conversation_id]) == expected


def test_refusals_cursors_and_the_end(phoenix: Phoenix, page: Page, alice: Person, bob: Person) -> None:
    opened(page, "sender", alice.token)
    unknown = asked(page, "sender", "send", {"recipient": "nobody-of-that-name", "content": "hello"})
    assert (unknown["name"], unknown["code"], unknown["error"]) == ("Refused", 404, "not_found")
    large = asked(page, "sender", "send", {"recipient": bob.username, "content": "x" * 70_000})
    assert (large["name"], large["code"], large["error"]) == ("Refused", 413, "too_large")

    first = asked(page, "sender", "send", {"recipient": bob.username, "content": "one", "client_id": "1"})["answer"]
    again = asked(page, "sender", "send", {"recipient": bob.username, "content": "one", "client_id": "1"})["answer"]
    assert (again["id"], again["duplicate"]) == (first["id"], True)
    conversation_id = first["conversation_id"]
    asked(page, "sender", "send", {"recipient": bob.username, "content": "two"})
    opened(page, "receiver", bob.token, cursors={str(conversation_id): first["change"]})
    until(page, lambda: page.evaluate(HEARD, ["receiver", conversation_id]) == [[2, "two"]], "what came after the cursor")
    skew = page.evaluate("window.clients.receiver.client.serverNow() - Date.now()")
    assert abs(skew) < 10_000

    alice.call(phoenix.server, "POST", "/auth/logout")
    until(
        page, lambda: asked(page, "sender", "send", {"recipient": bob.username, "content": "late"}).get("code") == 4501, "end"
    )
    ended = asked(page, "sender", "send", {"recipient": bob.username, "content": "later"})
    assert (ended["name"], ended["code"]) == ("Ended", 4501)


def test_the_example_of_the_documentation(phoenix: Phoenix, page: Page, alice: Person, bob: Person) -> None:
    text = (ROOT / "docs/clients.md").read_text()
    example = re.search(r"^```js\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert example
    body = re.sub(r"^import (.*) from (.*);$", r"const \1 = await import(\2);", example[1], flags=re.MULTILINE)
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    arguments = {"token": alice.token, "room": phoenix.house.place().room_id, "friend": bob.username}
    page.evaluate(f"async ({{ token, room, friend }}) => {{ {body} }}", arguments)
    until(page, lambda: "stored as number 1" in heard, "the example says that it stored something")
    path = "/messages/private"
    bob.call(phoenix.server, "POST", path, {"recipient": alice.username, "content": "Friday it is"})
    until(page, lambda: f"{bob.username} Friday it is" in heard, "the example hears bob")

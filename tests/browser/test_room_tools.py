"""The people of a room, bringing others, and keeping order."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.conftest import Arrive, Visitor, position, until
from tests.browser.test_room_page import COUNT_FLIGHTS, flown, say, start
from tests.browser.test_room_talk import MUTED, Refusing
from tests.rig.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]


def person(page: Page, name: str) -> Locator:
    return page.locator(f'#people li[data-name="{name}"]')


def open_party(server: Server, owner: Visitor, film: int, password: str = "sesame") -> str:
    made = server.shell(
        "from accounts.models import User\n"
        "from rooms.services import open_party\n"
        f"owner = User.objects.get(username={owner.username!r})\n"  # type: ignore[attr-defined]
        f"print(open_party(actor=owner, movie_id={film}, password={password!r}).room_id)"
    )
    return made.strip()


def come_in(visitor: Visitor, address: str) -> Page:
    page = visitor.go(address)
    expect(page.locator("#people-count")).to_have_text(re.compile(r"\d"))
    return page


class HeldBack:
    """A person's line to the room, on which their player can fall silent and run dry."""

    def __init__(self, page: Page) -> None:
        self.is_silent = False
        self.state: dict[str, Any] = {}
        self.room_id = ""
        self.server: WebSocketRoute | None = None
        page.route_web_socket(re.compile("/ws/sync"), self._route)

    def _route(self, socket: WebSocketRoute) -> None:
        self.server = server = socket.connect_to_server()
        socket.on_message(lambda frame: None if self.is_silent and '"type":"ready"' in str(frame) else server.send(frame))

        def hear(frame: str | bytes) -> None:
            told = json.loads(frame)
            timeline = told.get("sync") if told["type"] == "snapshot" else told if told["type"] == "sync" else None
            self.state = timeline or self.state
            self.room_id = told.get("room_id", self.room_id)
            socket.send(frame)

        server.on_message(hear)

    def run_dry(self) -> None:
        assert self.server is not None
        self.is_silent = True
        about = {name: self.state[name] for name in ("epoch", "rev", "current_time")}
        self.server.send(json.dumps({"type": "buffering", "room_id": self.room_id, **about}))


def test_everyone_sees_how_players_keep_together_and_a_host_need_not_wait(arrive: Arrive, film: int) -> None:
    alice, bob, guest = arrive("alice"), arrive("bob"), arrive()
    line = HeldBack(bob.page)
    hers, his = start(alice, film), bob.enter(film)
    theirs = come_in(guest, f"/watch/movie-{film}?companion=1")
    expect(theirs.locator("#video")).to_be_hidden()
    theirs.get_by_label("Your name").fill("phone")
    say(theirs, "from the sofa")
    expect(hers.locator(".said p")).to_have_text("from the sofa")
    for page in (hers, his):
        expect(person(page, bob.username).locator(".standing")).to_have_text("in sync")
        expect(person(page, alice.username).locator(".role")).to_have_text("host")
        expect(person(page, "phone").locator(".standing")).to_have_text("talk only")
    line.run_dry()
    expect(hers.locator("#sync-state")).to_have_text(f"Waiting for {bob.username}…")
    expect(person(hers, bob.username).locator(".standing")).to_have_text("waited for")
    expect(his.locator("#start-anyway")).to_be_hidden()
    where = position(hers)
    hers.get_by_role("button", name="Start anyway").click()
    until(hers, lambda: position(hers) > where + 1, "the film goes on")
    expect(hers.locator("#start-anyway")).to_be_hidden()


def test_others_are_brought_by_link_code_and_message(arrive: Arrive, film: int, server: Server) -> None:
    alice, guest = arrive("alice", permissions=["clipboard-read", "clipboard-write"]), arrive()
    alice.context.add_init_script("navigator.share = async ({ url }) => { window.shared = url; }")  # As on a phone.
    bob = server.register("bob").username
    room_id = open_party(server, alice, film)
    server.shell(
        "from accounts.models import User\n"
        "from groups.services import create_group\n"
        f"create_group(actor=User.objects.get(username={alice.username!r}), name='<i>Fridays</i>')"
    )
    page = come_in(alice, f"/watch/{room_id}")
    page.get_by_role("button", name="Copy the link").click()
    expect(page.locator(".toast")).to_contain_text("Link copied.")
    link: str = page.evaluate("navigator.clipboard.readText()")
    come_in(guest, link.removeprefix(server.url))

    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog", name="Invite")
    expect(dialog.get_by_label("Anyone with this link")).to_have_value(link)
    dialog.get_by_role("button", name="Share").click()
    assert page.evaluate("window.shared") == link
    code = dialog.get_by_role("img", name="The link as a QR code")
    (seen,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())))
    assert (seen.text, seen.format) == (link, zxingcpp.BarcodeFormat.QRCode), "what a camera reads"

    dialog.get_by_role("button", name="<i>Fridays</i>").click()
    expect(dialog.locator(".toast").last).to_contain_text("Invited: <i>Fridays</i>")
    dialog.get_by_label("Send to people").fill(f"{bob}, nobody-{bob}")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.locator(".toast.bad")).to_contain_text(f"nobody-{bob} was not invited")
    expect(dialog.get_by_label("Send to people")).to_have_value(f"nobody-{bob}")
    told = server.shell(
        "from messaging.models import Message\n"
        f"print(*Message.objects.filter(message_type='invitation', sender__username={alice.username!r})"
        ".values_list('content', flat=True), sep='\\n')"
    )
    assert told.count(link) == 2, "one to the group and one to the person"


def test_a_host_keeps_order(arrive: Arrive, film: int, server: Server) -> None:
    alice, bob, guest = arrive("alice"), arrive("bob"), arrive()
    hers = come_in(alice, f"/watch/{open_party(server, alice, film)}")
    hers.get_by_role("button", name="Invite").click()
    link = hers.get_by_label("Anyone with this link")
    expect(link).to_have_value(re.compile("invite="))
    address = link.input_value().removeprefix(server.url)
    hers.keyboard.press("Escape")
    his, theirs = come_in(bob, address), guest.go(address.partition("?")[0])
    expect(theirs.get_by_label("Password")).to_be_focused()
    theirs.keyboard.type("sesame")
    theirs.keyboard.press("Enter")
    for page in (his, theirs):
        expect(page.locator("#people li")).to_have_count(3)
        assert page.locator("#people li button:visible").count() == 0, "nothing to press for who keeps no order"
    expect(his.locator("#host-open")).to_be_hidden()
    expect(theirs.locator("#host-open")).to_have_count(0)

    hers.get_by_role("button", name="Host tools").click()
    hers.get_by_label("Who controls the film").select_option("everyone")
    hers.get_by_label("Slow mode").select_option("300")
    hers.get_by_role("button", name="Save").click()
    expect(hers.locator(".toast").last).to_contain_text("Saved.")
    hers.keyboard.press("Escape")
    expect(his.get_by_role("button", name="Start the film")).to_be_visible()
    say(his, "one")
    expect(his.locator(".said:not(.waiting) p").first).to_have_text("one")
    say(his, "two")
    expect(his.locator(".said .wrong")).to_have_count(1)

    person(hers, bob.username).get_by_role("button").click()
    hers.get_by_role("button", name="Make host").click()
    expect(his.locator("#host-open")).to_be_visible()
    expect(person(hers, bob.username).locator(".role")).to_have_text("host")
    person(hers, bob.username).get_by_role("button").click()
    hers.get_by_role("button", name="Remove for five minutes").click()
    expect(his.locator("#lost")).to_have_text("You were removed from this room for five minutes.")
    expect(his.locator("#host-open")).to_be_hidden()
    expect(theirs.locator("#host-open")).to_have_count(0)

    theirs.get_by_label("Message").fill("half a thought")
    hers.get_by_role("button", name="Host tools").click()
    close = hers.locator("[data-close-room]")
    close.click()
    expect(close).to_have_text("Press again to close it for everyone")
    close.click()
    expect(theirs.locator("#lost")).to_contain_text("This room has been closed.")
    expect(theirs.get_by_role("button", name="Send")).to_be_disabled()
    theirs.get_by_label("Message").press("Enter")
    expect(theirs.get_by_label("Message")).to_have_value("half a thought")
    theirs.get_by_role("link", name="Watch the film alone").click()
    expect(theirs).to_have_url(re.compile(f"/movies/{film}$"))


def test_who_was_muted_is_heard_again_and_a_room_gets_another_owner(arrive: Arrive, film: int, server: Server) -> None:
    alice, bob = arrive("alice"), arrive("bob")
    name: str = bob.username  # type: ignore[attr-defined]
    hers = come_in(alice, f"/watch/{open_party(server, alice, film)}")
    hers.get_by_role("button", name="Invite").click()
    link = hers.get_by_label("Anyone with this link")
    expect(link).to_have_value(re.compile("invite="))
    his = come_in(bob, link.input_value().removeprefix(server.url))
    hers.keyboard.press("Escape")

    person(hers, name).get_by_role("button").click()
    hers.get_by_role("button", name="Mute for ten minutes").click()
    expect(hers.get_by_role("dialog")).to_have_count(0)
    say(his, "unheard")
    expect(his.locator(".said .wrong")).to_contain_text("Not sent")
    hers.get_by_role("button", name="Host tools").click()
    muted = hers.locator(".sanctions li")
    expect(muted).to_contain_text(name)
    muted.get_by_role("button", name="Lift").click()
    expect(hers.locator(".sanctions")).to_be_hidden()
    hers.keyboard.press("Escape")
    say(his, "heard")
    expect(hers.locator(".said p")).to_have_text("heard")

    person(hers, name).get_by_role("button").click()
    hers.get_by_role("button", name="Hand over the room").click()
    expect(person(his, name).locator(".role")).to_have_text("owner")
    expect(person(hers, name).get_by_role("button")).to_have_count(0)
    his.get_by_role("button", name="Host tools").click()
    expect(his.locator("[data-close-room]")).to_be_visible()


def test_a_party_begins_as_appointed_and_who_was_banned_stays_out(arrive: Arrive, film: int, server: Server) -> None:
    person_alice = server.register("alice")
    alice, bob = arrive(username=person_alice.username), arrive("bob")
    name: str = bob.username  # type: ignore[attr-defined]
    appointed = {"movie_id": film, "starts_at": at(minutes=9)}
    address = f"/watch/{person_alice.http.post('/api/rooms', json=appointed).json()['room']['room_id']}"
    room = address.replace("/watch", "/api/rooms")
    hers, his = come_in(alice, address), come_in(bob, address)
    for page in (hers, his):
        expect(page.locator("#begins")).to_have_text(re.compile("Starts: 8:[0-5][0-9]"))
    expect(his.locator("#start-anyway")).to_be_hidden()
    expect(hers.locator("#start-anyway")).to_be_visible()
    assert position(hers) == position(his) == 0
    person_alice.http.patch(room, json={"starts_at": at(seconds=3)})
    for page in (hers, his):
        until(page, lambda page=page: position(page) > 0.1, "it begins by itself")  # type: ignore[misc]
        expect(page.locator("#begins")).to_be_hidden()

    hers.get_by_role("button", name="Host tools").click()
    person_alice.http.patch(room, json={"control": "everyone", "slow_seconds": 7})
    hers.get_by_label("Who the film waits for").select_option("strict")
    hers.get_by_role("button", name="Save").click()
    expect(hers.locator(".toast").last).to_contain_text("Saved.")
    rules = person_alice.http.get(room).json()["room"]
    assert [rules[name] for name in ("control", "wait", "slow_seconds")] == ["everyone", "strict", 7], "only what was chosen"
    close = hers.locator("[data-close-room]")
    close.click()
    expect(close).to_have_text("Press again to close it for everyone")
    hers.keyboard.press("Escape")
    hers.get_by_role("button", name="Host tools").click()
    expect(close).to_have_text("Close this room for everyone")
    expect(hers.get_by_label("Slow mode").locator(":checked")).to_have_text("every 7 s")
    hers.keyboard.press("Escape")

    for button, role in (("Make host", "host"), ("Remove as host", "")):
        person(hers, name).get_by_role("button").click()
        hers.get_by_role("button", name=button).click()
        expect(person(hers, name).locator(".role")).to_have_text(role)
        expect(his.locator("#host-open:visible")).to_have_count(1 if role else 0)
    person(hers, name).get_by_role("button").click()
    hers.get_by_role("button", name="Ban").click()
    expect(his.locator("#lost")).to_have_text("You are banned here.")
    expect(his.get_by_role("button", name="Send")).to_be_disabled()
    expect(person(hers, name)).to_have_count(0)
    his.reload()
    expect(his.locator("#lost")).to_have_text("You are banned here.")
    expect(his.locator("#host")).to_have_text("You are not in this room.")
    expect(his.locator("#people li")).to_have_count(0)


CROWD = """([address, room_id]) => Promise.all(Array.from({ length: 104 }, (_, number) => new Promise((resolve) => {
  const socket = new WebSocket(address, "matinee.v2");
  const username = `guest ${String(number).padStart(3, "0")}`;
  socket.onopen = () => socket.send(JSON.stringify({ type: "join", room_id, username }));
  socket.onmessage = ({ data }) => JSON.parse(data).type === "snapshot" && resolve();
})))"""


def test_in_a_crowd_some_are_shown_and_a_host_reaches_everyone(
    arrive: Arrive, film: int, film_ids: Iterator[int], server: Server
) -> None:
    """At last another program of hers loads another film, the pages follow, and no second of the first one leads there."""
    alice, guest = arrive("alice"), arrive()
    line, other = HeldBack(alice.page), next(film_ids)
    talk = Refusing({"again": MUTED})
    alice.page.route_web_socket(re.compile("/ws/chat"), talk)
    room_id = open_party(server, alice, film, password="")
    hers = come_in(alice, f"/watch/{room_id}")
    guest.go("/login").evaluate(CROWD, [f"{server.ws_url}/ws/chat", room_id])
    expect(hers.locator("#people-count")).to_have_text("105 here")
    expect(hers.locator("#people li")).to_have_count(100)
    hers.get_by_role("button", name="5 more").click()
    expect(hers.locator("#people li")).to_have_count(105)
    expect(hers.locator("#people-more")).to_be_hidden()
    expect(hers.locator("#people li button:visible")).to_have_count(104)
    hers.locator("#people li").last.get_by_role("button").click()
    expect(hers.get_by_role("dialog")).to_contain_text("guest 103")
    hers.keyboard.press("Escape")
    hers.evaluate(COUNT_FLIGHTS)
    for words in ("of the first", "again"):
        say(hers, words)
    expect(hers.locator(".said .stamp:enabled")).to_have_count(2)
    until(hers, lambda: flown(hers) == ["of the first"], "what is stored flies")
    phone = come_in(arrive(), f"/watch/{room_id}?companion=1")
    expect(phone.locator(".said .stamp:visible")).to_have_count(1)
    assert line.server is not None
    order = {"type": "sync", "action": "load", "room_id": room_id, "movie_id": other, "cmd_id": "another"}
    line.server.send(json.dumps(order))
    title = server.http.get(f"/api/movies/{other}").json()["movie"]["title"]
    for page in (hers, phone):
        expect(page.locator(".stage h1 a")).to_have_text(title)
        expect(page.locator(".stage h1 a")).to_have_attribute("href", f"/movies/{other}")
        expect(page).to_have_title(f"{title} · Watch together · Matinee")
        expect(page.locator(".said .stamp:visible")).to_have_count(0)
    hers.get_by_role("button", name="Send again").click()
    expect(hers.locator(".said[data-seq] p")).to_have_text(["of the first", "again"])
    assert talk.films == {"of the first": [film], "again": [film, None]}
    talk.tell(room_id, range(1_000, 1_001), movie_time=1, movie_id=film)
    talk.tell(room_id, range(1_001, 1_002), movie_time=1, movie_id=other)
    expect(hers.locator(".said:has(.stamp:visible) p")).to_have_text(["live 1001"])
    until(hers, lambda: flown(hers) == ["of the first", "again", "live 1001"], "what is of this film flies")
    hers.reload()
    expect(hers.locator(".said p")).to_have_text(["of the first", "again"])
    expect(hers.locator(".said .stamp")).to_have_count(1)
    expect(hers.locator(".said .stamp")).to_be_hidden()


def at(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat()

"""Every page, in both themes and languages, on a phone: nothing goes wrong or sticks out, and axe finds nothing serious."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive, Visitor
from tests.rig.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
FOR_ALL = (
    "/", "/?search=zzz", "/movies/{film}", "/watch/movie-{film}", "/login", "/register", "/password/forgotten",
    "/password/sent", "/password/new", "/offline", "/_components", "/nowhere",
)  # fmt: skip
FOR_MEMBERS = ("/", "/movies/{film}", "/watch/movie-{film}", "/settings", "/_components")
RUN_AXE = """async () => {
  const found = await window.axe.run(document, { resultTypes: ["violations"] });
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(" | ")}`);
}"""


def troubles_of(page: Page, width: int) -> list[str]:
    """What axe finds, and whether anything is wider than the window."""
    found: list[str] = page.evaluate(RUN_AXE)
    wide = page.evaluate("document.documentElement.scrollWidth")
    return found + ([f"{wide} px wide"] if wide > width else [])


def sweep(visitor: Visitor, paths: tuple[str, ...], film: int, width: int) -> None:
    wrong = {}
    for path in paths:
        page = visitor.go(path.format(film=film))
        expect(page.locator("h1, h2").first).to_be_attached()
        if troubles := troubles_of(page, width):
            wrong[path] = troubles
    assert not wrong, wrong


@pytest.mark.parametrize(("scheme", "locale"), [("dark", "zh-CN"), ("light", "en-US")])
def test_every_page_is_sound(arrive: Arrive, film: int, scheme: Any, locale: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make test installs it with npm")
    shape = {"width": 360, "height": 740}
    still: dict[str, Any] = {"color_scheme": scheme, "locale": locale, "viewport": shape, "reduced_motion": "reduce"}
    guest, member = arrive(**still), arrive("alice", **still)
    for visitor, paths in ((guest, FOR_ALL), (member, FOR_MEMBERS)):
        visitor.context.add_init_script(path=AXE)
        visitor.allowed = ["404 (Not Found)", "401 (Unauthorized)"]
        sweep(visitor, paths, film, shape["width"])


@pytest.mark.parametrize("width", [768, 2560])
def test_no_page_sticks_out(arrive: Arrive, film: int, width: int) -> None:
    visitor = arrive("alice", viewport={"width": width, "height": 900}, locale="zh-CN")
    for path in FOR_MEMBERS:
        page = visitor.go(path.format(film=film))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_catalogue_works_by_keyboard_alone(arrive: Arrive, film: int) -> None:
    """From the address to a comment, without touching a mouse; what has the focus is seen to have it."""
    page = arrive("alice").go("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Search films")).to_be_focused()
    page.keyboard.type("Film")
    _tab_to(page, f'a[href="/movies/{film}"]')
    assert (
        page.evaluate("getComputedStyle(document.activeElement.closest('.film').querySelector('.poster')).outlineStyle")
        == "solid"
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Film ")
    _tab_to(page, "#id_content")
    page.keyboard.type("by keyboard")
    _tab_to(page, ".compose-comment .primary")
    page.keyboard.press("Enter")
    expect(page.locator(".comment-text")).to_have_text(["by keyboard"])
    _tab_to(page, ".comment summary")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Edit")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".comment summary")).to_be_focused()
    expect(page.get_by_role("link", name="Edit")).to_be_hidden()


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(80):
        if page.evaluate("(selector) => document.activeElement?.matches(selector) ?? false", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard never comes to {selector}")


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
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    assert visitor.username not in page.content()  # type: ignore[attr-defined]
    visitor.context.set_offline(False)
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()


# What people put in ---------------------------------------------------------------------------------------------------

MAKE_ODD = """
from movies import services
from movies.services import publish
words = {"title": %r, "description": %r, "video_link": "http://127.0.0.1:1/none.mp4"}
print(publish(actor=None, movie=services.create_movie(actor=None, **words)).pk)
"""


UNPUBLISH = """
from movies import services
from movies.models import Movie
services.unpublish(actor=None, movie=Movie.objects.get(pk=%d))
"""


@pytest.fixture
def odd_film(server: Server) -> Any:
    title = "<script>alert(1)</script> \u0645\u0631\u062d\u0628\u0627 👩‍👩‍👧‍👦 Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A" + "W" * 120
    made = int(server.shell(MAKE_ODD % (title, "<img src=x onerror=alert(2)>" + "长" * 4_000)))
    yield made
    server.shell(UNPUBLISH % made)


def test_odd_words_and_a_film_that_cannot_be_played(arrive: Arrive, odd_film: int) -> None:
    """No poster, no video, every kind of text: the page holds, says what happened, and runs nothing."""
    visitor = arrive("alice", viewport={"width": 360, "height": 740})
    visitor.allowed = [
        "400 (Bad Request)",
        "Content Security Policy",
        "ERR_CONNECTION_REFUSED",
        "Content-Security-Policy",
        "127.0.0.1:1/",
    ]
    page = visitor.go(f"/movies/{odd_film}")
    expect(page.get_by_role("alert").filter(has_text="This film cannot be played here.")).to_be_visible()
    for words in (
        "x" * 4_000,
        "\u202eturned\u202c \u0627\u0644\u0633\u0644\u0627\u0645",
        "<script>alert(3)</script>",
        "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤" * 50,
    ):
        page.get_by_label("Your comment").fill(words)
        page.get_by_role("button", name="Post comment").click()
        expect(page.locator(".comment-text").last).to_have_text(words)
    page.get_by_label("Your comment").fill("x" * 4_001)
    page.get_by_role("button", name="Post comment").click()
    expect(page.locator(".wrong")).to_contain_text("At most 4000 characters.")
    expect(page.get_by_label("Your comment")).to_have_value("x" * 4_001)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page = visitor.go("/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

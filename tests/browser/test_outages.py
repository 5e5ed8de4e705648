"""A server that really ends under a playing film, and comes back: nobody has to load a page again."""

from __future__ import annotations

import signal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive, position, until
from tests.browser.test_room_page import say
from tests.browser.test_sync import Told, check_together, is_near, start, video
from tests.rig.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]

OUTAGE = ["net::ERR_", "503 (Service Unavailable)", "fetching the script"]
LOST = "Connection lost. Reconnecting; what you write will be sent then."
CUT = "The film does not load at the moment. Trying again…"
FAILED = "This film cannot be played here."
MAKE_MP4 = """
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from imageio_ffmpeg import get_ffmpeg_exe
from movies.services import attach_hls, create_movie, publish
from rooms.models import Room
from rooms.services import open_room

def film(link=""):
    return create_movie(actor=None, title="By the browser itself", description="", genres=[], video_link=link)

with TemporaryDirectory() as name:
    folder, rate = Path(name), "1M"
    subprocess.run(
        [get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", "color=size=160x90:rate=10:duration=120",
         "-c:v", "libx264", "-preset", "ultrafast", "-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate,
         "-x264-params", "nal-hrd=cbr", "-pix_fmt", "yuv420p", "-g", "20", "-movflags", "+faststart", "film.mp4"],
        cwd=folder, check=True,
    )
    (folder / "index.m3u8").touch()
    held = film()
    attach_hls(actor=None, movie=held, files={{path.name: path for path in folder.iterdir()}})
    publish(actor=None, movie=held)
for name in ("film.mp4", "gone.mp4"):
    pk = publish(actor=None, movie=film(f"{url}/media/films/{{held.pk}}/{{name}}")).pk
    Room.objects.filter(pk=open_room(f"movie-{{pk}}").pk).update(wait=Room.Wait.OFF)
    print(pk)
"""
"""Filled up, so that a browser does not load the whole film at once."""


def mark(page: Page) -> None:
    """Gone if the page is loaded again."""
    page.evaluate("window.isTheSame = true")


def seek(page: Page, to: float) -> None:
    """As a person does it, who has just touched the page."""
    page.get_by_role("banner").click()
    video(page, f"{{ video.currentTime = {to}; }}")


def plays_on(page: Page) -> None:
    since = position(page)
    until(page, lambda: position(page) > since + 0.5, "the film plays on")


def test_a_room_outlasts_its_server(arrive: Arrive, film: int, server: Server) -> None:
    alice, guest, reader = arrive("alice"), arrive(), arrive()
    for visitor in (alice, guest, reader):
        visitor.allowed = OUTAGE
    hers, theirs = start(alice, film), guest.enter(film)
    pages = (hers, theirs)
    reader.go("/").evaluate("navigator.serviceWorker.ready")
    until(theirs, lambda: position(theirs) > 0.5 and is_near(hers, theirs), "both see one picture")
    for page in pages:
        mark(page)
    with server.away(signal.SIGKILL):
        for page in pages:
            expect(page.locator("#lost")).to_have_text(LOST)
            expect(page.locator("#sync-state")).to_have_text("Connecting…")
            expect(page.locator("#people-count")).to_have_text("unknown")
            plays_on(page)
        say(hers, "from the dark")
        expect(hers.locator(".said.waiting .unsent")).to_have_text("waiting to be sent")
        reader.page.reload()
        expect(reader.page.get_by_role("heading", name="Matinee cannot be reached")).to_be_visible()
    for page in pages:
        expect(page.locator("#lost")).to_be_hidden()
        expect(page.locator(".said:not(.waiting) p")).to_have_text(["from the dark"])
        expect(page.locator(".said.waiting, .unsent")).to_have_count(0)
        expect(page.locator("#people-count")).to_have_text("2 here")
    seek(hers, 110)
    for page in pages:
        until(page, lambda page=page: position(page) > 110.5, "what nobody had loaded plays")  # type: ignore[misc]
        expect(page.locator("#sync-state")).to_have_text("In sync")
        assert page.evaluate("window.isTheSame")
    check_together(hers, theirs)
    expect(reader.page.locator(".film").first).to_be_visible()


def test_films_that_the_browser_plays_itself_come_back_too(arrive: Arrive, server: Server) -> None:
    """Of a server that ends gently. Where a proxy answers, browsers give up at once what they else try for half a minute."""
    film, gone = (int(word) for word in server.shell(MAKE_MP4.format(url=server.url)).split())
    alice, reader = arrive("alice"), arrive()
    told = Told(alice.page)
    room, page = start(alice, film), reader.go(f"/movies/{film}")
    cut, unplayable = page.get_by_text(CUT), page.get_by_role("alert").filter(has_text=FAILED)
    video(page, "{ video.muted = true; video.play(); }")
    plays_on(page)
    for visitor in (alice, reader):
        visitor.allowed = [*OUTAGE, "404 (Not Found)"]
        mark(visitor.page)
        visitor.page.route("**/*.mp4", lambda route: route.fulfill(status=503))
    for watched in (room, page):
        seek(watched, 70)
    expect(room.locator("#sync-state")).to_have_text(CUT)
    expect(cut).to_be_visible()
    with server.away(signal.SIGTERM):
        expect(room.locator("#lost")).to_have_text(LOST)
        for visitor in (alice, reader):
            visitor.page.unroute_all()
    for watched in (room, page):
        until(watched, lambda watched=watched: position(watched) > 71, "it goes on where it was")  # type: ignore[misc]
        assert watched.evaluate("window.isTheSame")
    expect(room.locator("#sync-state")).to_have_text("In sync")
    assert told.commands == ["play", "seek"], "nobody paused"
    for hidden in (cut, unplayable):
        expect(hidden).to_be_hidden()

    room = alice.go(f"/watch/movie-{gone}")
    expect(room.get_by_role("alert").filter(has_text=FAILED)).to_be_visible()
    room.get_by_role("button", name="Start the film").click()
    expect(room.locator("#cover")).to_be_hidden()
    expect(room.locator("#sync-state")).to_be_empty()

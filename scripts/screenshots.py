"""`make screenshots`: a server with demo content of its own, people in it, and a picture of each page for docs/screenshots.

At phone and desktop width, in both languages. A picture is a JPEG of what one sees first, so that all of them stay small.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts.serving import Demo, serving_demo
from tests.rig.fixtures import CHROMIUM_ARGUMENTS

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs/screenshots"
LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
WIDTHS = {390: (844, "light"), 1280: (800, "dark")}
"""For each: the height, and the theme."""
QUALITY = 72
MOST_BYTES = 3 * 1024 * 1024


@dataclass(frozen=True)
class Shot:
    """One page: its picture's name, its address and who looks at it (nobody for a guest)."""

    name: str
    path: str
    who: str = ""


SHOTS = (
    # First, while its film plays.
    Shot("room", "/watch/movie-{room}", "mei"),
    Shot("films", "/", "lin"),
    Shot("search", "/?search=zzz"),
    Shot("film", "/movies/{film}?t=0:12", "lin"),
    Shot("settings", "/settings", "lin"),
    Shot("login", "/login"),
    Shot("register", "/register"),
    Shot("password", "/password/forgotten"),
    Shot("not-found", "/nowhere"),
    Shot("offline", "/offline"),
)


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with serving_demo() as demo, browsing() as browser:
        live_in(demo)
        for number, (width, language) in enumerate(itertools.product(sorted(WIDTHS, reverse=True), LANGUAGES)):
            _take_all(browser, demo, width, language, demo.films[number % len(demo.films)])
    return _tell()


def _take_all(browser: Browser, demo: Demo, width: int, language: str, film: int) -> None:
    """Each page at one width in one language; `film` is shown in its room, where nobody has been so far."""
    height, scheme = WIDTHS[width]
    look = {
        "locale": LANGUAGES[language],
        "viewport": {"width": width, "height": height},
        "color_scheme": scheme,
        "reduced_motion": "reduce",
    }
    with ExitStack() as stack:
        people = {who: stack.enter_context(visiting(browser, demo, who, **look)) for who in ("", "lin", "mei")}
        _host(people["lin"], demo, film)
        for shot in SHOTS:
            path = shot.path.format(film=demo.film, room=film)
            _take(people[shot.who].new_page(), demo, shot, path, f"{shot.name}-{width}-{language}.jpg")


@contextmanager
def browsing() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        sys.exit("Chromium is not installed (Debian: apt install chromium).")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGUMENTS)


@contextmanager
def visiting(browser: Browser, demo: Demo, who: str, **look: Any) -> Iterator[BrowserContext]:
    """A browser window that looks so; signed in for a name."""
    context = browser.new_context(**look)
    if who:
        page = context.new_page()
        page.goto(f"{demo.url}/login")
        page.locator("[name=name]").fill(who)
        page.locator("[name=password]").fill(demo.passwords[who])
        page.locator("main form button.primary").click()
        page.wait_for_url(f"{demo.url}/")
        page.close()
    yield context
    context.close()


def live_in(demo: Demo) -> None:
    """Somebody has begun a film, and says something about a moment of another."""
    with httpx.Client(base_url=demo.url, trust_env=False) as client:
        answer = client.post("/auth/login", json={"username": "lin", "password": demo.passwords["lin"]})
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        movies: list[Any] = client.get("/api/movies").json()["movies"]
        client.put(f"/api/movies/{movies[1]['id']}/progress", json={"position": 13}).raise_for_status()
        said = {"content": "0:12 的颜色！ Look at 0:12.", "movie_time": 12}
        client.post(f"/api/movies/{movies[0]['id']}/comments", json=said).raise_for_status()


def _host(context: BrowserContext, demo: Demo, film: int) -> None:
    """Somebody who is in the room and lets the film play."""
    page = context.new_page()
    page.goto(f"{demo.url}/watch/movie-{film}")
    button = page.locator("#cover-button")
    if button.is_visible() or _appears(button):
        button.click()


def _appears(element: Any) -> bool:
    try:
        element.wait_for(state="visible", timeout=5_000)
    except Exception:
        return False
    return True


def _take(page: Page, demo: Demo, shot: Shot, path: str, name: str) -> None:
    page.goto(demo.url + path)
    page.wait_for_load_state("networkidle" if "room" not in shot.name else "load")
    # A film needs a moment to have a picture, and a room to show who is there.
    page.wait_for_timeout(2_000 if shot.name in ("film", "room") else 200)
    page.screenshot(path=FOLDER / name, type="jpeg", quality=QUALITY)
    page.close()


def _tell() -> int:
    made = sorted(FOLDER.iterdir())
    total = sum(os.path.getsize(path) for path in made)
    print(f"{len(made)} pictures in {FOLDER.relative_to(ROOT)}, {total / 1024:.0f} KiB")
    if total > MOST_BYTES:
        print(f"More than {MOST_BYTES // 1024} KiB: lower QUALITY.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

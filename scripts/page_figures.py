"""`make page-figures`: what the pages cost a real browser. Weight, first paint, layout shift, and long tasks; the room's page
also while it hears 20 messages a second.

Weight is the compressed bytes of what a page loads from us (hls.js apart). First paint and layout shift are medians of three
cold loads. A long task is one of more than 50 ms, during which the page answers nobody.
"""

from __future__ import annotations

import gzip
import json
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Page
from websockets.sync.client import connect

from scripts.screenshots import browsing, visiting
from scripts.serving import Demo, serving_demo

PAGES = ("/", "/movies/{film}", "/watch/movie-{film}", "/login", "/settings")
LOOK: dict[str, Any] = {"locale": "en-US", "viewport": {"width": 1280, "height": 800}}
LOADS = 3
TALK_SECONDS, A_SECOND = 15, 20
WATCH = """(() => {
  window.figures = { shift: 0, long: [] };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.figures.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.figures.long.push(entry.duration);
  }).observe({ type: "longtask", buffered: true });
})()"""
READ = """() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
  loaded: performance.getEntriesByType("navigation")[0].loadEventEnd,
  shift: window.figures.shift,
  long: window.figures.long,
})"""


def main() -> int:
    with serving_demo() as demo, browsing() as browser:
        print(f"{'page':<18} {'weight':>9} {'paint':>8} {'loaded':>8} {'shift':>7} {'long tasks':>16}")
        for path in PAGES:
            loads = []
            for _ in range(LOADS):
                with visiting(browser, demo, "lin", **LOOK) as context:
                    loads.append(_loaded(context, demo, path.format(film=demo.film)))
            _print(path, loads)
        with visiting(browser, demo, "lin", **LOOK) as context:
            _print_talk(_while_talking(context, demo))
    return 0


def _loaded(context: BrowserContext, demo: Demo, path: str) -> dict[str, Any]:
    """One cold load of a page: what came, and what it took."""
    page = context.new_page()
    page.add_init_script(WATCH)
    weights: dict[str, int] = {}
    page.on("response", lambda response: _weigh(response, demo, weights))
    page.goto(demo.url + path)
    page.wait_for_timeout(1_500)
    figures: dict[str, Any] = page.evaluate(READ)
    page.close()
    return figures | {"weight": sum(weights.values())}


def _weigh(response: Any, demo: Demo, weights: dict[str, int]) -> None:
    address = response.url.removeprefix(demo.url)
    is_ours = address.startswith("/static/") or response.request.resource_type == "document"
    if is_ours and "hls.js" not in address and response.ok:
        weights[address] = len(gzip.compress(response.body()))


def _print(path: str, loads: list[dict[str, Any]]) -> None:
    def middle(name: str) -> float:
        return statistics.median(load[name] for load in loads)

    tasks = [duration for load in loads for duration in load["long"]]
    longest = f"{len(tasks) / len(loads):.1f}, to {max(tasks):.0f} ms" if tasks else "none"
    print(
        f"{path:<18} {middle('weight') / 1024:>5.1f} KiB {middle('paint'):>5.0f} ms {middle('loaded'):>5.0f} ms "
        f"{middle('shift'):>7.4f} {longest:>16}"
    )


def _while_talking(context: BrowserContext, demo: Demo) -> dict[str, Any]:
    """A room's page while somebody else says something 20 times a second."""
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(f"{demo.url}/watch/movie-{demo.film}")
    page.wait_for_timeout(3_000)
    before = page.evaluate(READ)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    with _talking(demo):
        busy, worked = _seconds(session)
        page.wait_for_timeout(TALK_SECONDS * 1_000)
        still_busy, still_worked = _seconds(session)
    after = page.evaluate(READ)
    return {
        "heard": _heard(page),
        "busy": (still_busy - busy) / TALK_SECONDS,
        "worked": (still_worked - worked) / TALK_SECONDS,
        "long": after["long"][len(before["long"]) :],
        "shift": after["shift"] - before["shift"],
    }


def _heard(page: Page) -> int:
    return page.locator("#messages > li").count()


def _seconds(session: Any) -> tuple[float, float]:
    """How long the main thread has been at something, and how much of that the processor worked for it: it waits, too."""
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"]), float(metrics["ThreadTime"])


@contextmanager
def _talking(demo: Demo) -> Iterator[None]:
    """Somebody in the room who never stops, on a socket of the contract's kind."""
    done = threading.Event()
    thread = threading.Thread(target=_talk, args=(demo, done))
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _talk(demo: Demo, done: threading.Event) -> None:
    answer = httpx.post(f"{demo.url}/auth/login", json={"username": "mei", "password": demo.passwords["mei"]}, trust_env=False)
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    room = f"movie-{demo.film}"
    with connect(f"{demo.url.replace('http', 'ws', 1)}/ws/chat", additional_headers=headers, proxy=None) as socket:
        number = 0
        while not done.wait(1 / A_SECOND):
            number += 1
            said = {"type": "message", "room_id": room, "username": "mei", "content": f"line {number}"}
            socket.send(json.dumps(said))
            _drain(socket)


def _drain(socket: Any) -> None:
    """Read what came, so that nobody takes us for a slow reader."""
    deadline = time.monotonic() + 0.005
    while time.monotonic() < deadline:
        try:
            socket.recv(timeout=0.001)
        except TimeoutError:
            return


def _print_talk(talk: dict[str, Any]) -> None:
    tasks = talk["long"]
    longest = f"{len(tasks)}, to {max(tasks):.0f} ms" if tasks else "none"
    print(
        f"\nthe room under {A_SECOND} messages a second for {TALK_SECONDS} s: {talk['heard']} lines shown, main thread busy "
        f"{talk['busy']:.0%} ({talk['worked']:.0%} of a core), long tasks {longest}, layout shift {talk['shift']:.4f}"
    )


if __name__ == "__main__":
    sys.exit(main())

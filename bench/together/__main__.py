"""`python -m bench.together [--seconds N] [--record]`: three real browsers in one room, one of them on a bad network."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench import record
from bench.table import grid
from bench.together.pages import Tap, Viewer
from bench.together.tracks import Track, distances, percentile, settled_after
from tests.rig.fixtures import CHROMIUM_ARGUMENTS
from tests.rig.servers import PASSWORD, Server, Stores, starting
from tests.rig.slow_line import SlowLine, slow_line

DELAY_S, JITTER_S = 0.08, 0.06
"""Each way, on the bad network."""
NEAR_S, SOON_S, LOOK_S = 1.0, 5.0, 3.0
MAKE_FILM = """
from dataclasses import replace
from demo.films import FILMS, Look, rendered
from demo.services import store_film
film, look = replace(FILMS[0], seconds=600), Look(width=320, height=180, seconds=600)
with rendered(film, look) as folder:
    print(store_film(film, folder, look).pk)
"""


class Outcome:
    """Lines of the table, as they come."""

    def __init__(self) -> None:
        self.lines: list[list[str]] = []

    def add(self, words: str, wanted: str, measured: str, reached: bool) -> None:
        self.lines.append([words, wanted, measured, "yes" if reached else "**no**", ""])
        print(f"  {words}: {measured} (wanted {wanted})", file=sys.stderr, flush=True)

    def steady(self, tracks: list[Track], start: float, end: float) -> None:
        apart = [distance * 1000 for distance in distances(tracks, start, end)]
        p50, p95, most = (percentile(apart, share) for share in (0.5, 0.95, 1.0))
        other = max(track.share_at_other_rate(start, end) for track in tracks)
        words = f"any two of {len(tracks)}, {(end - start) / 1000:.0f} s of playing: p95"
        self.add(words, "<= 100 ms", f"{p95:.0f} ms (p50 {p50:.0f}, most {most:.0f}; {other:.0%} at another rate)", p95 <= 100)

    def event(self, name: str, tracks: list[Track], at: float) -> None:
        start = at + SOON_S * 1000
        worst = max(distances(tracks, start, start + LOOK_S * 1000), default=float("nan"))
        after = settled_after(tracks, at, start + LOOK_S * 1000, within=NEAR_S)
        told = f"{worst * 1000:.0f} ms" + ("" if after is None else f"; all within {NEAR_S:.0f} s after {after:.1f} s")
        self.add(f"{name}: farthest 5 to 8 s later", "<= 1000 ms", told, worst <= NEAR_S)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.together", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long they are watched playing")
    parser.add_argument("--record", action="store_true", help="keep the results in docs/benchmarks.md")
    asked = parser.parse_args(arguments)
    where = record.machine(pinned=False)
    with _server() as server, _browser() as browser:
        outcome, version = measure(server, browser, asked.seconds), browser.version
    network = f"one of the three on a line with {DELAY_S * 1000:.0f} ms each way and up to {JITTER_S * 1000:.0f} ms more"
    results = f"{where}; Chromium {version}; {network}.\n\n" + grid(
        [["what", "wanted", "measured", "reached", ""], *outcome.lines]
    )
    print(f"\n{results}")
    if asked.record:
        record.record(results, marks=record.TOGETHER)
    return 0


def measure(server: Server, browser: Browser, seconds: float) -> Outcome:
    """Steady playing, then one thing after the other that pulls people apart."""
    outcome = Outcome()
    film = server.shell(MAKE_FILM).split()[-1]
    host = server.register("alice")
    with slow_line(server.port, delay=DELAY_S, jitter=JITTER_S) as line:
        far = f"http://127.0.0.1:{line.port}"
        alice = Viewer(browser, server.url, f"movie-{film}", username=host.username, password=PASSWORD)
        bob, charlie = (Viewer(browser, address, f"movie-{film}") for address in (server.url, far))
        viewers = [alice, bob, charlie]
        alice.start()
        alice.wait(10)
        start = alice.now
        alice.wait(seconds)
        outcome.steady([viewer.track() for viewer in viewers], start, start + seconds * 1000)
        _pull_apart(outcome, viewers, line, browser, far, film)
    return outcome


def _pull_apart(outcome: Outcome, viewers: list[Viewer], line: SlowLine, browser: Browser, far: str, film: str) -> None:
    alice, bob, charlie = viewers
    at = alice.now
    alice.seek(alice.position + 120)
    _seen(outcome, "a seek", viewers, at)
    at = alice.now
    line.cut()
    _seen(outcome, "a lost connection", viewers, at)
    tap = Tap(bob.context)
    tap.close()
    alice.seek(alice.position + 120)
    alice.wait(4)
    tap.open()
    at = alice.now
    _seen(outcome, "a stall of 4 s", viewers, at)
    charlie.close()
    viewers[2] = Viewer(browser, far, f"movie-{film}")
    _seen(outcome, "somebody comes in", viewers, viewers[2].now)


def _seen(outcome: Outcome, name: str, viewers: list[Viewer], at: float) -> None:
    viewers[0].wait(SOON_S + LOOK_S + 1)
    outcome.event(name, [viewer.track() for viewer in viewers], at)


@contextmanager
def _server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="matinee-together-") as folder:
        stores = Stores(Path(folder))
        with starting(stores) as start:
            yield start()
        stores.close()


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

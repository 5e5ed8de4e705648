"""Keeps a run's results in docs/benchmarks.md, with the day and the machine."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from bench import cores

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
Marks = tuple[str, str]
SERVERS: Marks = ("<!-- results: written by make bench RECORD=1 -->", "<!-- end of results -->")
TOGETHER: Marks = ("<!-- together: written by make sync-bench RECORD=1 -->", "<!-- end of together -->")
SIMULATED: Marks = ("<!-- simulated: written by make sim RECORD=1 -->", "<!-- end of simulated -->")


def machine(*, pinned: bool = True) -> str:
    """The day, the processor, the memory, and what runs on it; with `pinned`, also on which cores the benchmark ran."""
    told = "server and generator on cores of their own; " if cores.IS_PINNED else "server and generator on ONE core; "
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {_processor()}, {psutil.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB; Linux {platform.release().split('-')[0]}, "
        f"Python {sys.version.split()[0]}; {told if pinned else ''}load average at the start {psutil.getloadavg()[0]:.1f}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return " ".join(value.split())
    return platform.machine()


def record(results: str, page: Path = PAGE, *, marks: Marks = SERVERS) -> None:
    """Put the results between the page's markers."""
    text = page.read_text()
    before, found, rest = text.partition(marks[0])
    _, ended, after = rest.partition(marks[1])
    if not (found and ended):
        raise ValueError(f"{page} has lost its markers")
    page.write_text(f"{before}{marks[0]}\n\n{results}\n\n{marks[1]}{after}")

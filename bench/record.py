"""Keeps a run's results in docs/benchmarks.md, with the day and the machine."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from bench import cores

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results: written by make bench RECORD=1 -->", "<!-- end of results -->"


def machine() -> str:
    """The day, the processor, the memory, and what runs on it."""
    pinned = "server and generator on cores of their own" if cores.IS_PINNED else "server and generator on ONE core"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {_processor()}, {psutil.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB; Linux {platform.release().split('-')[0]}, "
        f"Python {sys.version.split()[0]}; {pinned}; load average at the start {psutil.getloadavg()[0]:.1f}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return " ".join(value.split())
    return platform.machine()


def record(results: str, page: Path = PAGE) -> None:
    """Put the results between the page's markers."""
    text = page.read_text()
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"{page} has lost its markers")
    page.write_text(f"{before}{BEGIN}\n\n{results}\n\n{END}{after}")

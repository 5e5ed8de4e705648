"""Figures of worlds as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.table import grid

Figures = dict[str, float | None]
HEADINGS = {
    "between_p50": "any two: p50 ms",
    "between_p95": "any two: p95 ms",
    "expected_p50": "from the room: p50 ms",
    "expected_p95": "from the room: p95 ms",
    "settling_p95": "any two, in the 10 s after a change: p95 ms",
    "seeks_per_hour": "seeks an hour",
    "other_rate": "time at another rate",
}


@dataclass(frozen=True)
class Row:
    """One scenario under one rule; `figures` by their keys in HEADINGS, None where nothing could be measured."""

    scenario: str
    rule: str
    figures: Figures


def worst(worlds: Sequence[Figures]) -> Figures:
    """Of several worlds that differ by their seed only, each figure's largest."""
    found = {key: [figures[key] for figures in worlds] for key in HEADINGS}
    return {key: max((value for value in values if value is not None), default=None) for key, values in found.items()}


def markdown(rows: Sequence[Row]) -> str:
    lines = [[row.scenario, row.rule, *(_shown(key, row.figures[key]) for key in HEADINGS), ""] for row in rows]
    return grid([["scenario", "rule", *HEADINGS.values(), ""], *lines])


def _shown(key: str, value: float | None) -> str:
    if value is None:
        return "-"
    if key == "other_rate":
        return f"{value * 100:.1f} %"
    return f"{value:,.1f}" if key == "seeks_per_hour" else f"{value:,.0f}"

"""Results as rows, and rows as Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

MATINEE = "Matinee"

HEADINGS = {
    "deliveries_s": "deliveries/s",
    "delivery_us": "CPU us/delivery",
    "ratio": "CPU, times Matinee's",
    "sends_s": "sends/s",
    "send_us": "CPU us/send",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "half_p50_ms": "half load p50 ms",
    "half_p99_ms": "half load p99 ms",
    "connect_s": "connects CPU s",
    "join_s": "joins CPU s",
    "wall_s": "wall s",
    "socket_kib": "KiB/socket",
    "sockets": "sockets",
    "lost": "lost",
    "doubled": "doubled",
    "cpu_share": "server's CPU %",
}


@dataclass(frozen=True)
class Row:
    """One measurement: what was measured, of whom, under which load, and the figures by their keys in HEADINGS."""

    measure: str
    subject: str
    load: str
    figures: dict[str, float]
    notes: tuple[str, ...] = field(default=())


def shown(value: float) -> str:
    """Three significant digits."""
    if math.isnan(value):
        return "-"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """Beside each CPU time per delivery, how many times Matinee's under the same load it is."""
    ours = {row.load: row.figures["delivery_us"] for row in rows if row.subject == MATINEE and row.figures.get("delivery_us")}
    compared = []
    for row in rows:
        figures = dict(row.figures)
        if "delivery_us" in figures and row.load in ours:
            figures["ratio"] = figures["delivery_us"] / ours[row.load]
        compared.append(Row(row.measure, row.subject, row.load, figures, row.notes))
    return compared


def markdown(rows: Sequence[Row]) -> str:
    """One table per measure, in the order they came; notes as footnotes."""
    parts = []
    for measure in dict.fromkeys(row.measure for row in rows):
        parts.append(f"### {measure}\n\n{_table([row for row in rows if row.measure == measure])}")
    return "\n\n".join(parts)


def _table(rows: Sequence[Row]) -> str:
    keys = [key for key in HEADINGS if any(key in row.figures for row in rows)]
    lines = [["load", "server", *(HEADINGS[key] for key in keys), "notes"]]
    for row in rows:
        figures = [shown(row.figures[key]) if key in row.figures else "" for key in keys]
        lines.append([row.load, row.subject, *figures, "; ".join(row.notes)])
    return grid(lines)


def grid(lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns line up; the first line is its head. An empty last column is left out."""
    if not any(line[-1] for line in lines[1:]):
        lines = [line[:-1] for line in lines]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    made = [_line(line, widths) for line in lines]
    made.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(made)


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

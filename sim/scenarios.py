"""What can go wrong while people watch together, as settings of sim/world.js."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

MATINEE = "Matinee"
RULES = (MATINEE, "OpenTogetherTube", "CyTube", "Syncplay")
"""Ours, and those that sim/rules.js knows."""
DURATION = 10_800.0
"""Seconds of film: longer than any world lasts."""

CALM: dict[str, Any] = {
    "trip": [40, 300],
    "upShare": [0.45, 0.55],
    "jitter": 5,
    "skew": 0.00005,
    "clock": 60_000,
    "changes": [150_000, 240_000],
    "video": {},
    "stalls": None,
    "odd": 0.0,
}
"""Round trips in ms; every clock up to 50 ppm and 60 s wrong; players that say where they are within 20 ms; the host changes
something every three minutes or so."""

SCENARIOS: dict[str, dict[str, Any]] = {
    "calm": CALM,
    "untouched": CALM | {"changes": None},
    "jittery": CALM | {"jitter": 80, "upShare": [0.35, 0.65]},
    "stalls": CALM | {"odd": 0.4, "stalls": {"every": [40_000, 120_000], "last": [1_200, 8_000]}},
    "bad seeks": CALM | {"odd": 0.4, "video": {"seekCost": [800, 4_000], "landing": [-1.2, 0.2]}},
    "rate ignored": CALM | {"odd": 0.4, "video": {"ignoresRate": True}},
}


@dataclass(frozen=True)
class Scale:
    """`worlds`: of each, differing by their seed."""

    people: int
    minutes: int
    worlds: int

    def changed(self, **fields: int | None) -> Scale:
        """With those that are not None."""
        return replace(self, **{name: value for name, value in fields.items() if value is not None})

    def __str__(self) -> str:
        return f"{self.people} people for {self.minutes} min, the worst of {self.worlds} worlds"


FULL = Scale(people=12, minutes=100, worlds=3)
QUICK = Scale(people=6, minutes=20, worlds=1)

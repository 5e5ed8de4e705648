"""How much a run measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    sizes: tuple[int, ...] = (10, 100, 1000)
    """Sockets in the room of the fan-out."""
    warm_up: float = 1.5
    seconds: float = 6.0
    """How long one load is measured."""
    light_seconds: float = 12.0
    joins: int = 1000
    idle: tuple[int, ...] = (1000, 5000)
    conversations: int = 50
    resumes: int = 100
    storm: int = 5000
    storm_seconds: float = 15.0


FULL = Scale()
QUICK = Scale(
    sizes=(10, 100),
    warm_up=0.5,
    seconds=2.0,
    light_seconds=4.0,
    joins=200,
    idle=(500,),
    conversations=20,
    resumes=20,
    storm=500,
    storm_seconds=5.0,
)


def light_rate(size: int) -> int:
    """Messages a second of a room where people chat: the more people, the fewer messages the bench dares."""
    return 50 if size <= 10 else 20 if size <= 100 else 2

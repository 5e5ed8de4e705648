"""The server of a simulated room: the real timeline, without sockets and without a database."""

from __future__ import annotations

from typing import Any

import msgspec

from rooms import playback
from rooms.playback import (
    Command,
    Person,
    Playback,
    StaleError,
    Timeline,
    apply_command,
    is_waited_for,
    lead_ms,
)

MOVIE = 1
HOST = 0
"""The first person of a world leads its room."""

Frame = dict[str, Any]
Told = tuple[int | None, Frame]
"""To whom (None: everyone), and what."""


class SimRoom:
    """Answers what the world asks, at the moments (ms) that it says. `leads`: starts lie ahead, as ours do."""

    def __init__(self, *, duration: float, leads: bool = True, wait: str = "soft") -> None:
        self.state = Playback(timeline=Timeline(movie_id=MOVIE, duration=duration))
        self.leads, self.wait = leads, wait
        self.people: set[int] = set()
        self.trips: dict[int, float] = {}

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """`question`: t (ms), and unless only time has passed, from (a person's number) and frame."""
        t_ms: int = question["t"]
        frames = self._tick(t_ms)
        if "frame" in question:
            frames += self._hear(t_ms, question["from"], question["frame"])
        return {"frames": frames, "wake": playback.next_change_at(self.state.timeline)}

    def _tick(self, t_ms: int) -> list[Told]:
        return self._moved(self.state.at(t_ms), t_ms)

    def _hear(self, t_ms: int, sender: int, frame: Frame) -> list[Told]:
        match frame["type"]:
            case "join":
                self.people.add(sender)
                return [(sender, self._snapshot(sender, t_ms))]
            case "sync":
                return self._command(t_ms, sender, frame)
            case "progress":
                self.trips[sender] = frame["rtt"] or 0.0
                return []
            case "buffering" | "ready":
                return self._readiness(t_ms, sender, frame)
        raise ValueError(frame)

    def _command(self, t_ms: int, sender: int, frame: Frame) -> list[Told]:
        command = Command(
            action=frame["action"],
            cmd_id=frame["cmd_id"],
            sender=str(sender),
            name=str(sender),
            position=frame.get("current_time"),
            rate=frame.get("rate"),
            base_rev=frame.get("base_rev"),
        )
        lead = self._lead
        try:
            after = apply_command(self.state, command, t_ms=t_ms, lead=lead)
        except StaleError:
            return [(sender, self._frame(t_ms))]
        return self._moved(after, t_ms, cmd_id=command.cmd_id, action=command.action)

    def _readiness(self, t_ms: int, sender: int, frame: Frame) -> list[Told]:
        if not is_waited_for(self.wait, people=len(self.people), leads=sender == HOST):
            return []
        person = Person(str(sender), str(sender))
        about = {"epoch": frame["epoch"], "rev": frame["rev"], "t_ms": t_ms}
        if frame["type"] == "ready":
            after = playback.ready(self.state, person, lead=self._lead, **about)
        else:
            after = playback.buffering(self.state, person, **about)
        return self._moved(after, t_ms)

    @property
    def _lead(self) -> int:
        return lead_ms(self.trips.values()) if self.leads else 0

    def _moved(self, after: Playback, t_ms: int, **more: Any) -> list[Told]:
        is_news = after.timeline != self.state.timeline
        self.state = after
        return [(None, self._frame(t_ms) | more)] if is_news else []

    def _frame(self, t_ms: int) -> Frame:
        """As `realtime.outgoing.timeline_keys`."""
        keys = msgspec.to_builtins(self.state.timeline)
        return keys | {"type": "sync", "current_time": keys["position"], "server_time": t_ms, "cmd_id": None}

    def _snapshot(self, sender: int, t_ms: int) -> Frame:
        is_idle = self.state.timeline.state == "idle"
        roles = {"role": "host" if sender == HOST else "member", "you_are_host": sender == HOST}
        sync = None if is_idle else self._frame(t_ms)
        return {"type": "snapshot", "sync": sync, "roles": roles, "policy": {"control": "hosts"}}

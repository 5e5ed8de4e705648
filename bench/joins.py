"""Everybody enters one room, and everybody learns who is there: the server's CPU for all of it."""

from __future__ import annotations

from collections.abc import Iterator

import uvloop

from bench.meter import Reading, settled, until
from bench.scale import Scale
from bench.servers import FAILURES, Running, Workshop
from bench.sockets import Line, close_lines, open_lines, request
from bench.table import MATINEE, Row

MEASURE = "Joins of one room, roster known to all"


def measure(shop: Workshop, scale: Scale) -> Iterator[Row]:
    for kind in ("guests", "signed in"):
        load = f"{scale.joins} {kind}"
        try:
            with shop.matinee() as running:
                yield uvloop.run(_joined(running, scale.joins, load, signed_in=kind != "guests"))
        except FAILURES as error:
            yield Row(MEASURE, MATINEE, load, {}, (f"not measured: {error}",))


async def _joined(running: Running, number: int, load: str, *, signed_in: bool) -> Row:
    room = running.seed("film")
    tokens = [person["token"] for person in running.seed("people", number)] if signed_in else [None] * number
    await settled(running.pid)
    before = Reading.of(running.pid)
    lines = await open_lines(running.port, [request("/ws/chat", token=token, v2=True) for token in tokens])
    await settled(running.pid)
    connected = Reading.of(running.pid)
    members = [Member(line, number) for line in lines]
    for index, line in enumerate(lines):
        line.say({"type": "join", "room_id": room, "username": f"guest{index}"})
    await until(lambda: all(member.knows_all for member in members), "a roster that names everybody", patience=120)
    known = Reading.of(running.pid)
    await settled(running.pid)
    done = Reading.of(running.pid)
    await close_lines(lines)
    figures = {
        "connect_s": connected.since(before).server,
        "join_s": done.since(connected).server,
        "wall_s": known.since(connected).wall,
    }
    return Row(MEASURE, MATINEE, load, figures)


class Member:
    """Somebody who listens for a roster of `number` people."""

    def __init__(self, line: Line, number: int) -> None:
        self.knows_all = False
        self._count = f'"count":{number}'.encode()
        line.on_text = self._heard

    def _heard(self, payload: bytes) -> None:
        if self._count in payload:
            self.knows_all = True

"""The tables of table.py, every cell of them over a real server's sockets."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from realtime.frames import INCOMING
from tests.doors.table import FRAME_ROLES, FRAMES, Said
from tests.doors.worlds import filled
from tests.rig.servers import Server
from tests.rig.sockets import Frame, Socket, connect

DOORS = ("chat", "sync", "presence")
TOKENS = {"stranger": "charlie_token", "member": "bob_token", "owner": "alice_token", "staff": "staff_token"}


async def outcome(socket: Socket, frame: Frame) -> str:
    """Say it; "ok", or the slug of the error that answered. `hello` is answered after everything before it."""
    ref = secrets.token_hex(8)
    slug = "ok"
    with suppress(ConnectionClosed):  # By the first of them, before the second is said.
        await socket.say({**frame, "client_id": ref})
        await socket.say({"type": "hello", "client_id": "fence"})
    try:
        while True:
            came = json.loads(await socket.connection.recv())
            if came["type"] == "error" and came.get("ref") in (ref, None):
                slug = came["error"]
            # What is not taken before signing in refuses the fence as well.
            if came.get("ref") == "fence" or (came["type"] == "hello" and frame["type"] != "hello"):
                return slug
            if came["type"] == "hello":
                frame = {"type": "answered"}
    except ConnectionClosed:
        # Final: it was said before why.
        assert slug != "ok", f"closed with {socket.connection.close_code} without a reason"
        return slug


async def open_door(server: Server, world: dict[str, Any], door: str, role: str) -> Socket:
    token = world[TOKENS[role]] if role in TOKENS else None
    socket = await connect(server, f"/ws/{door}", token=token, subprotocols=["matinee.v2"])
    await socket.next("hello")
    return socket


def spoken(said: Said, role: str, world: dict[str, Any]) -> Frame:
    frame: Frame = {"type": said.type, **filled(dict(said.body), world)}
    if role == "guest" and "room_id" in frame:
        frame["username"] = "visitor"
    return frame


def test_every_frame_of_every_door_is_in_the_table() -> None:
    assert {(said.door, said.type) for said in FRAMES} == {(door, frame.type) for frame in INCOMING for door in frame.doors}


def test_each_row_says_what_every_role_gets() -> None:
    for said in FRAMES:
        assert tuple(said.gives) == FRAME_ROLES, said


@pytest.mark.parametrize("role", FRAME_ROLES)
async def test_each_role_gets_what_the_table_says(role: str, server: Server, server_world: dict[str, Any]) -> None:
    wrong = []
    for door in DOORS:
        lasting = await open_door(server, server_world, door, role)
        for said in [said for said in FRAMES if said.door == door]:
            socket = await open_door(server, server_world, door, role) if said.anew else lasting
            got = await outcome(socket, spoken(said, role, server_world))
            if got != said.gives[role]:
                wrong.append(f"{said}: {got}, not {said.gives[role]}")
            if said.anew:
                await socket.close()
        await lasting.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("door", DOORS)
async def test_a_door_knows_its_own_frames_only(door: str, server: Server, server_world: dict[str, Any]) -> None:
    """Other doors' frames, and v2's frames without `hello`, are unknown there: to everyone, whatever they hold."""
    async with connect(server, f"/ws/{door}", token=server_world["alice_token"]) as socket:
        for kind in INCOMING:
            # To an old client a command is a position with an unknown key: see test_decoding.py.
            if door not in kind.doors or (kind.v2 and kind.told_by is None):
                await socket.say({"type": kind.type, "client_id": f"plain {kind.type}"})
                await socket.next("error", ref=f"plain {kind.type}", error="unknown_type", code=400)
        await socket.say({"type": "hello"})
        await socket.next("hello")
        for kind in INCOMING:
            if door not in kind.doors:
                await socket.say({"type": kind.type, "client_id": f"v2 {kind.type}"})
                await socket.next("error", ref=f"v2 {kind.type}", error="unknown_type", code=400)

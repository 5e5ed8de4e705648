"""A socket client that knows nothing but the contracts, and complains about whatever they do not describe."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.contract import shapes
from tests.contract.shapes import assert_matches
from tests.contract.wire import Person
from tests.rig.sockets import Frame, Socket, connect


def shape_of(frame: Frame) -> shapes.Shape:
    """What the contracts say a frame of this kind looks like. AssertionError for one they do not know."""
    match frame.get("type"):
        case "message":
            return shapes.ROOM_MESSAGE_OUT if "room_id" in frame else shapes.PRIVATE_MESSAGE_OUT
        case "status":
            return shapes.STATUS
        case "sync":
            return shapes.SYNC
        case "error":
            return shapes.ERROR_FRAME
    raise AssertionError(f"a contract client cannot know this frame: {frame}")


class ContractSocket(Socket):
    """Checks every frame it hears, wanted or not."""

    async def _receive(self) -> Frame:
        frame = await super()._receive()
        assert_matches(shape_of(frame), frame)
        return frame

    async def say_as_written(self, shape: dict[str, Any], **values: Any) -> None:
        """Send a frame with exactly the keys of the contract."""
        constants = {name: value for name, value in shape.items() if not isinstance(value, type | shapes.Pattern)}
        frame = constants | values
        assert set(frame) == set(shape), "a frame of the contract has these keys and no other"
        assert_matches(shape, frame)
        await self.say(frame)

    async def refused(self, code: int, slug: str | None = None, ref: str | None = None) -> Frame:
        """The next error frame, which must be this one."""
        frame = await self.next("error")
        assert frame["code"] == code, frame
        assert slug is None or frame["error"] == slug, frame
        assert ref is None or frame["ref"] == ref, frame
        return frame

    async def is_ready(self) -> None:
        """Wait until the server has done what follows a handshake: it answers frames only then, even nonsense."""
        await self.say({"type": "are you ready"})
        await self.refused(400, "unknown_type")

    async def check_the_rest(self) -> None:
        """Whatever came and nobody asked for has been checked too."""
        await self.close()
        try:
            while True:
                await self._receive()
        except ConnectionClosed:
            pass


@asynccontextmanager
async def listening(
    server: Any, path: str, person: Person | None = None, *, subprotocols: Sequence[str] = (), **headers: str
) -> AsyncIterator[ContractSocket]:
    """A contract client's socket, with the person's token in the Authorization header; a person's is ready to hear."""
    plain = await connect(server, path, token=person.token if person else None, headers=headers, subprotocols=subprotocols)
    socket = ContractSocket(plain.connection)
    try:
        if person is not None:
            await socket.is_ready()
        yield socket
    finally:
        await socket.check_the_rest()

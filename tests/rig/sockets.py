"""A real WebSocket client that loses nothing: a frame that was not asked for is kept until it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator, Mapping, Sequence
from typing import Any, Protocol

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

PATIENCE = 20.0
"""Seconds to wait for a frame or a close."""

Frame = dict[str, Any]


class HasSocketAddress(Protocol):
    ws_url: str


class Socket:
    """One connection. `kept` holds the frames received and not yet asked for, oldest first."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.kept: list[Frame] = []

    @property
    def subprotocol(self) -> str | None:
        return self.connection.subprotocol

    async def say(self, frame: Mapping[str, Any] | str | bytes) -> None:
        """Send a frame; text and bytes go out as they are."""
        await self.connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame, ensure_ascii=False))

    async def next(self, type: str | None = None, *, within: float = PATIENCE, **match: Any) -> Frame:
        """The oldest frame of this type with these values; AssertionError, naming what came instead, after `within` s.

        What was passed over is kept: after one that was named by its values, an older one of its type may answer.
        """
        wanted = match if type is None else {"type": type, **match}
        for frame in self.kept:
            if _fits(frame, wanted):
                self.kept.remove(frame)
                return frame
        try:
            async with asyncio.timeout(within):
                while True:
                    frame = await self._receive()
                    if _fits(frame, wanted):
                        return frame
                    self.kept.append(frame)
        except TimeoutError:
            raise AssertionError(f"no frame like {wanted} within {within} s; received instead: {self.kept}") from None
        except ConnectionClosed as closed:
            raise AssertionError(f"closed ({closed}) while waiting for {wanted}; received instead: {self.kept}") from closed

    async def _receive(self) -> Frame:
        data = await self.connection.recv()
        assert isinstance(data, str), f"a binary frame: {data!r}"
        frame = json.loads(data)
        assert isinstance(frame, dict), frame
        return frame

    async def silent(self, seconds: float = 0.5, type: str | None = None, **match: Any) -> None:
        """Nothing of the kind is waiting and nothing comes for so long. Without a kind: nothing at all."""
        wanted = match if type is None else {"type": type, **match}
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self.kept.append(await self._receive())
        except TimeoutError:
            pass
        except ConnectionClosed as closed:
            raise AssertionError(f"closed ({closed}) instead of keeping silent") from closed
        unwanted = [frame for frame in self.kept if _fits(frame, wanted)]
        assert not unwanted, f"not silent: {unwanted}"

    async def closed(self, within: float = PATIENCE) -> int:
        """Wait for the server to close; the code. Frames that come first are kept."""
        try:
            async with asyncio.timeout(within):
                while True:
                    self.kept.append(await self._receive())
        except ConnectionClosed:
            code = self.connection.close_code
            assert code is not None
            return code
        except TimeoutError:
            raise AssertionError(f"still open after {within} s; received: {self.kept}") from None

    async def close(self) -> None:
        await self.connection.close()

    async def __aenter__(self) -> Socket:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()


class _Connecting:
    """Both `await connect(...)` and `async with connect(...) as ws` work."""

    def __init__(self, url: str, headers: Mapping[str, str], subprotocols: Sequence[str]) -> None:
        self.url, self.headers, self.subprotocols = url, headers, subprotocols

    async def _open(self) -> Socket:
        connection = await websockets.connect(
            self.url,
            additional_headers=self.headers,
            subprotocols=list(self.subprotocols) or None,  # type: ignore[arg-type]
            proxy=None,
            compression=None,
            open_timeout=PATIENCE,
            close_timeout=5,
            ping_interval=None,
            max_size=2**22,
        )
        return Socket(connection)

    def __await__(self) -> Generator[Any, None, Socket]:
        return self._open().__await__()

    async def __aenter__(self) -> Socket:
        self.socket = await self._open()
        return self.socket

    async def __aexit__(self, *exc: object) -> None:
        await self.socket.close()


def connect(
    server: HasSocketAddress | str,
    path: str,
    *,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    subprotocols: Sequence[str] = (),
) -> _Connecting:
    """Open a socket. `token` travels in the Authorization header. A refused handshake raises websockets' InvalidStatus."""
    address = server if isinstance(server, str) else server.ws_url
    sent = dict(headers or {})
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    return _Connecting(f"{address}{path}", sent, subprotocols)


def _fits(frame: Frame, wanted: Mapping[str, Any]) -> bool:
    return all(name in frame and frame[name] == value for name, value in wanted.items())

"""uvicorn's WebSocket protocol with one door more: write frames that are encoded already.

Offered to the application as `scope["extensions"]["matinee.prepared"]`. Everything else is uvicorn's; tests prove both
ways equal, and `SUPPORTED` guards against a uvicorn whose insides moved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

EXTENSION = "matinee.prepared"
SUPPORTED = uvicorn.__version__.startswith("0.54.")

_UNREADABLE_HEAD = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def _is_utf8(fragments: list[bytes]) -> bool:
    try:
        b"".join(fragments).decode()
    except UnicodeDecodeError:
        return False
    return True


class PreparedProtocol(WebSocketsSansIOProtocol):
    on_writable: Callable[[], None] | None = None
    _late_pong = b""

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope") and SUPPORTED:
            # The application's task has been made but cannot have run yet.
            cast(dict[str, Any], self.scope["extensions"])[EXTENSION] = self

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            # Refused with a response of ours: without this uvicorn logs that the application forgot the handshake.
            self.handshake_complete = True

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is not None and not hasattr(self, "scope") and not self.transport.is_closing():
            # A head that cannot be read (a header too long, say): nobody would ever answer, and the line would stay open.
            self.transport.write(_UNREADABLE_HEAD)
            self.transport.close()

    def handle_cont(self, event: Any) -> None:
        # Endless empty continuations cost the sender nothing and would grow our list for ever.
        if event.data or event.fin:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        elif pongs := self.conn.data_to_send():
            # Pings of somebody who does not read: only the latest is answered, which RFC 6455 (5.5.3) allows.
            self._late_pong = pongs[-1]

    def send_receive_event_to_app(self) -> None:
        # uvicorn would log the bad bytes of any client with a traceback.
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_utf8(self.frames):
            self.frames = []
            self.conn.send_close(1007)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    def resume_writing(self) -> None:
        super().resume_writing()
        late_pong, self._late_pong = self._late_pong, b""
        if late_pong and self.is_open:
            self.transport.write(late_pong)
        if self.on_writable is not None:
            self.on_writable()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.on_writable = None

    @property
    def is_open(self) -> bool:
        return self.handshake_complete and not (self.close_sent or self.disconnected or self.transport.is_closing())

    def write_prepared(self, data: bytes) -> bool:
        """Write whole frames as they are. False when the socket is closing: nobody will read them."""
        if not self.is_open:
            return False
        self.transport.write(data)
        return True

    def end(self, code: int, reason: str = "") -> None:
        """Close without waiting for a reader who does not read: ask, and cut the line if nothing comes back."""
        if not self.is_open:
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

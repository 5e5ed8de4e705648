"""daphne takes whatever it is sent and keeps it for a reader who does not read. Twisted itself knows better: ask it.

The transport tells a registered producer to pause while more than 64 KiB wait to be written. Reaches into daphne by one
attribute (its `send` is a partial whose first argument is the protocol), and gives None whenever that is not so.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from daphne.ws_protocol import WebSocketProtocol


class Pressure:
    """A Twisted streaming producer whose `writable` is set while the transport takes more."""

    def __init__(self) -> None:
        self.writable = asyncio.Event()
        self.writable.set()

    def pauseProducing(self) -> None:
        self.writable.clear()

    def resumeProducing(self) -> None:
        self.writable.set()

    def stopProducing(self) -> None:
        """The connection is lost: let whoever waits go on and find out."""
        self.writable.set()


def pressure_of(send: Any) -> Pressure | None:
    """Call once the socket is accepted. None on any server but daphne."""
    if not (isinstance(send, functools.partial) and send.args and isinstance(send.args[0], WebSocketProtocol)):
        return None
    pressure = Pressure()
    transport = send.args[0].transport
    # The HTTP channel that the socket began as is still registered, and has nothing more to produce.
    transport.unregisterProducer()
    transport.registerProducer(pressure, True)
    return pressure

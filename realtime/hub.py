"""Who of this process listens to what, and the delivery of one event to all of them.

One subscriber per process, one encoding per event, no task switch per socket: `deliver` runs on the loop, puts encoded
frames into outboxes and returns.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.clock import now
from core.events import Event
from realtime.lanes import Lanes
from realtime.remote import Remote
from realtime.work import Workers

if TYPE_CHECKING:
    from realtime.connection import Connection

logger = logging.getLogger("matinee.realtime")

UNSUBSCRIBE_AFTER = 30.0
"""Seconds that an address nobody listens to stays subscribed: people reload pages."""


class Hub:
    def __init__(self, loop: asyncio.AbstractEventLoop, workers: Workers) -> None:
        self.loop = loop
        self.lanes = Lanes(loop, workers, self.deliver_in_order)
        self.sockets: dict[str, Connection] = {}
        self.remote = Remote(self.deliver)
        self._listeners: dict[str, dict[str, Connection]] = {}
        self._since: dict[str, datetime] = {}

    def add(self, connection: Connection) -> None:
        self.sockets[connection.id] = connection

    def remove(self, connection: Connection) -> None:
        self.sockets.pop(connection.id, None)
        for address in list(connection.addresses):
            self.drop(address, connection)

    def listen(self, address: str, connection: Connection) -> None:
        listeners = self._listeners.get(address)
        if listeners is None:
            listeners = self._listeners[address] = {}
            self._since[address] = now()
            self.remote.want(address)
        listeners[connection.id] = connection
        connection.addresses.add(address)

    def drop(self, address: str, connection: Connection) -> None:
        connection.addresses.discard(address)
        listeners = self._listeners.get(address)
        if listeners is None or listeners.pop(connection.id, None) is None or listeners:
            return
        del self._listeners[address], self._since[address]
        self.lanes.close(address)
        self.loop.call_later(UNSUBSCRIBE_AFTER, self._forget, address)

    def _forget(self, address: str) -> None:
        if address not in self._listeners:
            self.remote.unwant(address)

    def listeners(self, address: str) -> Collection[Connection]:
        listeners = self._listeners.get(address)
        return listeners.values() if listeners else ()

    def listened_since(self, address: str) -> datetime | None:
        return self._since.get(address)

    def addresses(self) -> list[str]:
        return list(self._listeners)

    def deliver(self, address: str, event: Event) -> None:
        """One event to every local socket that listens. Never raises: it is called between other people's events."""
        if type(event) in IN_ORDER:
            # Without a listener there is no order to keep: who comes to listen reads where it begins.
            if address in self._listeners:
                self.lanes.offer(address, event)  # type: ignore[arg-type]
        else:
            self._react(REACTIONS, address, event)

    def deliver_in_order(self, address: str, event: Event) -> None:
        """What a lane lets go."""
        self._react(IN_ORDER, address, event)

    def _react(self, reactions: dict[type[Event], React], address: str, event: Event) -> None:
        react = reactions.get(type(event))
        if react is None:
            return
        try:
            react(address, event, self.listeners(address))
        except Exception:
            logger.exception("could not deliver %s", type(event).__name__)


React = Callable[[str, Any, "Collection[Connection]"], None]
REACTIONS: dict[type[Event], React] = {}
IN_ORDER: dict[type[Event], React] = {}
"""What this process does with each kind of event; filled by `realtime.reactions`. Those in order pass through a lane first."""

"""This process's one ear to the other processes: one channel, subscribed to the addresses its sockets listen to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import msgspec
from channels.layers import get_channel_layer

from core.announcer import PROCESS_ID, group_name, has_other_processes
from core.events import Event, decode

logger = logging.getLogger("matinee.realtime")


class Remote:
    """Keeps subscriptions equal to `wanted`, one task for all sockets, and hands over what arrives."""

    def __init__(self, deliver: Callable[[str, Event], None]) -> None:
        self.deliver = deliver
        self.wanted: set[str] = set()
        self._had: set[str] = set()
        self._changed = asyncio.Event()
        self._channel = ""
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    def start(self) -> None:
        if has_other_processes():
            loop = asyncio.get_running_loop()
            self._tasks = [loop.create_task(self._subscribe()), loop.create_task(self._receive())]

    def want(self, address: str) -> None:
        self.wanted.add(address)
        self._changed.set()

    def unwant(self, address: str) -> None:
        self.wanted.discard(address)
        self._changed.set()

    async def heard(self, address: str, *, patience: float = 2.0) -> None:
        """Return once this address is subscribed, so that what is read from the database after it misses nothing.

        With the layer down it returns after `patience` seconds: healing covers the rest.
        """
        if not self._tasks or address in self._had:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, []).append(future)
        await asyncio.wait([future], timeout=patience)

    async def _subscribe(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._reconcile()
            except Exception as error:
                logger.warning("could not subscribe: %r", error)
                self._changed.set()
                await asyncio.sleep(1)

    async def _reconcile(self) -> None:
        layer: Any = get_channel_layer()
        if not self._channel:
            self._channel = await layer.new_channel()
        # Presence is the least urgent, and the most: somebody waits for the others.
        for address in sorted(self.wanted - self._had, key=lambda address: address.startswith("presence.")):
            await layer.group_add(group_name(address), self._channel)
            self._had.add(address)
            for future in self._waiting.pop(address, []):
                if not future.done():
                    future.set_result(None)
        for address in list(self._had - self.wanted):
            await layer.group_discard(group_name(address), self._channel)
            self._had.discard(address)

    async def _receive(self) -> None:
        layer: Any = get_channel_layer()
        while True:
            if not self._channel:
                await asyncio.sleep(0.05)
                continue
            try:
                self._hand_over(await layer.receive(self._channel))
            except Exception as error:
                logger.warning("could not hear other processes: %r", error)
                await asyncio.sleep(1)

    def _hand_over(self, message: dict[str, Any]) -> None:
        if message["from"] == PROCESS_ID:
            return
        for data in message["events"]:
            try:
                event = decode(data)
            except msgspec.DecodeError:
                logger.warning("another process announced something unknown to this version")
                continue
            self.deliver(message["address"], event)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

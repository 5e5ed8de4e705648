"""An unreliable network between what is announced and a reader, and the reader's own record of what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime
from random import Random
from types import SimpleNamespace
from typing import Any

from core.clock import now
from core.events import Event
from messaging.catching_up import changed_since
from messaging.events import MessageChanged, MessagePosted
from messaging.message_view import MessageView
from messaging.missed import where_they_stand
from realtime.lanes import Lanes
from realtime.passes import Passes
from realtime.work import Workers

Told = MessagePosted | MessageChanged


class Reader:
    """One client and the lanes of the process it is connected to. It hears through a network that loses things.

    `told` is what it was told live, per conversation; `knows` is what a v2 client then has, by sequence number.
    """

    def __init__(self, workers: Workers, chance: Random, user_id: int, addresses: dict[str, int]) -> None:
        self.workers, self.chance, self.user_id, self.addresses = workers, chance, user_id, addresses
        self.told: dict[int, list[Told]] = {}
        self.knows: dict[int, dict[int, MessageView]] = {}
        self.last_change: dict[int, int] = {}
        self.listens_since: datetime | None = None
        self._on_the_way: list[tuple[str, Told]] = []
        self._held: list[Told] | None = None
        self._lanes: Lanes | None = None

    # Being connected --------------------------------------------------------------------------------------------------
    async def connect(self, fixed: Collection[str]) -> None:
        """To a process that knows where conversations at `fixed` addresses stand. What is live waits for `catch_up`."""
        self._held, self.listens_since = [], now()
        lanes = self._lanes = Lanes(asyncio.get_running_loop(), self.workers, self._emit)
        stand = await self.workers.run(where_they_stand, [self.addresses[address] for address in fixed])
        for address in fixed:
            change, seq = stand[self.addresses[address]]
            lanes.open(address, self.addresses[address], change=change, seq=seq)

    async def catch_up(self) -> None:
        """`resume`: what changed since, then what was live meanwhile."""
        rooms = list(self.addresses.values())
        known = {pk: self.last_change.get(pk, 0) for pk in rooms}
        changes = await self.workers.run(changed_since, self.user_id, known, rooms=rooms)
        for message in changes.messages:
            self._learn(message)
        self.last_change |= {pk: max(change, self.last_change.get(pk, 0)) for pk, change in changes.last_change.items()}
        held, self._held = self._held or [], None
        for event in held:
            if event.message.change > changes.last_change.get(event.message.conversation_id, 0):
                self._hear(event)

    def disconnect(self) -> None:
        self._lanes, self._held = None, None
        self.told.clear()
        self._on_the_way.clear()

    @property
    def is_connected(self) -> bool:
        return self._lanes is not None

    # The network ------------------------------------------------------------------------------------------------------
    def send(self, address: str, event: Event) -> None:
        """Lost, twice, late, or as it should be."""
        if address not in self.addresses or not self.is_connected or not isinstance(event, MessagePosted | MessageChanged):
            return
        copies = self.chance.choices([0, 1, 2], weights=[2, 6, 1])[0]
        for _ in range(copies):
            if self.chance.random() < 0.3:
                self._on_the_way.append((address, event))
            else:
                self._deliver(address, event)

    def tick(self) -> None:
        """Some of what is late arrives, in any order."""
        self.chance.shuffle(self._on_the_way)
        while self._on_the_way and self.chance.random() < 0.5:
            self._deliver(*self._on_the_way.pop())

    def _deliver(self, address: str, event: Told) -> None:
        if self._lanes is not None:
            self._lanes.offer(address, event)

    # What it was told -------------------------------------------------------------------------------------------------
    def _emit(self, address: str, event: Told) -> None:
        if self._held is not None:
            self._held.append(event)
        else:
            self._hear(event)

    def _hear(self, event: Told) -> None:
        message = event.message
        self.told.setdefault(message.conversation_id, []).append(event)
        self._learn(message)
        self.last_change[message.conversation_id] = message.change

    def _learn(self, message: MessageView) -> None:
        self.knows.setdefault(message.conversation_id, {})[message.seq] = message

    # Healing ----------------------------------------------------------------------------------------------------------
    async def heal(self) -> None:
        """The pass that every process makes now and then."""
        hub = SimpleNamespace(
            addresses=lambda: list(self.addresses), lanes=self._lanes, listened_since=lambda address: self.listens_since
        )
        passes = Passes(SimpleNamespace(hub=hub, workers=self.workers))  # type: ignore[arg-type]
        await passes.find_missed_messages()

    @property
    def is_settled(self) -> bool:
        lanes: Any = self._lanes
        return not any(lane.is_healing or lane.held for lane in lanes._lanes.values())

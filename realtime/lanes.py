"""Order: each conversation's events leave one by one, by their change number.

Commits of different threads and processes may be announced out of order, and a hint may be lost. An event ahead of its
turn is held for a moment; if the gap does not fill, it is read from the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from core.bus import conversation_address
from messaging.events import MessageChanged, MessagePosted
from messaging.message_view import MessageView
from messaging.selectors import changes_after
from realtime.work import Workers

logger = logging.getLogger("matinee.realtime")

PATIENCE = 0.05
"""Seconds that a gap may take to fill by itself."""

AGAIN = 1.0
"""Seconds after which a look that failed is repeated."""

AT_ONCE = 64
"""Events that are healed in one turn of the loop."""

Event = MessagePosted | MessageChanged
Emit = Callable[[str, Event], None]
Key = tuple[str, int]


class Lane:
    __slots__ = ("began", "change", "held", "is_due", "is_healing", "overtaken", "seq", "stuck_at", "untold")

    def __init__(self, change: int, seq: int | None) -> None:
        self.change = change
        self.seq = seq
        """The newest message known; None as long as only a change of an older one was heard."""
        self.untold: set[int] = set()
        """Messages before it that nobody heard of: their first hint was lost, and an edit gave them a later change."""
        self.began = 0
        """The message that was heard first, where the order began with that: some that it overtook may still come."""
        self.overtaken: set[int] = set()
        """Which of them came."""
        self.held: dict[int, Event] = {}
        self.is_healing = False
        self.is_due = False
        """To be read once more after that."""
        self.stuck_at = 0
        """The first change that was still held after the last look at the database."""


class Lanes:
    """By address and conversation: a private conversation is told at two addresses, and each has its own order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, workers: Workers, emit: Emit) -> None:
        self.loop = loop
        self.workers = workers
        self.emit = emit
        self._lanes: dict[Key, Lane] = {}
        self._by_address: dict[str, set[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, address: str, conversation_id: int, *, change: int, seq: int | None) -> Lane:
        """Somebody listens from here on; what the database said then is where the order begins."""
        lane = self._lanes.get((address, conversation_id))
        if lane is None:
            lane = self._lanes[address, conversation_id] = Lane(change, seq)
            self._by_address.setdefault(address, set()).add(conversation_id)
        return lane

    def open_all(self, stands: Mapping[int, tuple[int, int]]) -> None:
        """The same for conversations at their own addresses: {conversation: its last change and sequence number}."""
        for conversation_id, (change, seq) in stands.items():
            self.open(conversation_address(conversation_id), conversation_id, change=change, seq=seq)

    def close(self, address: str) -> None:
        for conversation_id in self._by_address.pop(address, ()):
            del self._lanes[address, conversation_id]

    def at(self, address: str, conversation_id: int) -> Lane | None:
        return self._lanes.get((address, conversation_id))

    def offer(self, address: str, event: Event) -> None:
        message = event.message
        key = (address, message.conversation_id)
        lane = self._lanes.get(key)
        if lane is None:
            self._begin(address, event)
        elif message.change == lane.change + 1:
            self._pass(key, lane, event)
            self._release(key, lane)
        elif message.change > lane.change:
            lane.held[message.change] = event
            if not lane.is_healing:
                lane.is_healing = True
                self.loop.call_later(PATIENCE, self._look, key)
        elif isinstance(event, MessagePosted) and message.seq < lane.began and message.seq not in lane.overtaken:
            lane.overtaken.add(message.seq)
            self.emit(address, event)

    def _begin(self, address: str, event: Event) -> None:
        """Nobody asked the database where this conversation stands: its order begins with what is heard first."""
        message, is_new = event.message, isinstance(event, MessagePosted)
        lane = self.open(address, message.conversation_id, change=message.change, seq=message.seq if is_new else None)
        lane.began = message.seq if is_new else 0
        self.emit(address, event)

    def _pass(self, key: Key, lane: Lane, event: Event) -> None:
        message = event.message
        if isinstance(event, MessageChanged) and _is_new(message, lane):
            event = as_event(message, lane)
        lane.change = message.change
        if lane.seq is not None:
            lane.untold.update(range(lane.seq + 1, message.seq))
            lane.untold.discard(message.seq)
        if lane.seq is not None or isinstance(event, MessagePosted):
            lane.seq = max(lane.seq or 0, message.seq)
        self.emit(key[0], event)

    def _release(self, key: Key, lane: Lane) -> None:
        while lane.change + 1 in lane.held:
            self._pass(key, lane, lane.held.pop(lane.change + 1))

    def _look(self, key: Key) -> None:
        lane = self._lanes.get(key)
        if lane is None:
            return
        if not lane.held:
            self._rest(key, lane)
            return
        self.heal(key[0], key[1])

    def _look_again(self, key: Key) -> None:
        if key in self._lanes:
            self.heal(*key)

    def heal(self, address: str, conversation_id: int) -> None:
        """Read what is missing from the database and pass it on."""
        lane = self._lanes.get((address, conversation_id))
        if lane is None:
            return
        lane.is_healing = True
        task = self.loop.create_task(self._heal((address, conversation_id), lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def heal_from_now(self, address: str, conversation_id: int) -> None:
        """The same by a look that begins after this; one that has begun may have been too early."""
        lane = self._lanes.get((address, conversation_id))
        if lane is not None and lane.is_healing:
            lane.is_due = True
        else:
            self.heal(address, conversation_id)

    async def _heal(self, key: Key, lane: Lane) -> None:
        try:
            missed = await self.workers.run(changes_after, key[1], lane.change)
        except Exception:
            logger.warning("could not read what was missed; trying again", exc_info=True)
            lane.stuck_at = 0
            self.loop.call_later(AGAIN, self._look_again, key)
            return
        for start in range(0, len(missed), AT_ONCE):
            if start:
                # Let it be written: no reader could take hundreds of frames in one moment.
                await asyncio.sleep(0)
            if self._lanes.get(key) is lane:
                self._pass_missed(key, lane, missed[start : start + AT_ONCE])
        # If everyone left meanwhile: who came back since has read it from the database.
        if self._lanes.get(key) is lane:
            self._go_on(key, lane)

    def _pass_missed(self, key: Key, lane: Lane, missed: list[MessageView]) -> None:
        for message in missed:
            if message.change > lane.change:
                held: Event | None = lane.held.pop(message.change, None)
                self._pass(key, lane, held or as_event(message, lane))

    def _go_on(self, key: Key, lane: Lane) -> None:
        """After a look at the database. What is still held was heard while it answered, and may be missing some before it.

        Held at two looks, it has nothing before it: later changes of the same messages made those invisible.
        """
        for change in [change for change in lane.held if change <= lane.change]:
            del lane.held[change]
        self._release(key, lane)
        if lane.held and min(lane.held) == lane.stuck_at:
            self._pass(key, lane, lane.held.pop(lane.stuck_at))
            self._release(key, lane)
        lane.stuck_at = min(lane.held, default=0)
        if lane.held:
            self.loop.call_later(PATIENCE, self._look, key)
        else:
            self._rest(key, lane)

    def _rest(self, key: Key, lane: Lane) -> None:
        lane.is_healing = False
        if lane.is_due:
            lane.is_due = False
            self.heal(*key)


def as_event(message: MessageView, lane: Lane) -> Event:
    """A message as the event that was missed: new, also when it was edited since, or a change of one that was known.

    One that was deleted before anybody heard of it is no news to who is told of new messages only.
    """
    if _is_new(message, lane) and not message.deleted:
        return MessagePosted(message=message)
    return MessageChanged(message=message)


def _is_new(message: MessageView, lane: Lane) -> bool:
    if lane.seq is None:
        return message.edited_at is None
    return message.seq > lane.seq or message.seq in lane.untold

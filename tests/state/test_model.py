"""Whatever is sent, sent again, edited, deleted, lost, doubled, late or overtaken: readers end with the database's sequence.

Random walks with fixed seeds, in this process: real services and database, real lanes and passes, a network that is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

import pytest

from accounts.models import User
from core import bus
from messaging.drafts import ConversationDraft, Draft, PrivateDraft
from messaging.events import MessagePosted
from messaging.message_view import MessageView, Posted
from messaging.selectors import changes_after
from messaging.services import delete_message, edit_message, post_messages
from realtime.work import Workers
from tests.messaging.sending import group_of, into, room, say, to
from tests.state.network import Reader

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 80


@pytest.fixture
def workers() -> Iterator[Workers]:
    # One thread: its one connection is closed with it.
    made = Workers(threads=1)
    yield made
    made.stop()


class Walk:
    """People in three conversations, and what they did so far."""

    def __init__(self, seed: int, workers: Workers, people: list[User]) -> None:
        self.chance, self.workers = Random(seed), workers
        self.alice, self.bob, _charlie = self.people = people
        group, self.room = group_of(*people).conversation, room()
        private = say(self.bob, self.alice, "the first").conversation_id
        self.group = group
        self.there_before = {private: 1}
        self.addresses = {
            bus.user_address(self.alice.pk): private,
            bus.conversation_address(group.pk): group.pk,
            bus.conversation_address(self.room.pk): self.room.pk,
        }
        self.sent: list[tuple[Draft, MessageView]] = []
        self.readers = [self._reader() for _ in range(3)]

    def _reader(self) -> Reader:
        return Reader(self.workers, self.chance, self.alice.pk, self.addresses)

    # What people do. Each returns what was announced. ------------------------------------------------------------------
    def act(self) -> list[tuple[str, Any]]:
        act = self.chance.choices([self.send, self.send_again, self.edit, self.delete], weights=[6, 2, 3, 1])[0]
        with bus.captured() as heard:
            act()
        return heard

    def send(self) -> None:
        """One message, or a few that share a commit."""
        drafts = [self._draft() for _ in range(self.chance.choice([1, 1, 1, 4]))]
        for draft, answer in zip(drafts, post_messages(drafts), strict=True):
            assert isinstance(answer, Posted), answer
            assert not answer.duplicate
            self.sent.append((draft, answer.message))

    def _draft(self) -> PrivateDraft | ConversationDraft:
        content = f"message {len(self.sent)} of {self.chance.random()}"
        more: dict[str, Any] = {"client_id": f"{self.chance.random()}"} if self.chance.random() < 0.6 else {}
        sender = self.chance.choice(self.people)
        match self.chance.choice(["private", "group", "room"]):
            case "private":
                pair = self.chance.sample([self.alice, self.bob], 2)
                return to(pair[0].username, pair[1], content, **more)
            case "group":
                return into(self.group, sender, content, **more)
        return into(self.room, sender, content, room_id="movie-1", **more)

    def send_again(self) -> None:
        """A retry answers the first message, also beside a new one in the same commit."""
        again = [(draft, message) for draft, message in self.sent if draft.client_id is not None]
        if not again:
            return
        draft, message = self.chance.choice(again)
        answers = post_messages([draft, self._draft(), draft])
        for answer in (answers[0], answers[2]):
            assert isinstance(answer, Posted)
            assert (answer.message.id, answer.duplicate) == (message.id, True)

    def edit(self) -> None:
        message = self._one_of_theirs()
        if message is not None:
            edit_message(actor=self._sender(message), message_id=message.id, content=f"edited {self.chance.random()}")

    def delete(self) -> None:
        message = self._one_of_theirs()
        if message is not None:
            delete_message(actor=self._sender(message), message_id=message.id)

    def _one_of_theirs(self) -> MessageView | None:
        """A message that is still there: a late one more often, while it may be on its way."""
        stored = {message.id: message for _draft, message in self.sent[-6:]}
        there = [message for message in stored.values() if not self._now(message).deleted]
        return self.chance.choice(there) if there else None

    def _now(self, message: MessageView) -> MessageView:
        return next(row for row in changes_after(message.conversation_id, 0) if row.id == message.id)

    def _sender(self, message: MessageView) -> User:
        return next(person for person in self.people if person.pk == message.sender_id)

    # What readers go through -------------------------------------------------------------------------------------------
    async def come_and_go(self) -> None:
        """Connections end, begin elsewhere, and catch up a little later."""
        reader = self.chance.choice(self.readers[1:])
        if not reader.is_connected:
            await reader.connect(self.addresses)
        elif reader._held is not None:
            await reader.catch_up()
        elif self.chance.random() < 0.3:
            reader.disconnect()

    async def run(self) -> None:
        for reader in self.readers:
            await reader.connect(self.addresses)
            await reader.catch_up()
        for _ in range(STEPS):
            for address, event in await self.workers.run(self.act):
                for reader in self.readers:
                    reader.send(address, event)
            for reader in self.readers:
                reader.tick()
            if self.chance.random() < 0.2:
                await self.come_and_go()
        await self.settle()

    async def settle(self) -> None:
        """Everyone is back, and the pass comes by as often as it takes."""
        for reader in self.readers:
            if not reader.is_connected:
                await reader.connect(self.addresses)
            if reader._held is not None:
                await reader.catch_up()
        ends = await self.workers.run(partial(self.changes_now))
        async with asyncio.timeout(20):
            while any(reader.last_change != ends or not reader.is_settled for reader in self.readers):
                for reader in self.readers:
                    if reader.is_settled:
                        await reader.heal()
                await asyncio.sleep(0.01)

    def changes_now(self) -> dict[int, int]:
        return {pk: max((row.change for row in changes_after(pk, 0)), default=0) for pk in self.addresses.values()}


@pytest.mark.parametrize("seed", range(5))
def test_every_reader_ends_with_the_databases_sequence(
    seed: int, alice: User, bob: User, charlie: User, workers: Workers
) -> None:
    walk = Walk(seed, workers, [alice, bob, charlie])
    asyncio.run(walk.run())
    for conversation_id in walk.addresses.values():
        stored = changes_after(conversation_id, 0)
        assert sorted(message.seq for message in stored) == list(range(1, len(stored) + 1)), "without gaps"
        for reader in walk.readers:
            assert reader.knows[conversation_id] == {message.seq: message for message in stored}
            told = reader.told.get(conversation_id, [])
            changes = [event.message.change for event in told]
            assert changes == sorted(set(changes)), "in order, each once"
            new = [event.message.seq for event in told if isinstance(event, MessagePosted)]
            assert len(new) == len(set(new)), "each message is new once"
        check_old_clients(walk.readers[0], stored, already_there=walk.there_before.get(conversation_id, 0))


def check_old_clients(stayed: Reader, stored: list[MessageView], *, already_there: int) -> None:
    """Who is told of new messages alone has seen every one that is still there.

    Also one whose first hint was lost, so that what the database has is an edit of it.
    """
    conversation_id = stored[0].conversation_id
    told = stayed.told[conversation_id]
    seen = {event.message.seq for event in told if isinstance(event, MessagePosted)}
    assert {row.seq for row in stored if not row.deleted and row.seq > already_there} <= seen

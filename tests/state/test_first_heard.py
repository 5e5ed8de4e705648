"""A private conversation of which a process heard nothing yet: what it hears first may have overtaken what was sent before."""

from __future__ import annotations

import asyncio

import pytest

from accounts.models import User
from core import bus
from messaging.events import MessageChanged, MessagePosted
from messaging.services import edit_message
from realtime.lanes import Event, Lanes
from realtime.work import Workers
from tests.messaging.sending import say

pytestmark = pytest.mark.django_db


def heard_by(address: str, announced: list[Event]) -> list[tuple[type[Event], int]]:
    """What a process tells its sockets when these reach it one after the other: kinds and sequence numbers."""
    told: list[tuple[type[Event], int]] = []

    async def listen() -> None:
        def tell(_address: str, event: Event) -> None:
            told.append((type(event), event.message.seq))

        lanes = Lanes(asyncio.get_running_loop(), Workers(threads=1), tell)
        for event in announced:
            lanes.offer(address, event)

    asyncio.run(listen())
    return told


@pytest.mark.parametrize("order", [[0, 1, 2], [1, 0, 2], [2, 0, 1], [2, 1, 0], [1, 0, 0, 1, 2]], ids=str)
def test_what_was_overtaken_is_told_too_and_once(order: list[int], alice: User, bob: User) -> None:
    """Two threads commit one after the other and announce the other way round."""
    sent: list[Event] = [MessagePosted(message=say(bob, alice, f"line {number}")) for number in range(3)]
    told = heard_by(bus.user_address(bob.pk), [sent[number] for number in order])
    assert sorted(seq for _kind, seq in told) == [1, 2, 3]
    assert {kind for kind, _seq in told} == {MessagePosted}


def test_an_edit_that_is_heard_first_does_not_make_old_messages_new(alice: User, bob: User) -> None:
    old = [say(bob, alice, f"line {number}") for number in range(3)]
    edits = [edit_message(actor=alice, message_id=old[number].id, content="mended") for number in (0, 2)]
    news = say(bob, alice, "news")
    later = edit_message(actor=alice, message_id=old[1].id, content="mended")
    announced: list[Event] = [MessageChanged(message=edit) for edit in edits]
    announced += [MessagePosted(message=news), MessageChanged(message=later)]
    told = heard_by(bus.user_address(bob.pk), announced)
    assert told == [(MessageChanged, 1), (MessageChanged, 3), (MessagePosted, 4), (MessageChanged, 2)]

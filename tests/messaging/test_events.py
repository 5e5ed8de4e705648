"""What is announced arrives whole in other processes."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from core.events import decode, encode
from groups import services as groups
from messaging import services
from tests.messaging.sending import file_of, group_of, into, room, say

pytestmark = pytest.mark.django_db


def test_every_event_survives_the_wire(alice: User, bob: User, captured_events: Any) -> None:
    with captured_events() as heard:
        message = say(bob, alice, "with a file 👩‍👩‍👧", file_id=str(file_of(alice).pk), movie_time=1.5, origin="socket-1")
        services.post_message(into(room(), None, "from a guest"))
        services.edit_message(actor=alice, message_id=message.id, content="edited")
        services.mark_read(actor=bob, conversation_id=message.conversation_id, seq=1)
        group = group_of(alice, bob)
        services.post_message(into(group.conversation, alice, reply_to=None))
        groups.leave(actor=bob, group_id=group.pk)
    kinds = {type(event).__name__ for _address, event in heard}
    assert kinds == {"MessagePosted", "MessageChanged", "CursorMoved", "MembershipChanged"}
    for _address, event in heard:
        assert decode(encode(event)) == event
